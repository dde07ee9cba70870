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
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri, stdtrit

from core.readings import Interval
from core.records import Confusion

LEVEL = 0.95
REPLICATES = 1000
SEED = 20_261_121
LEAST_PATIENTS = 5
LEAST_CELLS = 30  # calibration cells of a group
WORST = 0.35  # smallest singular value of the confusion: below it small changes of the calls become large ones
LEAST_ALIKE = (
    0.01  # patients differ at least so much (intraclass correlation of calls): 15 cannot show that they do not
)
MOST_ALIKE = 0.8

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """What is known of a case's cells. Cells that a person named are known; only the others are corrected."""

    called: Floats  # (3,) unreviewed cells called each group
    probable: Floats  # (3, 3) sums of their probabilities (columns), by the group they were called (rows)
    known: Floats  # (3,) reviewed cells of each group
    products: Floats | None = None  # (3, 3) sums of products of one cell's probabilities; None: alike within a call
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
    # In an order of their own, so that the order in which patients are listed changes nothing.
    listed = probable[np.lexsort(probable.reshape(len(probable), 9).T)]
    groups = _truths(rng, case, _elsewhere(rng, listed, _noise(case, soft)))
    same = _interval(_shares(groups), pacc, "PACC, classifier's error alone")
    wide = _interval(_sampled(rng, case, groups), pacc, "PACC, classifier's error and sampling")
    whole = replace(wide, low=min(wide.low, same.low), high=max(wide.high, same.high))
    return Estimate(acc, pacc, same, whole)


def rates(matrices: Floats) -> Floats:
    """P(said | true), pooled over patients; rows sum to 1. No patient weighs more than the median one."""
    pooled = (matrices * _weights(matrices)[:, None, None]).sum(axis=0)
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


def _weights(matrices: Floats) -> Floats:
    sizes = matrices.sum(axis=(1, 2))
    return np.asarray(np.minimum(1.0, np.median(sizes[sizes > 0]) / np.maximum(sizes, 1e-9)), float)


def _elsewhere(rng: np.random.Generator, matrices: Floats, noise: float) -> Floats:
    """P(said | true) as one more patient may have it: the pool and the patient drawn anew in every replicate.

    A patient is not the mean of patients: resampling the pool alone would narrow with every patient added and cover
    no single one. So patients are resampled for the pool, then one of them stands for this case, drawn from the
    Dirichlet that his own cells leave possible; a row in which he has few cells is mostly the pool's, with the
    spread that patients have.
    """
    number = len(matrices)
    times = rng.multinomial(number, np.full(number, 1 / number), size=REPLICATES).astype(float)
    chosen = rng.integers(number, size=REPLICATES)
    sums = np.einsum("np,pij->nij", times * _weights(matrices), matrices)
    lengths = sums.sum(axis=2, keepdims=True)
    pool = np.where(lengths > 0, sums / np.maximum(lengths, 1e-12), rates(matrices))
    alike = np.array([_alike(matrices[:, group], noise) for group in range(3)])
    shape = ((1 - alike) / alike)[:, None] * pool + matrices[chosen] / noise
    drawn = rng.standard_gamma(shape)
    return np.asarray(drawn / np.maximum(drawn.sum(axis=2, keepdims=True), 1e-300), float)


def _alike(rows: Floats, noise: float) -> float:
    """Intraclass correlation of what is said of one group: how much patients differ (analysis of variance)."""
    sizes = rows.sum(axis=1)
    rows, sizes = rows[sizes > 0], sizes[sizes > 0]
    total, number = float(sizes.sum()), len(sizes)
    if number < 2 or total <= number:
        return MOST_ALIKE
    own, mean = rows / sizes[:, None], rows.sum(axis=0) / total
    between = float((sizes[:, None] * (own - mean) ** 2).sum()) / (number - 1)
    within = float((sizes[:, None] * own * (1 - own)).sum()) / (total - number)
    typical = (total - float((sizes**2).sum()) / total) / (number - 1)
    few = (float(stdtrit(number - 1, 0.975)) / float(ndtri(0.975))) ** 2  # a spread seen in few patients may be larger
    differing = few * max(0.0, (between - noise * within) / typical)
    return float(np.clip(differing / max(differing + within, 1e-12), LEAST_ALIKE, MOST_ALIKE))


def _spread(case: Case, true: Floats, given: Floats) -> Floats:
    """Covariance of one cell's probabilities about the mean of its true group.

    The law of total variance, read backwards: what all cells show, less what the groups' means explain. Of calls
    alone (a 1 and two 0) it is exactly the variance of calls; of probabilities it is less.
    """
    number = max(float(case.called.sum()), 1e-12)
    products = case.products
    if products is None:
        typical = case.probable / np.maximum(case.probable.sum(axis=1, keepdims=True), 1e-12)
        products = np.einsum("g,gj,gk->jk", case.called, typical, typical)
    mean, centre = case.probable.sum(axis=0) / number, np.einsum("ni,nij->nj", true, given)
    explained = np.einsum("ni,nij,nik->njk", true, given, given) - np.einsum("nj,nk->njk", centre, centre)
    return np.asarray(products / number - np.outer(mean, mean) - explained, float)


def _noise(case: Case, given: Floats) -> float:
    """How much of the variance of drawn calls the probabilities of this case have: 1 for calls, less for them."""
    true = mixture(case.probable.sum(axis=0)[None], given)
    most = 1 - float((true[0][:, None] * given**2).sum())
    found = float(np.trace(_spread(case, true, given[None])[0]))
    return float(np.clip(found / most, 0.1, 1.0)) if most > 1e-9 else 1.0


def _truths(rng: np.random.Generator, case: Case, given: Floats) -> Floats:
    """What these cells may truly be: (replicates, 3) cells of each group, reviewed ones as people named them.

    Cells of one group are not all said alike, so their sum strays from its mean; the mixture is looked for behind
    a sum that strayed as much.
    """
    number = float(case.called.sum())
    if number == 0:
        return np.repeat(case.known[None], len(given), 0)
    said = np.repeat(case.probable.sum(axis=0)[None] / number, len(given), 0)
    spread = _spread(case, mixture(said, given), given)
    z = rng.standard_normal((2, len(given)))
    first = np.sqrt(np.maximum(spread[:, 0, 0], 0.0))  # Cholesky of two groups; the third goes as far the other way
    shared = np.where(first > 1e-9, spread[:, 0, 1] / np.maximum(first, 1e-9), 0.0)
    second = np.sqrt(np.maximum(spread[:, 1, 1] - shared**2, 0.0))
    steps = np.stack([first * z[0], shared * z[0] + second * z[1]], axis=1) / math.sqrt(number)
    strayed = said + np.concatenate([steps, -steps.sum(axis=1, keepdims=True)], axis=1)
    return np.asarray(case.known + number * mixture(strayed, given), float)


def _sampled(rng: np.random.Generator, case: Case, groups: Floats) -> Floats:
    """The patient's shares behind such cells: ends of Wilson's interval, at levels spread evenly over 0–1.

    Without an error of the classifier this is Wilson's interval itself, on the same effective n.
    """
    counted = groups[:, :2].sum(axis=1)
    raw = float(case.called[:2].sum() + case.known[:2].sum())
    thinner = min(1.0, case.effective_n / raw) if case.effective_n and raw else 1.0
    size, share = np.maximum(counted * thinner, 1e-9), _shares(groups)
    return resampled(rng, share, size)


def resampled(rng: np.random.Generator, share: Floats, size: Floats) -> Floats:
    """Shares with the sampling of so many independent cells added: Wilson's ends at levels spread evenly over 0–1."""
    z = ndtri((rng.permutation(len(share)) + 0.5) / len(share))
    root = np.sqrt(np.maximum(share * (1 - share) / size, 0.0) + z**2 / (4 * size**2))
    return np.asarray((share + z**2 / (2 * size) + z * root) / (1 + z**2 / size), float)


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
