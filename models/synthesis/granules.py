"""Granules, vacuoles and nucleoli: many small bodies put into a map of where they may lie."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from models.synthesis.shapes import Plane, Rng


def places(rng: Rng, where: Plane, count: int) -> NDArray[np.float32]:
    """(count, 2) points x, y in pixels of the map, as dense as `where` is high."""
    total = np.cumsum(where, axis=None, dtype=np.float64)
    if count < 1 or total[-1] <= 0:
        return np.zeros((0, 2), np.float32)
    spots = np.searchsorted(total, rng.uniform(0, total[-1], count))
    rows, columns = np.divmod(np.minimum(spots, where.size - 1), where.shape[1])
    return (np.stack([columns, rows], axis=1) + rng.uniform(-0.5, 0.5, (count, 2))).astype(np.float32)


def dust(rng: Rng, where: Plane, count: int, sigma_px: float) -> Plane:
    """Fine granules: soft dots of unit height, of unequal strength."""
    dots = np.zeros(where.shape, np.float32)
    spots = places(rng, where, count)
    if not len(spots):
        return dots
    column, row = np.clip(np.rint(spots).astype(int), 0, np.array(where.shape[::-1]) - 1).T
    sigma = max(sigma_px, 0.45)
    np.add.at(dots, (row, column), rng.uniform(0.4, 1.0, len(spots)).astype(np.float32))
    return cv2.GaussianBlur(dots, (0, 0), sigma) * np.float32(2 * np.pi * sigma * sigma)


def beads(
    rng: Rng, where: Plane, count: int, radius_px: tuple[float, float], rim: float, strength: float = 0.2
) -> tuple[Plane, Plane]:
    """Large granules, each lying over those before it: (how much dye, how much is covered).

    With a rim a bead is darker at its margin, as eosinophil granules are.
    """
    dye = np.zeros(where.shape, np.float32)
    cover = np.zeros(where.shape, np.float32)
    height, width = where.shape
    for x, y in places(rng, where, count):
        radius = rng.uniform(*radius_px)
        reach = int(np.ceil(radius + 1.5))
        top, left = max(0, int(y) - reach), max(0, int(x) - reach)
        rows = np.arange(top, min(height, int(y) + reach + 1), dtype=np.float32)[:, None]
        columns = np.arange(left, min(width, int(x) + reach + 1), dtype=np.float32)[None]
        away = np.hypot(rows - y, columns - x)
        inside = np.clip(np.float32(radius + 0.5) - away, 0, 1)
        tone = 1 + np.float32(rim) * (np.square(away / np.float32(radius)) - np.float32(0.55))
        tone = tone * np.float32(1 + strength * rng.uniform(-1, 1))
        window = (slice(top, top + rows.size), slice(left, left + columns.size))
        dye[window] += inside * (tone - dye[window])
        np.maximum(cover[window], inside, out=cover[window])
    return dye, cover
