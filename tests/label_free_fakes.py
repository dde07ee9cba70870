"""Stand-ins for label-free pictures: cells are discs whose shade tells the class, and markers are nasty numbers.

A disc shifts light as the weak-object model says, so that the pictures pass decode's look at their orientation.

Every marker value begins with the digits of `MARK`, so that a leak is found in any text by looking for them.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy import fft

from core.protocols import Phenotyping, Tools, ViewsCrop
from core.records import CaseInfo, Domain, Modality, ModelStamp, Outline, Specimen, Upload
from core.settings import Settings
from core.vocabulary import vocabulary
from models.imaging import dpc
from models.imaging.phase import BSCCM, phase, transfer
from models.synthesis.markers import MARKERS

MARK = 7771  # all marker values and the ends of their intervals lie in 7771.0–7771.99 in this stand-in's units
LEVEL = 1600  # counts of empty glass
STEP = 0.02  # of the light: how much darker one class is than the one before
CODES = vocabulary("dpc4").codes
REAL = CaseInfo("LF-1", Specimen.BLOOD, Modality.DPC, vocabulary="dpc4")
SYNTHETIC = CaseInfo("LF-2", Specimen.BLOOD, Modality.DPC, vocabulary="dpc4", domain=Domain.PROCEDURAL)


def field(
    discs: Sequence[tuple[float, float, float, str]], size: tuple[int, int] = (256, 256), seed: int = 0
) -> NDArray[np.uint16]:
    """Four views of discs (x, y, radius, class) on empty glass; a class is a shade, the same in all views."""
    deep, shade = np.zeros(size, np.float32), np.zeros(size, np.float32)
    for x, y, radius, label in discs:
        cv2.circle(deep, (round(x), round(y)), round(radius), 1.0, -1)
        cv2.circle(shade, (round(x), round(y)), round(radius), STEP * (1 + CODES.index(label)), -1)
    deep = cv2.GaussianBlur(deep, (0, 0), 2.0)
    shifting = transfer(size, BSCCM.um_per_px)[1]
    light = 1 + fft.ifft2(shifting * fft.fft2(deep)).real - shade
    noise = np.random.default_rng(seed).integers(-4, 5, (4, *size))
    return np.round(LEVEL * light + noise).astype(np.uint16)


def grid(labels: Sequence[str], seed: int = 0) -> NDArray[np.uint16]:
    """One disc a label, apart from one another."""
    side = 8
    places = [(20 + 30 * (k % side), 20 + 30 * (k // side)) for k in range(len(labels))]
    return field([(x, y, 9, name) for (x, y), name in zip(places, labels, strict=True)], seed=seed)


def upload(pixels: NDArray[Any], name: str = "field.npy") -> Upload:
    out = io.BytesIO()
    np.save(out, pixels)
    return Upload(name, out.getvalue())


class BrightSpots:
    """Finds the discs of `field` in whichever view is there."""

    stamp = ModelStamp("stand-in finder", "a" * 64, "detector", "tests", "stand-in", "dpc4")

    def find(self, pixels: NDArray[Any], um_per_px: float | None) -> list[Outline]:  # noqa: ARG002
        views = dpc.normalised(pixels)
        there = tuple(bool(np.isfinite(view).all()) for view in views)
        mask = (phase(views, BSCCM.um_per_px, there) > 0.35 * sum(there) / len(there)).astype(np.uint8)
        contours = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)[0]
        return [Outline(c[:, 0].astype(np.float32) + 0.5, 0.8) for c in contours if len(c) >= 8]

    def scale(self, pixels: NDArray[Any]) -> float | None:  # noqa: ARG002
        return None


class Spectrum:
    """Names discs by their brightness and estimates two kinds of CD16: columns stand in reverse order, as a card's may.

    Nasty: values far beyond any scale, some intervals infinite on one side or both, probabilities with exact ties.
    """

    def __init__(self, truth: str = "simulated", cuts: dict[str, float] | None = None) -> None:
        self.labels = tuple(reversed(CODES))
        self.markers = tuple(reversed(MARKERS)) if truth else ()
        self.stamp = ModelStamp(
            "stand-in phenotyper", (truth or "none").encode().hex().ljust(64, "b")[:64], "phenotyper", "tests",
            "stand-in", "dpc4", {}, tuple(MARKERS) if truth else (), truth, "log10 of nothing" if truth else "",
            cuts or {},
        )  # fmt: skip

    def look(self, crops: Sequence[ViewsCrop]) -> Phenotyping:
        count, markers = len(crops), len(self.markers)
        rows = np.full((count, len(CODES)), 0.02, np.float32)
        places = []
        for row, crop in zip(rows, crops, strict=True):
            middle = slice(crop.views.shape[1] // 2 - 4, crop.views.shape[1] // 2 + 4)
            off = 1 - float(np.nanmean(crop.views[:, middle, middle]))
            places.append(int(np.clip(round(off / STEP) - 1, 0, len(CODES) - 1)))
            row[self.labels.index(CODES[places[-1]])] = 0.94
        spread = np.array(
            [[(p * 0.37 + k * 0.11 + m * 0.01) % 0.8 for m in range(markers)] for k, p in enumerate(places)]
        )
        values = (MARK + 0.1 + spread.reshape(count, markers)).astype(np.float32)
        low, high = values - np.float32(0.05), values + np.float32(0.05)
        low[::3], high[1::4] = -np.inf, np.inf
        return Phenotyping(
            labels=self.labels,
            probabilities=rows,
            markers=self.markers,
            values=values,
            low=low,
            high=high,
            gate=np.tile(np.array([0.3, 0.7], np.float32), (count, 1)),
            views=np.array([[bool(np.isfinite(v).all()) for v in crop.views] for crop in crops]).reshape(count, 4),
            possible=tuple((CODES[p],) if k % 3 else (CODES[p], CODES[(p + 1) % 4]) for k, p in enumerate(places)),
            oddness=np.linspace(0, 0.98, count, dtype=np.float32),
        )


def tools(settings: Settings | None = None, truth: str = "simulated", cuts: dict[str, float] | None = None) -> Tools:
    words = vocabulary("dpc4")
    return Tools(settings or Settings(), words, Modality.DPC, BrightSpots(), phenotyper=Spectrum(truth, cuts))
