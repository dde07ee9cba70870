"""Kept pictures of many cells on one sheet, so that a gallery asks once for what a screen shows.

A sheet has `ACROSS` pictures in a row, in the order in which they were asked for. Widths come from a short list, so
that a browser and whatever stands between can keep what they have seen.
"""

from __future__ import annotations

import io
from collections.abc import Sequence

import cv2
import numpy as np
import PIL.Image
from numpy.typing import NDArray

ACROSS = 6
MOST = 48  # pictures on one sheet
SIDES = (96, 160)  # pixels: height of a picture; the second is about what was kept
GROUND = (243, 241, 244)  # in place of what is not the cell, and around a picture of another shape
STRIP = 5  # pictures side by side in a label-free cell's strip
QUALITY = 88

Mask = NDArray[np.bool_]


def sheet(pictures: Sequence[bytes], side: int, *, wide: bool, masks: Sequence[Mask] | None = None) -> bytes:
    """WebP of the PNGs. `masks`, (side, side) each, leave the cell itself; a strip's pictures have one in common."""
    width = side * STRIP if wide else side
    rows = -(-len(pictures) // ACROSS)
    columns = min(ACROSS, len(pictures))
    whole = np.empty((rows * side, columns * width, 3), np.uint8)
    whole[:] = GROUND
    for number, content in enumerate(pictures):
        picture = _fitted(content, width, side)
        if masks is not None:
            picture[~np.tile(masks[number], (1, width // side))] = GROUND
        top, left = number // ACROSS * side, number % ACROSS * width
        whole[top : top + side, left : left + width] = picture
    out = io.BytesIO()
    PIL.Image.fromarray(whole).save(out, "WEBP", quality=QUALITY, method=0)  # quickly: a person waits for it
    return out.getvalue()


def _fitted(content: bytes, width: int, height: int) -> NDArray[np.uint8]:
    """The picture as large as it fits, in the middle of its place."""
    with PIL.Image.open(io.BytesIO(content), formats=["PNG"]) as png:
        pixels = np.asarray(png.convert("RGB"))
    scale = min(width / pixels.shape[1], height / pixels.shape[0])
    size = (max(1, round(pixels.shape[1] * scale)), max(1, round(pixels.shape[0] * scale)))
    if size != (pixels.shape[1], pixels.shape[0]):
        pixels = np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC))
    placed = np.empty((height, width, 3), np.uint8)
    placed[:] = GROUND
    top, left = (height - size[1]) // 2, (width - size[0]) // 2
    placed[top : top + size[1], left : left + size[0]] = pixels
    return placed
