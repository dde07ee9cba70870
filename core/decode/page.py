"""What every decoder hands on: one page of plain numbers, without metadata."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.errors import RefusedFile, UnsupportedFile

SMALLEST_SIDE = 16  # pixels; no cell can be judged on less


@dataclass(frozen=True, slots=True, eq=False)
class Page:
    """Grey (H, W), RGB (H, W, 3) or RGBA (H, W, 4); uint8, uint16 or float32."""

    pixels: NDArray[Any]
    number: int  # from 0
    format: str
    bits: int
    um_per_px: float | None = None
    warnings: tuple[str, ...] = ()
    view: str = ""  # a DPC view, when the file itself names it
    doubt: str = ""  # why a person must look before the picture is stored

    def noting(self, *warnings: str) -> Page:
        return replace(self, warnings=self.warnings + warnings)


def check_size(width: int, height: int, most: int) -> None:
    """Refuse what is too large or too small, from the header, before any pixel is decoded."""
    if width * height > most:
        raise RefusedFile(
            f"an image of at most {most:,} pixels",
            f"{width:,} × {height:,} pixels",
            "Export a smaller region, or raise the setting max_pixels.",
        )
    if min(width, height) < SMALLEST_SIDE:
        raise RefusedFile(
            f"an image of at least {SMALLEST_SIDE} × {SMALLEST_SIDE} pixels",
            f"{width} × {height} pixels, too small to show a cell",
            "Upload the picture in its full size.",
        )


def check_content(pixels: NDArray[Any]) -> None:
    """Refuse a picture with nothing in it."""
    if pixels.dtype.kind == "f" and not np.isfinite(pixels).all():
        raise RefusedFile("finite numbers", "NaN or infinite pixels", "Export the image again without them.")
    if (pixels == pixels.reshape(-1)[0]).all():
        raise RefusedFile(
            "a picture with cells",
            "an image in which every pixel has the same value",
            "Check that the camera or export did not fail.",
        )


def plain(pixels: NDArray[Any]) -> NDArray[Any]:
    """The same numbers as native uint8, uint16 or float32; other kinds are refused."""
    kind, size = pixels.dtype.kind, pixels.dtype.itemsize
    if kind == "u" and size <= 2:
        return np.ascontiguousarray(pixels, dtype=np.uint8 if size == 1 else np.uint16)
    if kind == "f":
        with np.errstate(all="ignore"):
            return np.ascontiguousarray(pixels, dtype=np.float32)
    if kind in "iu" and pixels.size and pixels.min() >= 0 and pixels.max() <= 65535:
        return np.ascontiguousarray(pixels, dtype=np.uint16)
    found = "black-and-white (1 bit) pixels" if kind == "b" else f"pixels of type {pixels.dtype}"
    raise UnsupportedFile(
        "pixels of 8 or 16 bit, or 32 bit floating point", found, "Export the picture with 8 or 16 bits per channel."
    )
