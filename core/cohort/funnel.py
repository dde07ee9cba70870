"""Which cases are unlike the others, given how many cells each was counted on.

Shares of different patients differ because patients do, and because cells were sampled. Both are in the limits: the
sampling by the (effective) number of cells, so that a small case is no outlier for being small; the difference between
patients by what the cases themselves show. Shares are judged on the arcsine scale, where the sampling of a share has
the variance 1/(4n + 2) whatever the share (Anscombe 1948). Middle and spread come from medians, so that the outliers
sought do not widen the limits they are sought with. The outer limits hold for all cases at once (Šidák): of a hundred
cohorts of alike cases five have any case beyond. No p-values are told.

Outside the limits means unlike the others that were chosen, not ill, and within them does not mean well.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

from core.charts.cohort import Dot, Funnel, Limits, Place
from core.statistics import LEVEL

FEWEST = 10  # cases; fewer do not say what is usual
FAMILY = 0.05
ROUNDS = 30
STEPS = 60
CHI_MEDIAN = 0.45493642  # of chi-square with one degree of freedom
MEDIANS = 0.37  # a spread told by medians is as certain as a standard deviation of 0.37 times as many cases
Floats = NDArray[np.float64]


def funnel(dots: Sequence[Dot]) -> Funnel:
    """The dots judged, in the order given; each `value` is a share of `total` independent cells."""
    if len(dots) < FEWEST:
        return Funnel(tuple(replace(dot, place=Place.NOT_JUDGED) for dot in dots), None, (), 0.0)
    share = np.array([dot.value for dot in dots], float)
    total = np.array([dot.total for dot in dots], float)
    scaled, noise = _scaled(share, total), 1 / (4 * total + 2)
    middle, between = _usual(scaled, noise)
    near, far = _reach(1 - LEVEL, len(dots)), _reach(1 - (1 - FAMILY) ** (1 / len(dots)), len(dots))
    away = np.abs(scaled - middle) > far * np.sqrt(noise + between)
    judged = [replace(dot, place=Place.OUTSIDE if out else Place.WITHIN) for dot, out in zip(dots, away, strict=True)]
    sizes = np.geomspace(max(1.0, total.min()), max(2.0, total.max()), STEPS)
    curve = tuple(_limits(float(size), middle, between, near, far) for size in sizes)
    return Funnel(tuple(judged), float(np.sin(middle) ** 2), curve, float(np.sqrt(between)))


def _scaled(share: Floats, total: Floats) -> Floats:
    return np.asarray(np.arcsin(np.sqrt(np.clip((share * total + 0.375) / (total + 0.75), 0, 1))))


def _limits(size: float, middle: float, between: float, near: float, far: float) -> Limits:
    spread = float(np.sqrt(1 / (4 * size + 2) + between))
    ends = (_share(middle + times * spread, size) for times in (-near, near, -far, far))
    return Limits(size, *ends)


def _share(scaled: float, size: float) -> float:
    """Back from the arcsine scale, as `_scaled` came there."""
    held = float(np.sin(np.clip(scaled, 0, np.pi / 2)) ** 2)
    return min(1.0, max(0.0, (held * (size + 0.75) - 0.375) / size))


def _reach(tail: float, cases: int) -> float:
    """How many SD: Student's, since middle and spread are themselves uncertain."""
    return float(stdtrit(max(3.0, MEDIANS * (cases - 1)), 1 - tail / 2)) * float(np.sqrt(1 + 1.57 / cases))


def _usual(scaled: Floats, noise: Floats) -> tuple[float, float]:
    """Middle, and variance between patients: the one that half of the squared scores then lie below the half of."""
    order = np.lexsort((noise, scaled))  # the same whatever the order of the cases
    scaled, noise = scaled[order], noise[order]
    middle, between = float(np.median(scaled)), 0.0
    for _ in range(ROUNDS):
        before = middle, between
        middle = _weighted_median(scaled, 1 / (noise + between))
        between = _between((scaled - middle) ** 2, noise)
        if abs(middle - before[0]) + abs(between - before[1]) < 1e-12:
            break
    return middle, between


def _between(squares: Floats, noise: Floats) -> float:
    low, high = 0.0, float(squares.max() / CHI_MEDIAN + 1e-12)
    if np.median(squares / noise) <= CHI_MEDIAN:
        return 0.0  # they differ no more than samples of one patient would
    for _ in range(60):
        half = (low + high) / 2
        low, high = (half, high) if np.median(squares / (noise + half)) > CHI_MEDIAN else (low, half)
    return high


def _weighted_median(values: Floats, weights: Floats) -> float:
    """Of values in rising order."""
    share = np.cumsum(weights) / weights.sum()
    at = int(np.searchsorted(share, 0.5))
    if at + 1 < len(values) and abs(share[at] - 0.5) < 1e-12:
        return float((values[at] + values[at + 1]) / 2)
    return float(values[at])
