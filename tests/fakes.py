"""Stand-ins behind the protocols: quick, exact and nasty on purpose. Nothing in the app can reach them."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image as Picture

from core.protocols import Crop, Naming, Tools
from core.records import Modality, ModelStamp, Outline, Upload
from core.settings import Settings
from core.vocabulary import Vocabulary, vocabulary

BACKGROUND = (235, 228, 220)


def painted(label: str, words: Vocabulary) -> tuple[int, int, int]:
    """The colour in which a disc of this class is drawn, so that the stand-in can read it back."""
    return 20 + 12 * words.codes.index(label), 40, 120


def field(
    discs: Sequence[tuple[float, float, float, str]], size: tuple[int, int] = (200, 200), seed: int = 0
) -> NDArray[np.uint8]:
    """A picture of discs (x, y, radius, class) on a plain ground with a little noise that makes it unique."""
    words = vocabulary("shipped16")
    pixels = np.full((*size, 3), BACKGROUND, dtype=np.uint8)
    for x, y, radius, label in discs:
        cv2.circle(pixels, (round(x), round(y)), round(radius), painted(label, words), -1)
    quiet_ground = (pixels == BACKGROUND).all(axis=2)
    noise = np.random.default_rng(seed).integers(0, 6, size=(*size, 3), dtype=np.uint8)
    return np.where(quiet_ground[..., None], pixels + noise, pixels)


def png(pixels: NDArray[np.uint8]) -> bytes:
    out = io.BytesIO()
    Picture.fromarray(pixels).save(out, "PNG")
    return out.getvalue()


def upload(pixels: NDArray[np.uint8], name: str = "field.png") -> Upload:
    return Upload(name, png(pixels))


class DiscDetector:
    """Finds the discs of `field`; touching discs of different classes stay apart."""

    stamp = ModelStamp("stand-in detector", "d" * 64, "detector", "tests", "stand-in")

    def __init__(self) -> None:
        self.looked = 0

    def find(self, pixels: NDArray[Any], um_per_px: float | None) -> list[Outline]:  # noqa: ARG002
        self.looked += 1
        outlines = []
        reds = pixels[..., 0].astype(int)
        inside = (pixels[..., 1] == 40) & (pixels[..., 2] == 120)
        for red in np.unique(reds[inside]):
            mask = (inside & (reds == red)).astype(np.uint8)
            for contour in cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)[0]:
                if len(contour) >= 3:
                    outlines.append(Outline(contour[:, 0].astype(np.float32) + 0.5, 0.9))  # through pixel centres
        return outlines

    def scale(self, pixels: NDArray[Any]) -> float | None:  # noqa: ARG002
        return None


class ColourClassifier:
    """Reads the class from the colour under the mask. Its columns stand in reverse order, as a card's may.

    With `doubts` it is calibrated: of each batch every second cell might be its neighbour in the vocabulary too, every
    fourth its second neighbour as well, and the oddness rises from 0 to 1.
    """

    stamp = ModelStamp("stand-in classifier", "c" * 64, "classifier", "tests", "stand-in", "shipped16")

    def __init__(self, doubts: bool = False) -> None:
        self.labels = tuple(reversed(vocabulary("shipped16").codes))
        self.doubts = doubts

    def name(self, crops: Sequence[Crop]) -> Naming:
        codes = vocabulary("shipped16").codes
        rows = np.full((len(crops), len(codes)), 0.1 / (len(codes) - 1), dtype=np.float32)
        for row, crop in zip(rows, crops, strict=True):
            red = float(np.median(crop.pixels[..., 0][crop.mask]))
            row[self.labels.index(codes[round((red - 20) / 12)])] = 0.9
        if not self.doubts:
            return Naming(self.labels, rows)
        called = [codes.index(self.labels[column]) for column in rows.argmax(axis=1)]
        wide = [1 + (n % 2 == 1) + (n % 4 == 3) for n in range(len(crops))]
        possible = tuple(
            tuple(codes[(place + step) % len(codes)] for step in range(width))
            for place, width in zip(called, wide, strict=True)
        )
        return Naming(self.labels, rows, possible=possible, oddness=np.linspace(0, 1, len(crops), dtype=np.float32))


def tools(settings: Settings | None = None, *, doubts: bool = False) -> Tools:
    words = vocabulary("shipped16")
    return Tools(settings or Settings(), words, Modality.SMEAR, DiscDetector(), ColourClassifier(doubts))
