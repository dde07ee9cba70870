"""A picture read back from the store: nothing is guessed, the pixels must be the ones its id names."""

from __future__ import annotations

import struct
from typing import Any

import imagecodecs
from numpy.typing import NDArray

from core.decode import arrays, codec, raster, sniff
from core.decode.identity import picture_id
from core.decode.limits import Budget
from core.decode.page import check_size, plain
from core.decode.sniff import Kind
from core.errors import UnreadableFile
from core.records import Image, ImageInfo, Modality
from core.slides.plans import SOURCE


def image(data: bytes, info: ImageInfo, budget: Budget) -> Image:
    """The stored picture with the identity it has, whole."""
    pixels = _pixels(data, info, budget)
    if info.source_format == SOURCE:  # named by its place in the slide, whose file has a digest of its own
        same = pixels.shape == (info.height, info.width, 3)
    else:
        same = picture_id(pixels, info.modality) == info.id
    if not same:
        raise UnreadableFile(
            f"the stored picture {info.id}",
            "other pixels: the store is damaged",
            "Restore the blob store from a backup, or take the picture in again.",
        )
    return Image(info, pixels)


def _pixels(data: bytes, info: ImageInfo, budget: Budget) -> NDArray[Any]:
    kind = sniff.kind(data, "")
    if info.modality is Modality.SMEAR and kind is Kind.PNG:
        return _plain_png(data, budget) if _is_plain(data) else raster.page(data, kind, budget).pixels
    if info.modality is Modality.DPC and kind is Kind.NPY:
        return plain(arrays.array(data))
    raise UnreadableFile(
        f"the stored {info.modality.value} picture {info.id}",
        f"{kind.value}: the store is damaged",
        "Restore the blob store from a backup, or take the picture in again.",
    )


def _is_plain(data: bytes) -> bool:
    """Eight bits of grey, RGB or RGBA and nothing that would turn the picture: as the store writes them."""
    head = data[:4096]
    return head[24:26] in (b"\x08\x00", b"\x08\x02", b"\x08\x06") and b"eXIf" not in head and b"tRNS" not in head


def _plain_png(data: bytes, budget: Budget) -> NDArray[Any]:
    """By libpng itself, straight into the array: half the time and a third of the memory of a picture opened whole."""
    with codec.border(Kind.PNG.value):
        width, height = struct.unpack(">II", data[16:24])
        check_size(width, height, budget.settings.max_pixels)
        budget.hold(width * height * 3)
        pixels: NDArray[Any] = imagecodecs.png_decode(data)
        return pixels
