"""What is measured of the colours of a run's pictures: clear glass, how dark cells are stained, and in which hue.

Densities are relative to the picture's own glass, so that lamp and white balance largely cancel. Two directions of
optical density are told as unit vectors: that of the stained parts of cells (azure: nuclei and basophilic cytoplasm),
and that of what is stained outside cells (eosin and haemoglobin: erythrocytes).
"""

from __future__ import annotations

import io
from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pillow

from core.records import Seen
from models.imaging import colour, contours

LONGEST = 1000  # pixels on the longer side that colours are measured at
CLEAR_OF_CELLS = 0.05  # optical density below which a pixel of a cell is background
STAINED = 0.1  # optical density from which a pixel outside cells is stained and no noise of the glass
FEWEST = 200  # stained pixels outside cells; of fewer no direction is told
CHANNELS = ("red", "green", "blue")
Floats = NDArray[np.float32]


def measured(seen: Seen, pictures: Iterable[tuple[str, bytes]]) -> dict[str, float]:
    """Means over pictures (id, PNG), each counting once; what none of them shows is left out. One at a time in memory.

    Directions are made unit vectors again after the mean.
    """
    rows = [_of_picture(seen, image, content) for image, content in pictures]
    keys = dict.fromkeys(key for row in rows for key in row)
    found = {key: float(np.mean([row[key] for row in rows if key in row])) for key in keys}
    for name in ("azure", "eosin"):
        its = [f"{name}_{channel}" for channel in CHANNELS]
        length = float(np.linalg.norm([found[key] for key in its])) if its[0] in found else 0.0
        for key in its if length else ():
            found[key] /= length
    return found


def _of_picture(seen: Seen, image: str, content: bytes) -> dict[str, float]:
    with Pillow.open(io.BytesIO(content), formats=["PNG"]) as opened:
        picture = opened.convert("RGB")
    factor = -(-max(picture.size) // LONGEST)
    pixels = np.asarray(picture.reduce(factor) if factor > 1 else picture)
    clear = colour.background(pixels)
    found = _named("glass", clear) | {"brightness": 100 * float(clear.mean()) / 255}
    cells = _in_cells(seen, image, 1 / factor, pixels.shape[:2])
    density = colour.optical_density(pixels[cells], clear)
    density = density[density.mean(axis=1) > CLEAR_OF_CELLS] if len(density) else density
    if len(density):
        red, green, blue = (float(np.median(density[:, channel])) for channel in range(3))
        found["density"] = (red + green + blue) / 3
        if red + blue > 0:
            found["azure"] = 100 * red / (red + blue)
        found |= _direction("azure", density)
    outside = colour.optical_density(pixels[~cells], clear)
    outside = outside[outside.mean(axis=1) > STAINED] if len(outside) else outside
    return found | (_direction("eosin", outside) if len(outside) >= FEWEST else {})


def _direction(name: str, density: Floats) -> dict[str, float]:
    middle = np.maximum(np.median(density, axis=0), 0.0)
    length = float(np.linalg.norm(middle))
    return _named(name, middle / length) if length > 0 else {}


def _named(name: str, values: NDArray[Any]) -> dict[str, float]:
    return {f"{name}_{channel}": float(value) for channel, value in zip(CHANNELS, values, strict=True)}


def _in_cells(seen: Seen, image: str, scale: float, shape: tuple[int, int]) -> NDArray[np.bool_]:
    """Each outline is filled in a window of its own: a mask of the whole field for every cell would take seconds."""
    inside = np.zeros(shape, dtype=bool)
    for cell in seen.cells:
        if cell.image != image:
            continue
        contour = cell.contour * np.float32(scale)
        left, top = (max(0, int(edge)) for edge in contour.min(axis=0))
        right, bottom = (min(size, int(edge) + 2) for size, edge in zip(shape[::-1], contour.max(axis=0), strict=True))
        if right > left and bottom > top:
            moved = contour - np.array([left, top], np.float32)
            inside[top:bottom, left:right] |= contours.rasterised(moved, (bottom - top, right - left))
    return inside
