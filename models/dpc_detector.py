"""Finds cells in label-free pictures without a network: recovered phase, threshold, watershed.

    brightness over background → phase → what stands out by a quarter of a radian → parted where it has waists →
    each part cut at a share of its own height → contours

`measured` says what can be measured on a cell so found; nothing is learned here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from skimage.morphology import reconstruction
from skimage.segmentation import watershed

from models.imaging import dpc
from models.imaging.contours import Contour, outline, simplified
from models.imaging.phase import phase
from models.registry import Card

Plane = NDArray[np.float32]
MEASURES = ("area", "eccentricity", "phase", "mass", "roundness", "fine", "coarse", "contrast", "middle")


class DpcDetector:
    """`find` is the whole interface; `card` says what it is and is not."""

    code = "dpc-detector 1"

    def __init__(self, card: Card) -> None:
        self.card = card
        self.name = card.name
        self.digest = card.digest_of(self.code)
        self.parameters = dict(card.parameters)

    def find(self, pixels: NDArray[Any], um_per_px: float | None) -> list[tuple[Contour, float]]:
        """Contours (N, 2) in the picture's pixels with a score in 0–1, the best first. An absent view is NaN."""
        um = um_per_px or float(self.parameters["assumed_um_per_px"])
        views = dpc.normalised(pixels)
        present = tuple(bool(np.isfinite(view).all()) for view in views)
        found = phase(views, um, present) / self.shown(present)
        told = []
        for part in self.parts(found, um):
            ring = outline(part)
            if ring is not None and len(ring) >= 3:
                height = float(np.percentile(found[part], 90))
                told.append((simplified(ring), height / (height + float(self.parameters["half_score"]))))
        return sorted(told, key=lambda pair: -pair[1])

    def shown(self, present: tuple[bool, ...]) -> float:
        """The share of a cell's phase that so many views give back: one threshold then serves them all."""
        return float(self.parameters["shown_by_views"][sum(present) - 1])

    def parts(self, found: Plane, um: float) -> list[NDArray[np.bool_]]:
        """One mask a cell."""
        given = self.parameters
        smooth = cv2.GaussianBlur(found, (0, 0), max(float(given["smooth_um"]) / um, 0.5))
        least = float(given["least_rad"])
        labels = _parted(smooth > least, um, float(given["waist_um"]))
        kept = []
        for k, box in enumerate(ndimage.find_objects(labels), start=1):
            if box is None:
                continue
            inside = labels[box] == k
            cut = max(float(given["share_of_height"]) * float(np.percentile(smooth[box][inside], 95)), least)
            body, count = ndimage.label(ndimage.binary_fill_holes(inside & (smooth[box] > cut)))
            if count == 0:
                continue
            sizes = np.bincount(body.ravel())[1:]
            if sizes.max() * um**2 < float(given["least_um2"]):
                continue
            mask = np.zeros(found.shape, bool)
            mask[box] = body == 1 + int(sizes.argmax())
            kept.append(mask)
        return kept

    def scale(self, pixels: NDArray[Any]) -> float | None:  # noqa: ARG002
        """A label-free picture does not say its scale: leukocytes differ too much in size."""
        return None


def _parted(above: NDArray[np.bool_], um: float, waist_um: float) -> NDArray[np.int32]:
    """Touching cells parted where they have a waist at least `waist_um` narrower than either."""
    depth = cv2.distanceTransform(above.astype(np.uint8), cv2.DIST_L2, 5)
    depth = cv2.GaussianBlur(depth, (0, 0), max(0.4 / um, 0.5))
    summits = _summits(depth, waist_um / 2 / um)
    seeds, _ = ndimage.label(summits & above)
    return np.asarray(watershed(-depth, seeds, mask=above), np.int32)


def _summits(depth: Plane, height: float) -> NDArray[np.bool_]:
    """Regions of `depth` that rise by `height` over every way to a higher one."""
    lower = reconstruction(np.maximum(depth - height, 0), depth, method="dilation")
    return np.asarray(depth - lower >= min(height, float(depth.max())) * 0.999, bool) & (depth > 0)


def central(parts: list[NDArray[np.bool_]], within: float) -> NDArray[np.bool_] | None:
    """The part whose middle lies nearest the frame's middle, if within so many pixels of it."""
    best, nearest = None, within
    for part in parts:
        rows, columns = np.nonzero(part)
        off = float(np.hypot(rows.mean() - (part.shape[0] - 1) / 2, columns.mean() - (part.shape[1] - 1) / 2))
        if off <= nearest:
            best, nearest = part, off
    return best


def measured(found: Plane, inside: NDArray[np.bool_], um: float) -> Mapping[str, float]:
    """A cell's size, shape and texture from its recovered phase: `MEASURES`."""
    rows, columns = np.nonzero(inside)
    values = found[inside]
    spread = np.linalg.eigvalsh(np.cov(np.stack([rows, columns])) + 1e-6 * np.eye(2))
    rim = float(np.count_nonzero(inside & ~ndimage.binary_erosion(inside)))
    fine = found - cv2.GaussianBlur(found, (0, 0), 0.35 / um)
    coarse = cv2.GaussianBlur(found, (0, 0), 0.35 / um) - cv2.GaussianBlur(found, (0, 0), 1.2 / um)
    inner = ndimage.binary_erosion(inside, iterations=max(round(0.8 / um), 1))
    texture = inner if inner.sum() >= 20 else inside
    area = len(rows) * um**2
    return {
        "area": area,
        "eccentricity": float(np.sqrt(1 - spread[0] / spread[1])),
        "phase": float(values.mean()),
        "mass": float(values.sum()) * um**2,
        "roundness": float(min(4 * np.pi * len(rows) / max(rim, 1) ** 2, 2.0)),
        "fine": float(fine[texture].std()),
        "coarse": float(coarse[texture].std()),
        "contrast": float(values.std() / max(abs(float(values.mean())), 1e-3)),
        "middle": float(found[texture].mean() / max(abs(float(values.mean())), 1e-3)),
    }
