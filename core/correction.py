"""Shares corrected for how the classifier mistakes three groups of cells: plain arithmetic.

Groups, in this order everywhere: the composite (CBLC, or blasts), the counted rest, the uncounted. From labelled
patients is known how often a cell of one group is called another (`Confusion`). Turned round, that says which true
mixture would give the calls a case has. Two ways: ACC reads the calls, PACC the probabilities. Both assume that the
classifier errs in this case as it did on its calibration patients; that differs between laboratories, and no
arithmetic here can see it.

Two intervals that answer different questions, and are never mixed up:
    same cells   what an expert would have counted on these very cells: the classifier's error alone
    patient      what many more cells of this patient would show: that error, and the sampling of cells and fields
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.readings import Interval
from core.records import Confusion

LEVEL = 0.95
REPLICATES = 600
SEED = 20_261_121
LEAST_PATIENTS = 5
LEAST_CELLS = 30  # calibration cells of a group
WORST = 0.35  # smallest singular value of the confusion: below it small changes of the calls become large ones
BORROWED = 12.0  # cells of the pooled confusion lent to each patient's own, whose rows may hold few

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """What is known of a case's cells. Cells that a person named are known; only the others are corrected."""

    called: Floats  # (3,) unreviewed cells called each group
    probable: Floats  # (3, 3) sums of their probabilities (columns), by the group they were called (rows)
    known: Floats  # (3,) reviewed cells of each group
    effective_n: float | None = None  # independent counted cells that would tell as much; None: as many as there are


@dataclass(frozen=True, slots=True)
class Estimate:
    """Corrected shares of the composite among counted cells, 0–1; `withheld` says why there are none."""

    acc: float | None
    pacc: float | None
    same_cells: Interval | None
    patient: Interval | None
    withheld: str = ""


def corrected(case: Case, confusion: Confusion, seed: int = SEED) -> Estimate:
    """The corrected share with its two intervals."""
    called, probable = (np.asarray(m, float).reshape(-1, 3, 3) for m in (confusion.called, confusion.probable))
    reason = _unfit(called) or _unfit(probable)
    if not reason and case.called.sum() + case.known.sum() == 0:
        reason = "no cells to correct"
    if reason:
        return Estimate(None, None, None, None, reason)
    hard, soft = rates(called), rates(probable)
    acc = _share(case.known + case.called.sum() * mixture(case.called[None], hard)[0])
    pacc = _share(case.known + case.called.sum() * mixture(case.probable.sum(0)[None], soft)[0])
    if acc is None or pacc is None:
        return Estimate(None, None, None, None, "no counted cells are left after correction")
    rng = np.random.default_rng(seed)
    drawn = rng.integers(len(called), size=REPLICATES)
    hard_each, soft_each = _own(called, hard)[drawn], _own(probable, soft)[drawn]
    same = _interval(_same_cells(rng, case, hard_each, soft_each), pacc, "PACC, classifier's error alone")
    whole = _interval(_patient(rng, case, soft_each), pacc, "PACC, classifier's error and sampling")
    return Estimate(acc, pacc, same, whole)


def rates(matrices: Floats) -> Floats:
    """P(said | true), pooled over patients; rows sum to 1. No patient weighs more than the median one."""
    sizes = matrices.sum(axis=(1, 2))
    weight = np.minimum(1.0, np.median(sizes[sizes > 0]) / np.maximum(sizes, 1e-9))
    pooled = (matrices * weight[:, None, None]).sum(axis=0)
    return np.asarray(pooled / pooled.sum(axis=1, keepdims=True), float)


def mixture(said: Floats, given: Floats) -> Floats:
    """The true mixtures (n, 3) that come closest to what was said (n, 3), under P(said | true) of (3, 3) or (n, 3, 3).

    Least squares on the simplex, exactly: the best point of the plane, of each edge and of each corner, of those that
    are mixtures at all.
    """
    observed = said / np.maximum(said.sum(axis=1, keepdims=True), 1e-12)
    rows = np.broadcast_to(given, (len(observed), 3, 3))
    best, lowest = np.zeros_like(observed), np.full(len(observed), np.inf)
    for point in (*_corners(len(observed)), *_edges(rows, observed), _inside(rows, observed)):
        miss = ((np.einsum("nij,ni->nj", rows, point) - observed) ** 2).sum(axis=1)
        better = (point >= -1e-12).all(axis=1) & (miss < lowest - 1e-15)
        best[better], lowest[better] = np.clip(point[better], 0, 1), miss[better]
    return np.asarray(best / best.sum(axis=1, keepdims=True), float)


def interval_score(low: float, high: float, truth: float, level: float = LEVEL) -> float:
    """Winkler's score: the width, and a fine for missing the truth; smaller is better."""
    fine = 2 / (1 - level)
    return (high - low) + fine * max(0.0, low - truth) + fine * max(0.0, truth - high)


def _unfit(matrices: Floats) -> str:
    """Why a confusion cannot be turned round; empty when it can."""
    if len(matrices) < LEAST_PATIENTS:
        return f"the classifier's confusion is known from {len(matrices)} patients, fewer than {LEAST_PATIENTS}"
    if not np.isfinite(matrices).all() or (matrices < 0).any():
        return "the classifier's confusion holds values that are no counts"
    if (matrices.sum(axis=(0, 2)) < LEAST_CELLS).any():
        return f"a group has fewer than {LEAST_CELLS} calibration cells"
    if np.linalg.svd(rates(matrices), compute_uv=False)[-1] < WORST:
        return "the classifier mistakes the groups too often for its calls to be turned round"
    return ""


def _own(matrices: Floats, pooled: Floats) -> Floats:
    """Each patient's P(said | true), with some cells of the pooled one lent where his own are few."""
    lent = matrices + BORROWED * pooled
    return np.asarray(lent / lent.sum(axis=2, keepdims=True), float)


def _same_cells(rng: np.random.Generator, case: Case, hard: Floats, soft: Floats) -> Floats:
    """Composite shares an expert might count: the truth behind each call drawn anew in every replicate."""
    true = mixture(np.repeat(case.probable.sum(0)[None], len(soft), 0), soft)
    joint = true[:, :, None] * hard + 1e-12
    behind = joint / joint.sum(axis=1, keepdims=True)  # P(true | called), down the columns
    counts = np.repeat(case.known[None], len(soft), 0)
    for group in range(3):
        counts = counts + rng.multinomial(round(float(case.called[group])), behind[:, :, group])
    return _shares(counts)


def _patient(rng: np.random.Generator, case: Case, soft: Floats) -> Floats:
    """Composite shares of other samples of the same patient, judged by other calibration patients."""
    cells = np.concatenate([case.called, case.known])
    counted = case.called[:2].sum() + case.known[:2].sum()
    thinner = min(1.0, case.effective_n / counted) if case.effective_n and counted else 1.0
    size = max(1, round(float(cells.sum()) * thinner))
    taken = rng.multinomial(size, cells / cells.sum(), size=len(soft)).astype(float)
    typical = case.probable / np.maximum(case.probable.sum(axis=1, keepdims=True), 1e-12)
    said, known = taken[:, :3] @ typical, taken[:, 3:]
    true = mixture(np.where(said.sum(1, keepdims=True) > 0, said, 1.0), soft) * said.sum(axis=1, keepdims=True)
    return _shares(true + known)


def _interval(values: Floats, centre: float, method: str) -> Interval:
    values = values[np.isfinite(values)]
    tail = 100 * (1 - LEVEL) / 2
    low, high = (float(v) for v in np.percentile(values, [tail, 100 - tail])) if len(values) else (0.0, 1.0)
    return Interval(min(low, centre), max(high, centre), LEVEL, method)


def _shares(groups: Floats) -> Floats:
    counted = groups[:, :2].sum(axis=1)
    return np.where(counted > 0, groups[:, 0] / np.maximum(counted, 1e-12), math.nan)


def _share(groups: Floats) -> float | None:
    value = float(_shares(groups[None])[0])
    return value if math.isfinite(value) else None


def _corners(n: int) -> Sequence[Floats]:
    return [np.tile(np.eye(3)[k], (n, 1)) for k in range(3)]


def _edges(rows: Floats, observed: Floats) -> Sequence[Floats]:
    """Best mixtures of two groups alone; outside the edge they are no mixture and are passed over."""
    points = []
    for one, other in ((0, 1), (0, 2), (1, 2)):
        step = rows[:, one] - rows[:, other]
        length = (step**2).sum(axis=1)
        share = ((observed - rows[:, other]) * step).sum(axis=1) / np.maximum(length, 1e-15)
        point = np.zeros_like(observed)
        point[:, one], point[:, other] = share, 1 - share
        points.append(point)
    return points


def _inside(rows: Floats, observed: Floats) -> Floats:
    """Best mixture of all three, where the plane meets what was said."""
    first, second = rows[:, 0] - rows[:, 2], rows[:, 1] - rows[:, 2]
    rest = observed - rows[:, 2]
    a, b, c = (first**2).sum(1), (first * second).sum(1), (second**2).sum(1)
    d, e = (first * rest).sum(1), (second * rest).sum(1)
    scale = a * c - b * b
    safe = np.where(scale > 1e-15, scale, np.inf)
    x, y = (c * d - b * e) / safe, (a * e - b * d) / safe
    return np.where((scale > 1e-15)[:, None], np.stack([x, y, 1 - x - y], axis=1), -1.0)
