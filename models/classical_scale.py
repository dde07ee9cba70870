"""The scale of a picture that does not state one, from its erythrocytes or, failing those, its nuclei."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from models.classical_nuclei import Parameters, disc, filled, without_large

MANY = 10  # whole round erythrocytes


def um_per_px(
    stain: NDArray[Any], foreground: NDArray[np.bool_], nuclear: NDArray[np.bool_], given: Parameters
) -> float | None:
    """µm per pixel from the width of erythrocytes, else from nuclei; None when there is nothing to measure."""
    typical = _nucleus_width(nuclear)
    if nuclear.any():  # the ghosts of lysed erythrocytes are too faint to be measured
        foreground = foreground & (stain > given.ghost * float(np.median(stain[nuclear])))
    near = cv2.dilate(nuclear.astype(np.uint8), np.ones((3, 3), np.uint8), iterations=3)
    hole = (0.45 * typical) ** 2 if typical is not None else 0.002 * foreground.size
    closed = foreground | without_large(filled(foreground) & ~foreground, hole)
    closed[near > 0] = False
    closed = cv2.morphologyEx(closed.astype(np.uint8), cv2.MORPH_OPEN, np.ones((3, 3), np.uint8)).astype(bool)
    whole = _widths(closed)
    whole = whole[whole > 0.3 * typical] if typical is not None else whole
    if whole.size >= MANY:  # enough of them to leave platelets aside without knowing the nuclei
        return float(given.erythrocyte_um / np.median(whole[whole > 0.6 * np.percentile(whole, 75)]))
    for widths in (whole, _ridges(closed, typical)):
        red = widths[(widths > 0.38 * typical) & (widths < 1.25 * typical)] if typical is not None else widths
        if red.size >= 3:
            return float(given.erythrocyte_um / np.median(red))
    return float(given.nucleus_um / typical) if typical else None


def _nucleus_width(nuclear: NDArray[np.bool_]) -> float | None:
    """The width in pixels of the typical nucleus, its lobes drawn together; specks and platelets left out."""
    lobes = _extents(nuclear)
    if not lobes.size:
        return None
    order = np.sort(lobes)
    weight = np.cumsum(order**2)  # by area, so that any number of specks weighs less than one nucleus
    usual = float(order[np.searchsorted(weight, weight[-1] / 2)])
    reach = disc(min(0.3 * usual, 25))
    together = cv2.morphologyEx(np.pad(nuclear.astype(np.uint8), 60), cv2.MORPH_CLOSE, reach)
    widths = _extents(together[60:-60, 60:-60].astype(bool))
    return float(np.median(widths[widths >= 0.5 * usual]))


def _extents(nuclear: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Diameters in pixels of the circles as large as each part's convex hull, of the largest parts."""
    rings, _ = cv2.findContours(nuclear.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    rings = sorted(rings, key=len, reverse=True)[:400]
    sizes = np.array([cv2.contourArea(cv2.convexHull(r)) + len(r) / 2 for r in rings if len(r) >= 8])
    return np.asarray(2 * np.sqrt(sizes / np.pi), np.float64)


def _ridges(mask: NDArray[np.bool_], typical: float | None) -> NDArray[np.float64]:
    """Widths at the deepest points of the mask: erythrocytes that overlap, touch or are cut by the edge."""
    depth = cv2.distanceTransform(mask.astype(np.uint8), cv2.DIST_L2, 5)
    reach = max(2.0, 0.3 * typical) if typical is not None else 3.0
    tops = (depth >= cv2.dilate(depth, disc(reach))) & (depth > 0.5 * reach)
    count, labels = cv2.connectedComponents(tops.astype(np.uint8), connectivity=8)
    if count < 2:
        return np.zeros(0)
    values = np.zeros(count)
    np.maximum.at(values, labels.ravel(), depth.ravel())
    return np.asarray(2 * values[1:], np.float64)


def _widths(mask: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Diameters in pixels of the mask's whole, round parts."""
    count, _, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=4)
    widths = []
    height, width = mask.shape
    largest = np.argsort(-stats[1:, cv2.CC_STAT_AREA])[:400] + 1 if count > 1 else []
    for part in largest:
        x, y, w, h, size = (int(v) for v in stats[part])
        if size < 12:
            break
        if x == 0 or y == 0 or x + w == width or y + h == height or max(w, h) > 1.35 * min(w, h):
            continue
        if not 0.90 < size / (np.pi / 4 * w * h) < 1.10:
            continue
        widths.append(2 * np.sqrt(size / np.pi))
    return np.array(widths)
