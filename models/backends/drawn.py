"""Drawn pictures that engines are compared on: the same in every process, on every machine, of nobody."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

SEED = 5150
CELL = 90  # pixels of a drawn cell's crop


@lru_cache(maxsize=1)
def cells() -> tuple[tuple[NDArray[np.uint8], ...], tuple[NDArray[np.bool_], ...]]:
    """One cell of each class with its mask."""
    from models.imaging.contours import rasterised
    from models.synthesis.smear import LABELS, single

    drawn = [single(SEED + k, label, size=CELL, um_per_px=0.2) for k, label in enumerate(LABELS)]
    return tuple(d.pixels for d in drawn), tuple(rasterised(d.cells[0].contour, (CELL, CELL)) for d in drawn)


@lru_cache(maxsize=2)
def fields(side: int, count: int = 2) -> tuple[NDArray[np.uint8], ...]:
    """Fields as a detector is given them, a typical cell about 48 pixels wide."""
    from models.synthesis.smear import LABELS, field

    mix = {label: 1.0 for label in LABELS if label not in ("other", "smudge")}
    return tuple(
        field(SEED + 100 + k, mix=mix, cells=7, size=(side, side), um_per_px=0.27).pixels for k in range(count)
    )


def windows(side: int, count: int = 12) -> NDArray[np.float32]:
    """Label-free cells in four views about nought, in spreads: bumps of all sizes, lit from each side in turn."""
    rng = np.random.default_rng(SEED)
    rows, columns = (np.mgrid[:side, :side] + 0.5) / side - 0.5
    shown = np.empty((count, 4, side, side), np.float32)
    for k in range(count):
        height = np.zeros((side, side))
        for _ in range(5):
            x, y, wide = rng.normal(0, 0.1), rng.normal(0, 0.1), rng.uniform(0.04, 0.22)
            height += rng.uniform(0.3, 1) * np.exp(-((columns - x) ** 2 + (rows - y) ** 2) / (2 * wide**2))
        down, across = np.gradient(height)
        shown[k] = np.stack([across, -across, down, -down]) * (30 * side / 64)
    return shown + rng.normal(0, 0.08, shown.shape).astype(np.float32)
