"""Intervals for counted cells: plain arithmetic, nothing known of cells.

A count is a number of "yes" among a number of cells; shares are in 0–1. `total` may be a real number
(an effective n). What is asked of an empty total is refused with ValueError: there is no share of nothing.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.special import bdtr, betaincinv, ndtr, ndtri, stdtrit

from core.readings import Interval

Numbers = Sequence[float] | NDArray[np.float64]

LEVEL = 0.95
FIELDS_NEEDED = 5  # below this the variance between fields says too little to use
MOST_CELLS = 10_000  # nobody counts further; a need beyond it is not printed as a number


def wilson(count: float, total: float, level: float = LEVEL) -> Interval:
    """Wilson's score interval. Counts may be real, for an effective n."""
    _check(count, total)
    z2 = _z(level) ** 2
    share = min(1.0, count / total)
    centre = (share + z2 / (2 * total)) / (1 + z2 / total)
    half = math.sqrt(z2 * (share * (1 - share) / total + z2 / (4 * total**2))) / (1 + z2 / total)
    # At 0 and at all the bound is exact; rounding must not push the value out of its own interval.
    low = 0.0 if count == 0 else max(0.0, min(centre - half, share))
    high = 1.0 if count == total else min(1.0, max(centre + half, share))
    return Interval(low, high, level, "Wilson")


def clopper_pearson(count: int, total: int, level: float = LEVEL) -> Interval:
    """The exact interval: never covers less than it says, and is wider for it."""
    _check(count, total)
    tail = (1 - level) / 2
    low = 0.0 if count == 0 else float(betaincinv(count, total - count + 1, tail))
    high = 1.0 if count == total else float(betaincinv(count + 1, total - count, 1 - tail))
    return Interval(low, high, level, "Clopper–Pearson")


def design_effect(counts: Sequence[int], totals: Sequence[int]) -> float | None:
    """How many times larger the variance of a share is than if cells were independent of their field.

    counts[i] of totals[i] cells in field i; the share is a ratio estimator over fields. None when fewer than
    five fields hold cells, or when all or none of the cells are "yes": then nothing varies between fields.
    """
    yes, all_ = np.asarray(counts, dtype=float), np.asarray(totals, dtype=float)
    yes, all_ = yes[all_ > 0], all_[all_ > 0]
    if len(all_) < FIELDS_NEEDED:
        return None
    n = float(all_.sum())
    share = float(yes.sum()) / n
    if share in (0.0, 1.0):
        return None
    between = len(all_) / (len(all_) - 1) * float(((yes - share * all_) ** 2).sum()) / n**2
    return between / (share * (1 - share) / n)


def effective_n(counts: Sequence[int], totals: Sequence[int], level: float = LEVEL) -> float | None:
    """The number of independent cells that would tell as much; never above n; None: fields not assessed.

    A variance taken from few fields is itself uncertain. The factor (z/t)² of Korn and Graubard (1998) pays
    for that: without it, intervals from 5–8 clustered fields covered 84–93 % in our simulation instead of 95 %.
    """
    effect = design_effect(counts, totals)
    if effect is None:
        return None
    n, fields = float(sum(totals)), sum(1 for total in totals if total > 0)
    if effect == 0:
        return n
    few = (_z(level) / float(stdtrit(fields - 1, 0.5 + level / 2))) ** 2
    return min(n, n / effect * few)


def share_interval(count: int, total: int, n: float | None, level: float = LEVEL) -> Interval:
    """Wilson's interval of count/total on the effective n; its method says which n was used."""
    if n is None:
        plain = wilson(count, total, level)
        return Interval(plain.low, plain.high, level, "Wilson, fields not assessed")
    wide = wilson(count / total * n, n, level) if total else wilson(count, total, level)
    low, high = min(wide.low, count / total), max(wide.high, count / total)
    return Interval(low, high, level, f"Wilson, effective n {n:.0f} of {total}")


def odds(numerator: int, denominator: int, level: float = LEVEL) -> Interval:
    """Interval of numerator:denominator, from Wilson's interval of numerator/(numerator + denominator)."""
    share = wilson(numerator, numerator + denominator, level)
    low, high = (part / (1 - part) if part < 1 else math.inf for part in (share.low, share.high))
    return Interval(low, high, level, "Wilson of the share, as odds")


def clearing(total: int, mark: float, level: float = LEVEL) -> tuple[int | None, int | None]:
    """The largest count whose Wilson interval lies below the mark and the smallest whose lies above it."""
    _check(0, total)
    reach = _z(level) * math.sqrt(total * mark * (1 - mark))  # Wilson inverts exactly this test
    below, above = math.ceil(total * mark - reach) - 1, math.floor(total * mark + reach) + 1
    return (below if below >= 0 else None), (above if above <= total else None)


def needed(share: float, mark: float, effect: float = 1.0, level: float = LEVEL) -> int | None:
    """Cells to count in all for the interval to leave the mark, if the share stays; None when out of reach."""
    gap = abs(share - mark)
    if gap == 0:
        return None
    cells = max(1.0, effect) * _z(level) ** 2 * mark * (1 - mark) / gap**2
    return math.floor(cells) + 1 if cells < MOST_CELLS else None


def straddled(interval: Interval, marks: Sequence[float]) -> tuple[float, ...]:
    """The marks an interval cannot decide. A mark belongs to what lies above it (≥ 20 %)."""
    return tuple(mark for mark in marks if interval.low < mark <= interval.high)


def quantile(values: Numbers, share: float, level: float = LEVEL) -> tuple[float, Interval | None]:
    """The value below which `share` of them lie, and the exact interval by order statistics, if there are enough.

    The interval promises at least its level for independent values of any distribution.
    """
    ordered = np.sort(np.asarray(values, dtype=float))
    n = len(ordered)
    lower, upper = _places(n, share, level)
    value = float(np.quantile(ordered, share))
    if lower < 0 or upper > n:
        return value, None
    return value, Interval(float(ordered[lower]), float(ordered[upper - 1]), level, "order statistics")


@lru_cache(maxsize=1024)
def _places(n: int, share: float, level: float) -> tuple[int, int]:
    """Which of n values in their order are the ends of a quantile's interval."""
    tail = (1 - level) / 2
    below = bdtr(np.arange(n + 1), n, share)  # P(at most k lie below the quantile)
    lower = int(np.searchsorted(below, tail, side="right")) - 1  # P(X ≤ lower) ≤ tail
    upper = int(np.searchsorted(below, 1 - tail, side="left")) + 1  # P(X ≥ upper) ≤ tail
    return lower, upper


EVEN = 5 / 9  # Sarle's coefficient of an even spread
FEWEST_FOR_SHAPE = 20
DRAWS, SEED = 200, 20
ALIKE = 1e-9  # two draws that differ by less may change places when their last digits do
Raised = Callable[[NDArray[np.float64]], tuple[NDArray[np.float64], NDArray[np.float64]]]  # third and fourth power


def bimodality(values: Numbers, level: float = LEVEL) -> tuple[float, Interval] | None:
    """Sarle's bimodality coefficient with its bootstrap interval; None for too few values or no spread.

    (skewness² + 1) over kurtosis, for finite samples [Pfister et al., Front Psychol 2013;4:700]: 1/3 for a normal
    distribution, 5/9 for an even one, 1 for two points. A strongly skewed single peak lies above 5/9 too, so that it
    hints at two peaks and proves none. Values are sorted and the draws seeded: the same values give the same answer.
    """
    ordered = np.sort(np.asarray(values, dtype=float))
    if len(ordered) < FEWEST_FOR_SHAPE or ordered[-1] - ordered[0] < 1e-9:
        return None
    return _bimodality(ordered.tobytes(), level)


@lru_cache(maxsize=256)
def _bimodality(content: bytes, level: float) -> tuple[float, Interval]:
    """To the last digit what plain powers give: digests hang on it, and papers were filed with them. Powers are slow:
    of the draws those alone are made by them that an end is taken from."""
    ordered = np.frombuffer(content, dtype=float)
    value, ends = _sarle(ordered, _powers), np.array([(1 - level) / 2, (1 + level) / 2])
    found = np.array([_sarle(draw, _products) for draw in _draws(ordered)])
    places = np.floor(ends * (DRAWS - 1)).astype(int)
    taken = np.sort(found)[np.clip(np.add.outer((-1, 0, 1, 2), places), 0, DRAWS - 1)]
    for number, draw in enumerate(_draws(ordered)):
        if np.abs(taken - found[number]).min() < ALIKE:
            found[number] = _sarle(draw, _powers)
    low, high = np.quantile(found, ends)
    return value, Interval(min(float(low), value), max(float(high), value), level, f"bootstrap, {DRAWS} draws of cells")


def _draws(ordered: NDArray[np.float64]) -> Iterator[NDArray[np.float64]]:
    """The same ones every time."""
    rng = np.random.default_rng(SEED)
    for _ in range(DRAWS):
        yield ordered[rng.integers(0, len(ordered), len(ordered))]


def _powers(off: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    return off**3, off**4


def _products(off: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Ten times as quick, and now and then another last digit."""
    squares = off * off
    return squares * off, squares * squares


def _sarle(values: NDArray[np.float64], raised: Raised) -> float:
    n = len(values)
    off = values - values.mean()
    second = float(np.mean(off**2))
    if second < 1e-18:
        return 0.0  # a draw of one value only: no spread, no shape
    third, fourth = (float(np.mean(power)) for power in raised(off))
    skew = third / second**1.5 * math.sqrt(n * (n - 1)) / (n - 2)
    excess = (n - 1) / ((n - 2) * (n - 3)) * ((n + 1) * (fourth / second**2 - 3) + 6)
    return float((skew**2 + 1) / (excess + 3 * (n - 1) ** 2 / ((n - 2) * (n - 3))))


def _z(level: float) -> float:
    return float(ndtri(0.5 + level / 2))


def _check(count: float, total: float) -> None:
    if not (total > 0 and 0 <= count <= total * (1 + 1e-12)):
        raise ValueError(f"a count within 0 and a total above 0 is needed; got {count} of {total}")


def left_out(counts: Sequence[int], totals: Sequence[int]) -> tuple[float | None, ...]:
    """The share when one field after another is left out; None where nothing would be left to divide by."""
    yes, all_ = sum(counts), sum(totals)
    return tuple(
        (yes - count) / (all_ - total) if all_ > total else None for count, total in zip(counts, totals, strict=True)
    )


def amounts_to(interval: Interval) -> float | None:
    """How many independent cells would give a share an interval as wide; None for one without width or middle."""
    half, middle = (interval.high - interval.low) / 2, (interval.high + interval.low) / 2
    if half <= 0 or not 0 < middle < 1:
        return None
    return _z(interval.level) ** 2 * middle * (1 - middle) / half**2


def two_shares(share: float, n: float, other: float, of: float) -> float:
    """Two-sided p of two independent shares being one: the score test, pooled. Sizes may be effective ones."""
    pooled = (share * n + other * of) / (n + of)
    spread = math.sqrt(pooled * (1 - pooled) * (1 / n + 1 / of))
    return float(2 * ndtr(-abs(share - other) / spread)) if spread > 0 else 1.0
