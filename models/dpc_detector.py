"""Finds cells in label-free pictures without a network: recovered phase, threshold, watershed.

    brightness over background → phase → what stands out by a quarter of a radian → parted where it has waists →
    each part cut at a share of its own height → contours

Views of one axis alone show phase as streaks; there the unrest of the picture takes its place. A frame too small for
two cells holds the one in its middle. `measured` says what can be measured on a cell so found; nothing is learned.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from skimage.morphology import reconstruction
from skimage.segmentation import expand_labels, watershed

from models.imaging import dpc
from models.imaging.contours import Contour, outline, simplified
from models.imaging.phase import phase
from models.registry import CODES, Card

Plane = NDArray[np.float32]
Labels = NDArray[np.int32]
LARGEST = 2048  # pixels of the longer side, beyond which a field is made smaller
HALO_UM, UNREST_UM, CALM_UM = 0.8, 0.5, 1.8  # of one axis: blur taken off, blur of what is left, calm middles filled
MEASURES = ("area", "eccentricity", "phase", "mass", "roundness", "fine", "coarse", "contrast", "middle")


class DpcDetector:
    """`find` is the whole interface; `card` says what it is and is not."""

    code = CODES["dpc-detector"]

    def __init__(self, card: Card) -> None:
        self.card = card
        self.name = card.name
        self.digest = card.digest_of(self.code)
        self.parameters = dict(card.parameters)

    def find(self, pixels: NDArray[Any], um_per_px: float | None) -> list[tuple[Contour, float]]:
        """Contours (N, 2) in the picture's pixels with a score in 0–1, the best first. An absent view is NaN."""
        um = um_per_px or float(self.parameters["assumed_um_per_px"])
        views, factor = _handy(np.asarray(pixels, np.float32))
        um, views = um * factor, dpc.normalised(views)
        present = tuple(bool(np.isfinite(view).all()) for view in views)
        both = any(present[:2]) and any(present[2:])
        if both:
            found = phase(views, um, present) / self.shown(present)
        else:
            found = _unrest(views[np.array(present)], um) * np.float32(self.parameters["rad_of_unrest"])
        waist = float(self.parameters["waist_um"]) if both else np.inf  # unrest has waists where a cell has none
        alone = max(found.shape) * um < float(self.parameters["single_um"])
        labels = self._single(found, um, waist) if alone else self.parts(found, um, waist)
        grown = expand_labels(labels, float(self.parameters["grow_um"]) / um) if both else labels
        told = []
        for k, box in enumerate(ndimage.find_objects(grown), start=1):
            ring = outline(grown[box] == k)
            if ring is not None and len(ring) >= 3:
                height = float(np.percentile(found[box][labels[box] == k], 90))
                corner = np.array([box[1].start, box[0].start], np.float32)
                score = height / (height + float(self.parameters["half_score"]))
                told.append((np.asarray((simplified(ring) + corner) * factor, np.float32), score))
        return sorted(told, key=lambda pair: -pair[1])

    def shown(self, present: tuple[bool, ...]) -> float:
        """The share of a cell's phase that so many views give back: one threshold then serves them all."""
        return float(self.parameters["shown_by_views"][sum(present) - 1])

    def parts(self, found: Plane, um: float, waist_um: float | None = None) -> Labels:
        """Which cell every pixel belongs to, from 1; 0: none."""
        given = self.parameters
        smooth = cv2.GaussianBlur(found, (0, 0), max(float(given["smooth_um"]) / um, 0.5))
        least = float(given["least_rad"])
        labels = _parted(smooth > least, um, waist_um or float(given["waist_um"]))
        kept = np.zeros_like(labels)
        count = 0
        for k, box in enumerate(ndimage.find_objects(labels), start=1):
            if box is None:
                continue
            inside = labels[box] == k
            cut = max(float(given["share_of_height"]) * float(np.percentile(smooth[box][inside], 95)), least)
            bodies, _ = ndimage.label(ndimage.binary_fill_holes(inside & (smooth[box] > cut)))
            sizes = np.bincount(bodies.ravel())[1:]
            if sizes.size and sizes.max() * um**2 >= float(given["least_um2"]):
                count += 1
                kept[box][bodies == 1 + int(sizes.argmax())] = count
        return kept

    def _single(self, found: Plane, um: float, waist_um: float) -> Labels:
        """The one cell of a frame, however thin: the threshold falls until something lies in the middle."""
        for weight in (1, 2, 4):
            one = central(self.parts(found * np.float32(weight), um, waist_um), float(self.parameters["near_um"]) / um)
            if one is not None:
                return one.astype(np.int32)
        return np.zeros(found.shape, np.int32)

    def scale(self, pixels: NDArray[Any]) -> float | None:  # noqa: ARG002
        """A label-free picture does not say its scale: leukocytes differ too much in size."""
        return None


def _parted(above: NDArray[np.bool_], um: float, waist_um: float) -> Labels:
    """Touching cells parted where they have a waist at least `waist_um` narrower than either."""
    if waist_um == np.inf:
        return np.asarray(ndimage.label(above)[0], np.int32)
    depth = cv2.distanceTransform(above.astype(np.uint8), cv2.DIST_L2, 5)
    depth = cv2.GaussianBlur(depth, (0, 0), max(0.4 / um, 0.5))
    summits = _summits(depth, waist_um / 2 / um)
    seeds, _ = ndimage.label(summits & above)
    return np.asarray(watershed(-depth, seeds, mask=above), np.int32)


def _summits(depth: Plane, height: float) -> NDArray[np.bool_]:
    """Regions of `depth` that rise by `height` over every way to a higher one."""
    lower = reconstruction(np.maximum(depth - height, 0), depth, method="dilation")
    return np.asarray(depth - lower >= min(height, float(depth.max())) * 0.999, bool) & (depth > 0)


def _unrest(views: NDArray[np.float32], um: float) -> Plane:
    """How far brightness strays from that nearby, less what noise makes of it; a cell's calm middle is filled."""
    detail = np.stack([view - cv2.GaussianBlur(view, (0, 0), HALO_UM / um) for view in views])
    stray = np.sqrt(cv2.GaussianBlur(np.square(detail).mean(0), (0, 0), max(UNREST_UM / um, 0.7)))
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * round(CALM_UM / um) + 1,) * 2)
    filled = cv2.morphologyEx(stray, cv2.MORPH_CLOSE, disc)
    return np.asarray(filled - np.median(filled), np.float32)


def _handy(views: NDArray[np.float32]) -> tuple[NDArray[np.float32], float]:
    """A very large field on coarser pixels, and how much coarser."""
    factor = max(views.shape[1:]) / LARGEST
    if factor <= 1:
        return views, 1.0
    size = (round(views.shape[2] / factor), round(views.shape[1] / factor))
    return np.stack([cv2.resize(view, size, interpolation=cv2.INTER_AREA) for view in views]), factor


def central(labels: Labels, within: float) -> NDArray[np.bool_] | None:
    """The cell whose middle lies nearest the frame's middle, if within so many pixels of it."""
    best, nearest = None, within
    for k in range(1, int(labels.max()) + 1):
        rows, columns = np.nonzero(labels == k)
        off = float(np.hypot(rows.mean() - (labels.shape[0] - 1) / 2, columns.mean() - (labels.shape[1] - 1) / 2))
        if off <= nearest:
            best, nearest = labels == k, off
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
