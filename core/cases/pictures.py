"""Pixels to bytes and back in the two forms that are kept: PNG and NPY. Same pixels, same bytes; no metadata."""

from __future__ import annotations

import io
from typing import Any

import cv2
import numpy as np
import PIL.Image
from numpy.typing import NDArray

from core.errors import BadInput, RefusedFile
from core.records import Image, ImageInfo, Modality

QUICK = (
    *(cv2.IMWRITE_PNG_COMPRESSION, 1),
    *(cv2.IMWRITE_PNG_STRATEGY, cv2.IMWRITE_PNG_STRATEGY_RLE),
    *(cv2.IMWRITE_PNG_FILTER, cv2.IMWRITE_PNG_FILTER_AVG),
)
NPY_KINDS = (np.dtype(np.uint8), np.dtype(np.uint16), np.dtype(np.float32))


def encoded(image: Image) -> bytes:
    """An image as it is kept: PNG for smear, NPY for DPC."""
    info, pixels = image.info, image.pixels
    if info.modality is Modality.SMEAR:
        expected = (info.height, info.width, 3)
        if pixels.shape != expected or pixels.dtype != np.uint8:
            found = f"{pixels.shape} {pixels.dtype}"
            raise BadInput(f"{info.label} as {expected} uint8", found, "Take the picture in through decode.")
        return png(pixels)
    if pixels.ndim != 3 or pixels.shape[1:] != (info.height, info.width) or pixels.dtype not in NPY_KINDS:
        expected_views = f"{info.label} as (views, {info.height}, {info.width}), uint8, uint16 or float32"
        raise BadInput(expected_views, f"{pixels.shape} {pixels.dtype}", "Take the picture in through decode.")
    out = io.BytesIO()
    np.lib.format.write_array(out, np.ascontiguousarray(pixels), allow_pickle=False)
    return out.getvalue()


def png(pixels: NDArray[np.uint8]) -> bytes:
    """Each pixel as its difference to the mean of two neighbours, runs folded: of photographs as small as the usual
    choice of filters makes them, in half the time to write and two thirds of the time to read."""
    return cv2.imencode(".png", cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR), QUICK)[1].tobytes()


def check(content: bytes, info: ImageInfo, max_pixels: int) -> None:
    """Refuse bytes that are not the form and size that `info` tells; the pixels are not unpacked."""
    if info.width * info.height > max_pixels:
        found = f"{info.width} × {info.height}"
        raise RefusedFile(f"{info.label} of at most {max_pixels} pixels", found, "Raise HEMABOARD_MAX_PIXELS.")
    smear = info.modality is Modality.SMEAR
    found = _png_shape(content) if smear else _npy_shape(content)
    expected = f"{'PNG' if smear else 'NPY'} {info.width} × {info.height}"
    if found != expected:
        raise RefusedFile(f"{info.label} as {expected}", found, "Export the case again.")


def _png_shape(content: bytes) -> str:
    try:
        with PIL.Image.open(io.BytesIO(content), formats=("PNG",)) as picture:
            return f"PNG {picture.width} × {picture.height}" if picture.mode == "RGB" else f"PNG {picture.mode}"
    except (OSError, ValueError, SyntaxError, PIL.Image.DecompressionBombError, PIL.Image.DecompressionBombWarning):
        return "something else"


def _npy_shape(content: bytes) -> str:
    stream = io.BytesIO(content)
    try:
        version = np.lib.format.read_magic(stream)
        read: Any = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        shape, _, kind = read(stream)
    except (ValueError, EOFError):
        return "something else"
    right = len(shape) == 3 and kind in NPY_KINDS
    if not right or len(content) - stream.tell() != int(np.prod(shape)) * kind.itemsize:
        return f"NPY {shape} {kind}"
    return f"NPY {shape[2]} × {shape[1]}"
