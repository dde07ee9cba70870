"""JPEG, PNG, BMP and WebP, by Pillow held to exactly these formats."""

from __future__ import annotations

import io
from typing import Any

import imagecodecs
import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pillow
from PIL import ImageOps

from core.decode import codec, scale
from core.decode.limits import Budget
from core.decode.page import Page, check_size
from core.decode.sniff import Kind
from core.errors import RefusedFile

_PLUGIN = {Kind.JPEG: "JPEG", Kind.PNG: "PNG", Kind.BMP: "BMP", Kind.WEBP: "WEBP"}
_MOST_SCANS = 200  # a progressive JPEG has about ten; each costs a pass over the whole picture


def page(data: bytes, kind: Kind, budget: Budget) -> Page:
    """The one picture of a file, upright, as grey, RGB or RGBA."""
    if kind is Kind.JPEG and data.count(b"\xff\xda") > _MOST_SCANS:
        raise RefusedFile(
            f"a JPEG of at most {_MOST_SCANS} scans", "more, as only a file made to stall has", "Save it again as PNG."
        )
    if kind is Kind.PNG and data[:4096].find(b"acTL") > 0:
        raise _animated(kind)
    with codec.border(kind.value), _opened(data, kind, budget.settings.max_pixels) as picture:
        check_size(*picture.size, budget.settings.max_pixels)
        budget.hold(picture.width * picture.height * 3)
        if getattr(picture, "n_frames", 1) > 1 and kind is not Kind.JPEG:
            raise _animated(kind)
        um_per_px = _scale(picture, kind)
        warnings = _colour_warnings(picture)
        if kind is Kind.PNG and data[24] == 16:
            pixels: NDArray[Any] = _sixteen_bit(data, picture)
        else:
            pixels = np.asarray(_simple(picture))
    bits = 16 if pixels.dtype == np.uint16 else 8
    return Page(pixels, 0, kind.value, bits, um_per_px, warnings)


def _opened(data: bytes, kind: Kind, most_pixels: int) -> Pillow.Image:
    """The header is read, no pixel yet."""
    try:
        return Pillow.open(io.BytesIO(data), formats=[_PLUGIN[kind]])
    except Pillow.DecompressionBombError as error:
        raise RefusedFile(
            f"an image of at most {most_pixels:,} pixels", "a far larger one", "Export a smaller region."
        ) from error


def _animated(kind: Kind) -> RefusedFile:
    return RefusedFile("a still picture", f"an animated {kind.value}", "Export the frame you mean as PNG.")


def _simple(picture: Pillow.Image) -> Pillow.Image:
    """Upright, in mode L, RGB or RGBA."""
    upright: Pillow.Image = ImageOps.exif_transpose(picture)
    if upright.mode in ("L", "RGB", "RGBA"):
        return upright
    if upright.mode == "1":
        return upright.convert("L")
    if upright.mode in ("LA", "PA", "La", "RGBa") or (upright.mode == "P" and "transparency" in upright.info):
        return upright.convert("RGBA")
    return upright.convert("RGB")


def _sixteen_bit(data: bytes, picture: Pillow.Image) -> NDArray[Any]:
    """Pillow keeps eight bits of a colour PNG; libpng, asked directly, keeps all sixteen."""
    pixels: NDArray[Any] = imagecodecs.png_decode(data)
    if pixels.ndim == 3 and pixels.shape[2] == 2:  # grey with alpha
        pixels = pixels[..., [0, 0, 0, 1]]
    if pixels.shape[:2] != (picture.height, picture.width):
        raise ValueError("two readers disagree on the size of a PNG")
    return np.ascontiguousarray(upright(pixels, int(picture.getexif().get(0x0112, 1))))


def upright(pixels: NDArray[Any], orientation: int) -> NDArray[Any]:
    """Turn an array as EXIF and TIFF tag 274 ask."""
    if orientation in (5, 6, 7, 8):
        pixels = pixels.swapaxes(0, 1)
    if orientation in (2, 3, 6, 7):
        pixels = pixels[:, ::-1]
    if orientation in (3, 4, 7, 8):
        pixels = pixels[::-1]
    return pixels


def _scale(picture: Pillow.Image, kind: Kind) -> float | None:
    # Only PNG carries a length of its own (pHYs, pixels per metre). JPEG and BMP densities are a printer's.
    if kind is not Kind.PNG or "dpi" not in picture.info:
        return None
    x, y = picture.info["dpi"]
    return scale.from_density(x, y, "inch")


def _colour_warnings(picture: Pillow.Image) -> tuple[str, ...]:
    found: list[str] = []
    if picture.mode == "CMYK":
        found.append("Converted from CMYK (printing colours) to RGB; hues may be off.")
    elif picture.mode == "P":
        found.append("Converted from a palette of at most 256 colours; fine detail of the stain is lost.")
    profile = picture.info.get("icc_profile")
    if profile and b"sRGB" not in profile and picture.mode not in ("L", "CMYK"):
        found.append("Its colour profile is not sRGB and was not applied.")
    return tuple(found)
