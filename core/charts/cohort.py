"""What the charts of a cohort show, apart from who draws them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from core.charts.levey_jennings import Series
from core.readings import Interval

MOST_NAMED = 60  # dots that are drawn with their pseudonyms beside them


class Place(StrEnum):
    WITHIN = "within the limits"
    OUTSIDE = "outside the limits"
    NOT_JUDGED = "not judged"  # too few cases to say what is usual


@dataclass(frozen=True, slots=True)
class Dot:
    """One case's value of a share or another number."""

    case: str
    pseudonym: str
    value: float
    low: float | None = None
    high: float | None = None
    total: float = 0.0  # independent cells it is a share of; 0: it is no share of cells
    place: Place = Place.NOT_JUDGED


@dataclass(frozen=True, slots=True)
class Limits:
    """Where the shares of cases like the others lie, for so many cells."""

    total: float
    low: float  # of one case in twenty
    high: float
    far_low: float  # of all cases together: one cohort in twenty has a single case beyond
    far_high: float


@dataclass(frozen=True, slots=True)
class Funnel:
    """Shares by how many cells they are of. `middle` is None, and there are no limits, where too few cases are."""

    dots: tuple[Dot, ...]
    middle: float | None
    curve: tuple[Limits, ...]
    between: float  # SD between patients on the arcsine scale, without the sampling of cells

    @property
    def outside(self) -> tuple[Dot, ...]:
        return tuple(dot for dot in self.dots if dot.place is Place.OUTSIDE)


@dataclass(frozen=True, slots=True)
class Spread:
    """How a number is spread over cases: dots from the lowest up, the median with its interval, a histogram."""

    name: str
    unit: str  # '%' for shares, which are then drawn as per cent
    dots: tuple[Dot, ...]
    median: float | None
    interval: Interval | None
    quartiles: tuple[float, float] | None
    edges: tuple[float, ...]
    heights: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """From this point on something of ours was another than at the point before: a network, or what ran it."""

    number: int  # of the point
    what: str  # 'engine of the classifier'
    before: str
    now: str
    pseudonym: str

    @property
    def said(self) -> str:
        return f"{self.what} {self.now} from {self.pseudonym} on, {self.before} before"


@dataclass(frozen=True, slots=True)
class Drift:
    """One figure of one scanner or centre over its cases in time: dots, their moving mean, and its limits."""

    group: str
    series: Series
    smooth: tuple[float | None, ...]  # by point; None within the reference window
    low: tuple[float | None, ...]
    high: tuple[float | None, ...]
    changes: tuple[Change, ...] = ()


def histogram(values: Sequence[float]) -> tuple[tuple[float, ...], tuple[int, ...]]:
    """Bins of equal width, as many as Sturges asks for; one bin where all are alike."""
    if not values:
        return (), ()
    low, high = min(values), max(values)
    if high - low <= 1e-9 * max(1.0, abs(high)):
        return (low - 0.5, high + 0.5), (len(values),)
    bins = 1 + math.ceil(math.log2(len(values)))
    edges = [low + (high - low) * step / bins for step in range(bins + 1)]
    heights = [0] * bins
    for value in values:
        heights[min(bins - 1, int((value - low) / (high - low) * bins))] += 1
    return tuple(edges), tuple(heights)
