"""Closed contours as (N, 2) float arrays of x, y: their masks, their overlap, their outlines.

One convention throughout: coordinates are continuous, pixel (row i, column j) covers x in [j, j+1) and y in
[i, i+1), its centre lies at (j + 0.5, i + 0.5), and a pixel belongs to a contour when its centre lies inside.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from skimage.measure import find_contours

Contour = NDArray[np.float32]
GRID = 160  # cells along the longer side when two contours are compared: ± 1 % of the overlap of a round cell


def area(contour: NDArray[Any]) -> float:
    """The shoelace area, in square pixels; orientation does not matter."""
    x, y = np.asarray(contour, np.float64).T
    return float(abs(np.dot(x, _turned(y, -1)) - np.dot(y, _turned(x, -1))) / 2)


def _turned(ring: NDArray[Any], steps: int) -> NDArray[Any]:
    """`np.roll` along the first axis, without what makes that slow on short arrays."""
    return np.concatenate((ring[-steps:], ring[:-steps]))


def bounds(contour: NDArray[Any]) -> tuple[float, float, float, float]:
    """x0, y0, x1, y1 of the contour itself."""
    low, high = np.min(contour, axis=0), np.max(contour, axis=0)
    return float(low[0]), float(low[1]), float(high[0]), float(high[1])


def rasterised(contour: NDArray[Any], shape: tuple[int, int]) -> NDArray[np.bool_]:
    """The mask of the contour on a canvas of `shape` (height, width); what lies outside is cut off.

    Even-odd rule: in every row each edge that crosses it flips all pixels to the right of the crossing.
    """
    height, width = shape
    start = np.asarray(contour, np.float64)
    end = _turned(start, -1)
    centres = np.arange(height) + 0.5
    crosses = (start[:, 1, None] <= centres) != (end[:, 1, None] <= centres)
    edge, row = np.nonzero(crosses)
    rise = (centres[row] - start[edge, 1]) / (end[edge, 1] - start[edge, 1])
    x = start[edge, 0] + rise * (end[edge, 0] - start[edge, 0])
    column = np.clip(np.ceil(x - 0.5), 0, width).astype(np.intp)
    flips = np.bincount(row * (width + 1) + column, minlength=height * (width + 1)).reshape(height, width + 1)
    return np.asarray(np.cumsum(flips, axis=1)[:, :width] % 2 == 1, bool)


def outline(mask: NDArray[Any]) -> Contour | None:
    """The outer contour of the mask's largest part, half-way between pixel centres; None for an empty mask."""
    binary = np.ascontiguousarray(mask, np.uint8)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(binary, connectivity=8)
    if count < 2:
        return None
    part = 1 + int(np.argmax(stats[1:, cv2.CC_STAT_AREA]))
    x, y, width, height = (int(v) for v in stats[part, :4])
    window = np.zeros((height + 2, width + 2), np.float32)
    window[1:-1, 1:-1] = labels[y : y + height, x : x + width] == part
    ring = max(find_contours(window, 0.5, fully_connected="high"), key=area)
    found = ring[:-1, ::-1] + np.array([x - 0.5, y - 0.5])
    return np.asarray(found, np.float32)


def resampled(contour: NDArray[Any], points: int) -> Contour:
    """The same ring with `points` corners at equal distances along it."""
    ring = np.asarray(contour, np.float64)
    closed = np.vstack([ring, ring[:1]])
    steps = np.hypot(*np.diff(closed, axis=0).T)
    along = np.concatenate([[0.0], np.cumsum(steps)])
    if along[-1] == 0:
        return np.repeat(ring[:1], points, axis=0).astype(np.float32)
    places = np.linspace(0, along[-1], points, endpoint=False)
    return np.stack([np.interp(places, along, closed[:, k]) for k in range(2)], axis=1).astype(np.float32)


def simplified(contour: NDArray[Any], points: int = 64) -> Contour:
    """The contour smoothed over its pixel steps and kept to at most `points` corners."""
    if len(contour) <= points:
        return np.asarray(contour, np.float32)
    dense = resampled(contour, 4 * points).astype(np.float64)
    weights = (1, 2, 3, 2, 1)
    smooth = np.sum([w * _turned(dense, k) for k, w in zip(range(-2, 3), weights, strict=True)], axis=0) / 9
    return np.asarray(smooth[::4], np.float32)


def iou(one: NDArray[Any], other: NDArray[Any], grid: int = GRID) -> float:
    """Intersection over union of two contours, measured on a grid laid over both; 0 when either has no area."""
    a, b = bounds(one), bounds(other)
    if a[2] <= b[0] or b[2] <= a[0] or a[3] <= b[1] or b[3] <= a[1]:
        return 0.0
    low = np.minimum(a[:2], b[:2])
    side = max(max(a[2], b[2]) - low[0], max(a[3], b[3]) - low[1])
    factor = grid / side
    shape = (grid, grid)
    left, right = (rasterised((np.asarray(c, np.float64) - low) * factor, shape) for c in (one, other))
    union = int(np.count_nonzero(left | right))
    return float(np.count_nonzero(left & right) / union) if union else 0.0


def overlaps(found: Sequence[NDArray[Any]], truth: Sequence[NDArray[Any]], grid: int = 64) -> NDArray[np.float64]:
    """IoU of every found contour (rows) with every true one (columns); pairs whose boxes are apart cost nothing."""
    return np.array([[iou(f, t, grid) for t in truth] for f in found], np.float64).reshape(len(found), len(truth))


def matched(
    found: Sequence[NDArray[Any]], truth: Sequence[NDArray[Any]], least: float = 0.5
) -> list[tuple[int, int, float]]:
    """Pairs (found, true, IoU) of at least `least`, the best first, each contour used once."""
    table = overlaps(found, truth)
    pairs: list[tuple[int, int, float]] = []
    rows, columns = np.nonzero(table >= least)
    used_rows, used_columns = set[int](), set[int]()
    for k in np.argsort(-table[rows, columns], kind="stable"):
        i, j = int(rows[k]), int(columns[k])
        if i not in used_rows and j not in used_columns:
            used_rows.add(i)
            used_columns.add(j)
            pairs.append((i, j, float(table[i, j])))
    return pairs


def cut_out(
    pixels: NDArray[np.uint8], contour: NDArray[Any], margin: float = 0.25
) -> tuple[NDArray[np.uint8], NDArray[np.bool_], tuple[int, int]]:
    """The cell's crop with `margin` of its longer side around it, its mask, and the crop's corner (x, y)."""
    height, width = pixels.shape[:2]
    x0, y0, x1, y1 = bounds(contour)
    border = margin * max(x1 - x0, y1 - y0)
    left, top = max(0, int(np.floor(x0 - border))), max(0, int(np.floor(y0 - border)))
    right, bottom = min(width, int(np.ceil(x1 + border))), min(height, int(np.ceil(y1 + border)))
    left, top = min(left, width - 1), min(top, height - 1)
    right, bottom = max(right, left + 1), max(bottom, top + 1)
    crop = pixels[top:bottom, left:right]
    mask = rasterised(np.asarray(contour, np.float64) - np.array([left, top]), crop.shape[:2])
    return crop, mask, (left, top)
