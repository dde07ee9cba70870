"""A second cell brought beside a first, as if it had come to lie there on the glass."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

Mask = NDArray[np.bool_]
EDGE = 0.6  # how much the outermost pixels of the second cell cover, so that it is not cut out with scissors


def beside(
    other: NDArray[Any], its: Mask, mask: Mask, strength: float, rng: np.random.Generator
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Another cell on its way in from the border: its planes where it lies now, and how much they cover; never `mask`.

    At 100 the outlines touch: one pixel nearer and they would overlap.
    """
    angle = 2 * math.pi * rng.random()
    shifts = _way_in(its, mask, np.array([math.sin(angle), math.cos(angle)]))
    down, across = shifts[min(round(strength / 100 * (len(shifts) - 1)), len(shifts) - 1)]
    planes = np.stack([_shifted(plane, mask.shape, down, across, 1.0) for plane in other])
    cover = _shifted(np.where(_inner(its), 1.0, EDGE * its), mask.shape, down, across, 0.0)
    return planes, np.where(mask, 0, cover).astype(np.float32)


def _way_in(its: Mask, mask: Mask, along: NDArray[np.float64]) -> NDArray[np.intp]:
    """Shifts (down, across) of the neighbour, a pixel apart: from just out of the window until the outlines touch."""
    ring = np.argwhere(its & ~_inner(its))
    start = np.argwhere(mask).mean(axis=0) - ring.mean(axis=0) if len(ring) and mask.any() else np.zeros(2)
    far = math.ceil(math.hypot(*mask.shape) + math.hypot(*its.shape))
    shifts = np.round(start + np.arange(far, -1, -1)[:, None] * along).astype(np.intp)
    places = ring[None] + shifts[:, None]
    inside = ((places >= 0) & (places < np.array(mask.shape))).all(axis=2)
    clipped = np.clip(places, 0, np.array(mask.shape) - 1)
    hits = (inside & mask[clipped[..., 0], clipped[..., 1]]).any(axis=1)
    touching = int(np.argmax(hits)) - 1 if hits.any() else len(shifts) - 1
    hidden = int(np.argmax(inside.any(axis=1))) - 1 if inside.any() else touching
    return shifts[max(min(hidden, touching), 0) : max(touching, 0) + 1]


def _inner(mask: Mask) -> Mask:
    """Pixels whose four neighbours are the cell's too."""
    wide = np.pad(mask, 1)
    return np.asarray(wide[:-2, 1:-1] & wide[2:, 1:-1] & wide[1:-1, :-2] & wide[1:-1, 2:], bool)


def _shifted(plane: NDArray[Any], shape: tuple[int, ...], down: int, across: int, fill: float) -> NDArray[np.float32]:
    """The plane moved by whole pixels into a window of that shape."""
    found = np.full(shape, fill, np.float32)
    rows = slice(max(down, 0), max(min(down + plane.shape[0], shape[0]), 0))
    columns = slice(max(across, 0), max(min(across + plane.shape[1], shape[1]), 0))
    if rows.start < rows.stop and columns.start < columns.stop:
        found[rows, columns] = plane[
            rows.start - down : rows.stop - down, columns.start - across : columns.stop - across
        ]
    return found
