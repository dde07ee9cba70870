"""What reads a slide's file: the seam between `reading.Slide` and the libraries, and their errors in our words."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from core.errors import Conflict, UnreadableFile, UnsupportedFile

FINEST, COARSEST = 0.02, 5.0  # µm per pixel that a light microscope can have made; others are not believed


@dataclass(frozen=True, slots=True)
class Level:
    """One resolution of the pyramid; the first is the finest."""

    width: int
    height: int
    downsample: float  # pixels of the first level to one of this


class Source(Protocol):
    """An open file. Reading is safe from several threads."""

    @property
    def format(self) -> str: ...
    @property
    def levels(self) -> tuple[Level, ...]: ...
    @property
    def um_per_px(self) -> float | None: ...

    def read(self, level: int, x: int, y: int, width: int, height: int) -> NDArray[np.uint8]:
        """RGB at pixels of that level, all of them within it; what was never scanned is white."""
        ...

    def close(self) -> None: ...


def damaged(format: str, what: str) -> UnreadableFile:
    do = "Copy it from the scanner again, whole, with all files that belong to it; the rest of this slide can be used."
    return UnreadableFile(f"a complete {format}", what, do)


def unread(format: str) -> UnsupportedFile:
    do = "Export it from the scanner's program as a pyramidal TIFF or OME-TIFF: one plane, RGB, 8 bits per channel."
    found = "one that is stored otherwise (several planes, fluorescence, or a compression that nothing here reads)"
    return UnsupportedFile(f"a {format} of one plane in colour", found, do)


def closed() -> Conflict:
    return Conflict("an open slide", "one that was closed meanwhile", "Open the case again.")


def believed(x_um: float, y_um: float) -> float | None:
    """The scale, if a microscope can have made it and it is the same both ways."""
    if not (math.isfinite(x_um) and math.isfinite(y_um)) or not FINEST <= x_um <= COARSEST:
        return None
    return round((x_um + y_um) / 2, 6) if abs(x_um - y_um) <= 0.02 * x_um else None
