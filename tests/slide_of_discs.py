"""A small whole slide of discs that the stand-in networks of `tests.fakes` can read: lossless, so that colours stay."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import tifffile
from numpy.typing import NDArray

from core.vocabulary import vocabulary
from tests import fakes

LABELS = ("blast", "segmented", "lymphocyte", "segmented", "promyelocyte", "smudge", "monocyte")
APART, RADIUS = 180, 16  # pixels between the middles of two discs, and of one
Disc = tuple[float, float, float, str]


def made(
    path: Path, width: int = 3000, height: int = 2400, seed: int = 0, labels: Sequence[str] = LABELS
) -> list[Disc]:
    """The slide, written; what was drawn on it."""
    rng = np.random.default_rng(seed)
    places = [
        (x, y) for y in range(APART // 2, height - RADIUS, APART) for x in range(APART // 2, width - RADIUS, APART)
    ]
    discs = [
        (x + float(rng.integers(-40, 40)), y + float(rng.integers(-40, 40)), float(RADIUS), str(rng.choice(labels)))
        for x, y in places
    ]
    words = vocabulary("shipped16")
    pixels = np.full((height, width, 3), fakes.BACKGROUND, dtype=np.uint8)
    for x, y in rng.integers(0, (width, height), (width * height // 4000, 2)):
        cv2.circle(pixels, (int(x), int(y)), 14, (226, 190, 194), -1)
    for x, y, radius, label in discs:
        cv2.circle(pixels, (round(x), round(y)), round(radius), fakes.painted(label, words), -1)
    _written(path, pixels)
    return discs


def _written(path: Path, pixels: NDArray[np.uint8]) -> None:
    with tifffile.TiffWriter(path, bigtiff=True) as out:
        for number in range(4):
            density = 40_000 / 2**number
            out.write(
                pixels, tile=(256, 256), photometric="rgb", compression="zlib", compressionargs={"level": 1},
                subfiletype=int(number > 0), resolution=(density, density), resolutionunit="CENTIMETER", metadata=None,
            )  # fmt: skip
            size = (pixels.shape[1] // 2, pixels.shape[0] // 2)
            pixels = np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
