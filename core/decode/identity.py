"""What makes a picture that picture: its id, the bytes the store keeps, and painting parts over."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.records import Box, Image, Modality

_RING = 6  # pixels around a box whose median colour it is painted with


def picture_id(pixels: NDArray[Any], modality: Modality) -> str:
    """The same pixels have the same id whatever file they came in: 16 hex digits of SHA-256."""
    plain = np.ascontiguousarray(pixels)
    if plain.dtype.byteorder == ">":
        plain = plain.astype(plain.dtype.newbyteorder("="))
    digest = hashlib.sha256(f"{plain.shape}|{plain.dtype.name}|{modality.value}|".encode())
    digest.update(plain.data)
    return digest.hexdigest()[:16]


def masked(image: Image, boxes: Sequence[Box]) -> Image:
    """The image with each box painted in the colour around it, and the id that goes with its new pixels."""
    height, width = image.info.height, image.info.width
    planes = image.pixels if image.info.modality is Modality.DPC else np.moveaxis(image.pixels, -1, 0)
    original, painted = planes, planes.copy()
    regions = [_within(box, width, height) for box in boxes]
    inside = np.zeros((height, width), bool)
    for x0, y0, x1, y1 in regions:
        inside[y0:y1, x0:x1] = True
    for x0, y0, x1, y1 in regions:
        around = (slice(max(0, y0 - _RING), y1 + _RING), slice(max(0, x0 - _RING), x1 + _RING))
        ring = ~inside[around]
        if not ring.any():  # the box covers everything near it
            around, ring = (slice(None), slice(None)), ~inside if not inside.all() else np.ones_like(inside)
        for number, plane in enumerate(original):
            painted[number, y0:y1, x0:x1] = np.median(plane[around][ring]).astype(plane.dtype)
    pixels = painted if image.info.modality is Modality.DPC else np.ascontiguousarray(np.moveaxis(painted, 0, -1))
    said = f"{len(regions)} region{'s were' if len(regions) != 1 else ' was'} painted over before storing."
    info = replace(image.info, id=picture_id(pixels, image.info.modality), warnings=(*image.info.warnings, said))
    return Image(info, pixels)


def _within(box: Box, width: int, height: int) -> tuple[int, int, int, int]:
    x0, y0, x1, y1 = box
    return (
        max(0, int(np.floor(x0))),
        max(0, int(np.floor(y0))),
        min(width, int(np.ceil(x1))),
        min(height, int(np.ceil(y1))),
    )
