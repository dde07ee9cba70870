"""A stored picture made fit for a screen: smaller, eight bits, three channels, WebP or PNG."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pillow
from PIL import ImageDraw

from core.records import Box, Modality

WIDEST = 1600  # pixels on the longer side: sharp on a tablet, a few hundred kilobytes
MARK = (214, 40, 57)


def for_screen(stored: bytes, modality: Modality, longest: int = WIDEST) -> bytes:
    """The store's PNG (smear) or NPY (DPC, its first view) as a WebP no longer than `longest`."""
    if modality is Modality.DPC:
        return _webp(_shrunk(Pillow.fromarray(_grey(np.load(io.BytesIO(stored), allow_pickle=False))), longest))
    with Pillow.open(io.BytesIO(stored), formats=["PNG"]) as picture:
        return _webp(_shrunk(picture.convert("RGB"), longest))


def with_boxes(pixels: NDArray[Any], modality: Modality, boxes: Sequence[Box], longest: int = 900) -> bytes:
    """A picture not stored yet, shrunk, with the boxes drawn on it, as PNG."""
    whole = Pillow.fromarray(_grey(pixels) if modality is Modality.DPC else pixels).convert("RGB")
    small = _shrunk(whole, longest)
    scale_x, scale_y = small.width / whole.width, small.height / whole.height
    pen = ImageDraw.Draw(small)
    for x0, y0, x1, y1 in boxes:
        corners = (
            round(x0 * scale_x), round(y0 * scale_y),
            max(round(x0 * scale_x), round(x1 * scale_x) - 1), max(round(y0 * scale_y), round(y1 * scale_y) - 1),
        )  # fmt: skip
        pen.rectangle(corners, outline=MARK, width=3)
    out = io.BytesIO()
    small.save(out, "PNG")
    return out.getvalue()


def as_png(pixels: NDArray[np.uint8]) -> bytes:
    out = io.BytesIO()
    Pillow.fromarray(pixels).save(out, "PNG")
    return out.getvalue()


def _grey(views: NDArray[Any]) -> NDArray[np.uint8]:
    """The first view, stretched between its 0.5th and 99.5th percentile."""
    view = views[0].astype(np.float32)
    low, high = np.percentile(view, (0.5, 99.5))
    stretched: NDArray[np.uint8] = (np.clip((view - low) / max(float(high - low), 1e-9), 0, 1) * 255).astype(np.uint8)
    return stretched


def _shrunk(picture: Pillow.Image, longest: int) -> Pillow.Image:
    if max(picture.size) <= longest:
        return picture.copy()
    scale = longest / max(picture.size)
    size = (max(1, round(picture.width * scale)), max(1, round(picture.height * scale)))
    return picture.resize(size, Pillow.Resampling.LANCZOS, reducing_gap=2.0)  # a slide of 100 megapixels in a moment


def _webp(picture: Pillow.Image) -> bytes:
    out = io.BytesIO()
    picture.save(out, "WEBP", quality=86, method=2)
    return out.getvalue()
