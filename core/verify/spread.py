"""Means, spreads and coverages over cases, with their intervals: plain arithmetic, the case is the unit."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri, stdtrit

from core import statistics
from core.readings import Interval

LEVEL = 0.95
FEWEST = 5  # cases; below this a spread between cases says too little to be used


@dataclass(frozen=True, slots=True)
class Measured:
    """A value with its 95 % interval, and on how many cases or cells of cases it rests."""

    value: float | None
    low: float | None
    high: float | None
    cases: int
    cells: int | None = None
    note: str = ""


def mean(values: Sequence[float]) -> Measured:
    """Student's interval of a mean over cases."""
    n = len(values)
    if n < FEWEST:
        return Measured(float(np.mean(values)) if n else None, None, None, n)
    centre, half = float(np.mean(values)), _t(n) * float(np.std(values, ddof=1)) / math.sqrt(n)
    return Measured(centre, centre - half, centre + half, n)


def agreement_limits(values: Sequence[float]) -> tuple[float, float] | None:
    """Bland and Altman's limits: mean ± 1.96 standard deviations."""
    if len(values) < FEWEST:
        return None
    centre, half = float(np.mean(values)), _z() * float(np.std(values, ddof=1))
    return centre - half, centre + half


def outer_limit(values: Sequence[float]) -> Measured:
    """How far from zero the farther limit of agreement lies, with its interval (Bland and Altman 1999)."""
    limits = agreement_limits(values)
    n = len(values)
    if limits is None:
        return Measured(None, None, None, n)
    farther = max(abs(limits[0]), abs(limits[1]))
    half = _t(n) * float(np.std(values, ddof=1)) * math.sqrt(1 / n + _z() ** 2 / (2 * (n - 1)))
    return Measured(farther, max(0.0, farther - half), farther + half, n)


def share(counts: Sequence[int], totals: Sequence[int]) -> Measured:
    """A share of cells whose interval knows that cells of one case resemble each other."""
    held = [(c, n) for c, n in zip(counts, totals, strict=True) if n > 0]
    total = sum(n for _, n in held)
    if not total:
        return Measured(None, None, None, 0, 0)
    count = sum(c for c, _ in held)
    if len(held) < FEWEST:
        return Measured(count / total, None, None, len(held), total)
    n = statistics.effective_n([c for c, _ in held], [n for _, n in held], LEVEL)
    found = statistics.share_interval(count, total, n, LEVEL)
    return Measured(count / total, found.low, found.high, len(held), total)


def share_of_cases(yes: Sequence[bool]) -> Measured:
    """Wilson's interval; cases are independent of each other."""
    if not yes:
        return Measured(None, None, None, 0)
    found = statistics.wilson(sum(yes), len(yes), LEVEL)
    return Measured(sum(yes) / len(yes), found.low, found.high, len(yes))


def holds(interval: Interval, value: float, count: int, total: int) -> bool:
    """Does a patient interval hold for what an expert counted on *other* cells of the patient?

    That count is a sample as well, so its own Wilson interval is set against the patient's, as in Newcombe's interval
    of a difference: a plain "lies inside" would blame the interval for the chance of the expert's count.
    """
    other = statistics.wilson(count, total, LEVEL)
    share = count / total
    gap = value - share
    down = math.hypot(value - interval.low, other.high - share)
    up = math.hypot(interval.high - value, share - other.low)
    return gap - down <= 0 <= gap + up


def _t(n: int) -> float:
    return float(stdtrit(n - 1, 0.5 + LEVEL / 2))


def _z() -> float:
    return float(ndtri(0.5 + LEVEL / 2))
