"""What is put where a donor's cell was taken out: pieces of what lies around it, or a smooth surface with noise.

A smooth surface shows as a ring around a smaller cell that is laid there. Pieces do not: each is taken from the
picture where all of it is known, the one that best continues what it will touch, from the rim inwards. Planes are
(channels, height, width), float.
"""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np
from numpy.typing import NDArray

SMOOTHED = 4  # rounds that even out, at each size, what is pulled into a hole
NEAR = 6  # pixels around it that say what is put there
PIECES = 4  # across a hole
PIECE = (8, 28)  # pixels of their side, at least and at most
POOL, FEWEST = 120, 60  # pieces to choose from, and the fewest before smaller ones are cut
BEST = 3  # of the fitting ones, one is drawn
SOFT = 0.15  # what the smooth surface says weighs so much beside what is known
COARSE = 2  # every so many pixels are compared
SEAM = 2.0  # pixels from the rim over which the pieces take over
Planes = NDArray[np.float32]
Hole = NDArray[np.bool_]


def smoothed(levels: Planes, hole: Hole, seed: int) -> Planes:
    """Filled from its rim, with noise as strong as the picture's; what is known stays."""
    near = tuple(_about(np.asarray(hole.any(axis=axis))) for axis in (1, 0))
    part, gap = levels[(slice(None), *near)], hole[near]
    filled = _pulled(np.where(gap, 0, part), (~gap).astype(np.float32)) + _grain(part, gap, seed)
    found = levels.copy()
    found[(slice(None), *near)] = np.where(gap, filled, part)
    return found


def quilted(levels: Planes, hole: Hole, seed: int, *, turned: bool) -> Planes:
    """Filled with pieces of what is known; `turned`: they may be turned and mirrored.

    Where too little is known to cut pieces from, the smooth surface is left.
    """
    surface = smoothed(levels, hole, seed)
    rng = np.random.default_rng([seed, 1])
    pool = _pool(levels, hole, rng, turned=turned)
    if pool is None:
        return surface
    found, side = surface.copy(), pool.shape[-1]
    flat = pool[..., ::COARSE, ::COARSE].reshape(len(pool), -1)
    squares = flat**2
    known, ramp = ~hole, _ramp(side)
    for top, left in _places(hole, side):
        at = (slice(top, top + side), slice(left, left + side))
        here, there = found[(slice(None), *at)], known[at]
        seen = here[:, ::COARSE, ::COARSE]
        weight = np.where(there[None, ::COARSE, ::COARSE], np.float32(1), np.float32(SOFT)).repeat(len(here), axis=0)
        cost = squares @ weight.ravel() - 2 * (flat @ (weight * seen).ravel())
        few = np.argpartition(cost, BEST)[:BEST]
        piece = pool[few[np.argsort(cost[few], kind="stable")][int(rng.integers(BEST))]]
        share = np.where(there, ramp, np.float32(1)) * hole[at]
        here += share * (piece - here)
        known[at] = True
    away = cv2.distanceTransform(hole.astype(np.uint8), cv2.DIST_L2, 3)
    share = np.clip(away / (SEAM + 1), 0, 1).astype(np.float32)
    return np.asarray(surface + share * (found - surface), np.float32)


def _pool(levels: Planes, hole: Hole, rng: np.random.Generator, *, turned: bool) -> Planes | None:
    """(pieces, channels, side, side), all of it known; as large as there is room for."""
    side = int(np.clip(np.sqrt(hole.sum()) / PIECES, *PIECE))
    sums = cv2.integral(hole.astype(np.uint8))
    while side >= PIECE[0] and side < min(hole.shape):
        inside = sums[side:, side:] - sums[:-side, side:] - sums[side:, :-side] + sums[:-side, :-side]
        corners = np.argwhere(inside == 0)
        if len(corners) >= FEWEST:
            chosen = corners[rng.permutation(len(corners))[:POOL]]
            pieces = np.stack([levels[:, y : y + side, x : x + side] for y, x in chosen])
            return _turned(pieces, rng) if turned else pieces
        side = side * 3 // 4
    return None


def _turned(pieces: Planes, rng: np.random.Generator) -> Planes:
    ways = rng.integers(0, 8, len(pieces))
    for way in range(1, 8):
        some = np.rot90(pieces[ways == way], way % 4, axes=(2, 3))
        pieces[ways == way] = some[..., ::-1] if way >= 4 else some
    return pieces


def _places(hole: Hole, side: int) -> Iterator[tuple[int, int]]:
    """Upper left corners of pieces that together cover the hole, from its rim inwards."""
    step = max(side * 2 // 3, 1)
    rows, columns = (np.flatnonzero(hole.any(axis=axis)) for axis in (1, 0))
    away = cv2.distanceTransform(hole.astype(np.uint8), cv2.DIST_L2, 3)
    found = []
    for y in range(int(rows[0]) - side // 3, int(rows[-1]) + 1, step):
        for x in range(int(columns[0]) - side // 3, int(columns[-1]) + 1, step):
            top, left = (int(np.clip(v, 0, most - side)) for v, most in zip((y, x), hole.shape, strict=True))
            part = hole[top : top + side, left : left + side]
            if part.any():
                found.append((float(away[top : top + side, left : left + side].max()), top, left))
    return ((top, left) for _, top, left in sorted(found))


def _ramp(side: int) -> NDArray[np.float32]:
    """How much of a piece is taken where something lies already: nothing at its edge, all of it in its middle."""
    away = np.minimum(np.arange(side), np.arange(side)[::-1]).astype(np.float32) + 0.5
    line = np.clip(away / max(side / 3, 1), 0, 1)
    return np.asarray(np.minimum(line[:, None], line[None]), np.float32)


def _about(line: NDArray[np.bool_]) -> slice:
    at = np.flatnonzero(line)
    if not len(at):
        return slice(0, len(line))
    return slice(max(int(at[0]) - NEAR, 0), int(at[-1]) + 1 + NEAR)


def _pulled(levels: NDArray[np.float32], weight: NDArray[np.float32]) -> NDArray[np.float32]:
    """Known levels where there are any, else those of the picture at half its size, and so on; evened out each time."""
    height, width = weight.shape
    if height <= 1 and width <= 1:
        return np.asarray(levels, np.float32)
    pad = ((0, height % 2), (0, width % 2))
    thick = np.pad(weight, pad)
    sums = np.pad(levels * weight, ((0, 0), *pad))
    halves = [(slice(a, None, 2), slice(b, None, 2)) for a in (0, 1) for b in (0, 1)]
    total = np.sum([thick[h] for h in halves], axis=0)
    mean = np.sum([sums[(slice(None), *h)] for h in halves], axis=0) / np.maximum(total, 1e-6)
    coarse = _pulled(np.asarray(mean, np.float32), np.minimum(total, 1).astype(np.float32))
    found = np.where(weight > 0, levels, coarse.repeat(2, axis=1).repeat(2, axis=2)[:, :height, :width])
    gap = weight[1:-1, 1:-1] == 0
    for _ in range(SMOOTHED):
        even = found[:, 2:, 1:-1] + found[:, :-2, 1:-1] + found[:, 1:-1, 2:] + found[:, 1:-1, :-2]
        np.copyto(found[:, 1:-1, 1:-1], even / 4, where=gap)
    return np.asarray(found, np.float32)


def _grain(levels: NDArray[np.float32], hole: NDArray[np.bool_], seed: int) -> NDArray[np.float32]:
    """Noise as strong as the picture's own, measured between neighbours that are both known."""
    known = ~hole[:, 1:] & ~hole[:, :-1]
    steps = np.diff(levels, axis=2)[:, known]
    spread = np.median(np.abs(steps), axis=1) * 1.4826 / np.sqrt(2) if steps.size else np.zeros(len(levels))
    noise = np.random.default_rng(seed).standard_normal(hole.shape, np.float32)
    return np.asarray(spread[:, None, None] * noise[None], np.float32)
