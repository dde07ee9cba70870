"""µm per pixel, from what files say of their resolution.

Most resolution tags are a printer's (72, 96, 300 dpi) and say nothing of a microscope. A value is believed only
where a light microscope can have made it.
"""

from __future__ import annotations

import math

SMALLEST, LARGEST = 0.02, 5.0  # µm per pixel
UNITS_IN_UM = {
    "nm": 1e-3,
    "µm": 1.0,
    "μm": 1.0,
    "um": 1.0,
    "micron": 1.0,
    "microns": 1.0,
    "\\u00b5m": 1.0,
    "mm": 1e3,
    "cm": 1e4,
    "inch": 25_400.0,
    "m": 1e6,
}


def believed(x_um: float, y_um: float | None = None) -> float | None:
    """The scale, if it is plausible for microscopy and the same both ways."""
    y_um = x_um if y_um is None else y_um
    if not (math.isfinite(x_um) and math.isfinite(y_um)) or not SMALLEST <= x_um <= LARGEST:
        return None
    return round(x_um, 6) if abs(x_um - y_um) <= 0.01 * x_um else None


def from_density(x_per_unit: float, y_per_unit: float, unit: str) -> float | None:
    """From pixels per unit of length."""
    um = UNITS_IN_UM.get(unit.strip().lower())
    if um is None or not x_per_unit > 0 or not y_per_unit > 0:
        return None
    return believed(um / x_per_unit, um / y_per_unit)


def from_size(x: float, y: float, unit: str) -> float | None:
    """From the length of one pixel."""
    um = UNITS_IN_UM.get(unit.strip().lower())
    return None if um is None else believed(x * um, y * um)
