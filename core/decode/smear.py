"""Any page → the canonical smear picture: RGB, eight bits, nothing transparent."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.decode.page import Page, check_content
from core.errors import UnsupportedFile

_DEPTHS = (8, 10, 12, 14, 16)


def rgb(page: Page) -> tuple[NDArray[np.uint8], tuple[str, ...]]:
    """Pixels and what was done to get them."""
    pixels, warnings = page.pixels, list(page.warnings)
    if pixels.dtype == np.float32:
        raise UnsupportedFile(
            "a smear with 8 or 16 bits per channel", "floating-point pixels", "Export it as 8-bit RGB."
        )
    check_content(pixels)
    if pixels.dtype == np.uint16:
        pixels, said = _eight_bit(pixels, page.bits)
        warnings += said
    if pixels.ndim == 3 and pixels.shape[2] == 4:
        pixels, said = _on_white(pixels)
        warnings += said
    if pixels.ndim == 2:
        pixels = np.repeat(pixels[..., None], 3, axis=2)
        warnings.append("A grey picture: the stain's colour is missing, and classes that rest on it are unreliable.")
    check_content(pixels)
    return np.ascontiguousarray(pixels, dtype=np.uint8), tuple(warnings)


def _eight_bit(pixels: NDArray[Any], stated: int) -> tuple[NDArray[Any], list[str]]:
    """The rule: drop the lowest bits, keeping the eight highest of the camera's depth.

    The depth is the one the file states (10, 12, 14); where it only says 16, it is the smallest of 8, 10, 12,
    14 and 16 that holds the brightest pixel, because cameras store 12 bits in 16. All channels are shifted alike,
    so that colours keep their ratios.
    """
    brightest = int(pixels[..., :3].max()) if pixels.ndim == 3 else int(pixels.max())
    depth = stated if 8 < stated < 16 else 16
    if stated >= 16 or brightest >= 1 << depth:
        depth = next(d for d in _DEPTHS if brightest < 1 << d)
    shift = depth - 8
    lowered = np.minimum(pixels >> shift, 255).astype(np.uint8)
    if pixels.ndim == 3 and pixels.shape[2] == 4:  # transparency always uses the whole range
        lowered[..., 3] = pixels[..., 3] >> 8
    if not shift:
        return lowered, ["Stored with 16 bits, of which 8 are used; read as 8 bits."]
    return lowered, [f"Reduced from {depth} to 8 bits by dropping the {shift} lowest."]


def _on_white(pixels: NDArray[Any]) -> tuple[NDArray[Any], list[str]]:
    alpha = pixels[..., 3:].astype(np.uint16)
    if (alpha == 255).all():
        return pixels[..., :3], []
    colours = pixels[..., :3].astype(np.uint16)
    mixed = (colours * alpha + 255 * (255 - alpha) + 127) // 255
    return mixed.astype(np.uint8), ["Transparent parts were laid on white."]
