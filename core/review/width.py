"""How wide a share's patient interval is, by source, and how wide it would be after more work.

Two sources: sampling (of cells and fields), which alone would leave Wilson's interval on the effective number of cells;
and the classifier's error, which alone leaves the same-cells interval. Squared half-widths of independent errors add
up, but near 0 and 1 intervals are cut, and then these do not. So each source is credited with the mean of what it
brings alone and what it brings beside the other (Shapley's value): the two make up the whole whatever happens.

With more cells or fields the sampling shrinks as Wilson's interval does on the larger effective number; with cells read
at random the classifier's error becomes that of the design-based estimate (`core.review.design`), as the classifier's
own probabilities foresee it. All of it is expectation, for a share that stays as it is.
"""

from __future__ import annotations

import math
from collections.abc import Sequence, Set
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri, stdtrit

from core import statistics
from core.aggregate.corrected import called, likely, votes
from core.appraisals import DesignEstimate, DesignShare
from core.readings import Corrected, Interval, Reading
from core.records import Review, Seen
from core.review.design import PRIOR

Floats = NDArray[np.float64]
Z = float(ndtri(0.5 + statistics.LEVEL / 2))


@dataclass(frozen=True, slots=True)
class Width:
    """A patient interval and what makes it wide, as squared half-widths (of shares, not points)."""

    value: float
    interval: Interval
    counted: int
    effective: float | None  # independent cells that tell as much; None: fields not assessed
    fields: int  # with counted cells
    sampling: float  # alone
    classifier: float | None  # alone; None: not measured, and not in the interval
    why: str = ""  # it is not measured

    @property
    def whole(self) -> float:
        return half(self.interval) ** 2

    @property
    def by_classifier(self) -> float:
        """Its part of the whole."""
        return 0.0 if self.classifier is None else (self.classifier + self.whole - self.sampling) / 2

    @property
    def by_sampling(self) -> float:
        return self.whole - self.by_classifier


def of(reading: Reading, share: str, estimate: DesignEstimate | None = None) -> Width | None:
    """Of 'cblc.ratio' or 'blasts.ratio', as `reading` states it; None when it states no interval.

    With a finished random sample's `estimate`, of the interval that this one gives.
    """
    raw = reading.cblc if share == reading.cblc.id else reading.blasts
    if raw.ratio is None or raw.interval is None:
        return None
    fields = sum(field.counted > 0 for field in reading.fields)
    if estimate is not None and not estimate.withheld:
        found: DesignShare | Corrected | None = estimate.cblc if share == reading.cblc.id else estimate.blasts
    else:
        found = next((one for one in reading.corrected if one.share == share), None)
    if found is None or found.value is None or found.patient is None or found.same_cells is None:
        why = found.withheld if isinstance(found, Corrected) else "the classifier's confusion is not known"
        squared = half(raw.interval) ** 2
        return Width(raw.ratio, raw.interval, raw.total, raw.effective_n, fields, squared, None, why)
    whole, alone = half(found.patient) ** 2, half(_wilson(found.value, raw.effective_n or raw.total)) ** 2
    classifier = min(whole, half(found.same_cells) ** 2)
    return Width(found.value, found.patient, raw.total, raw.effective_n, fields, min(whole, alone), classifier)


def half(interval: Interval) -> float:
    return (interval.high - interval.low) / 2


def points(squared: float) -> float:
    """A squared half-width as a half-width in percentage points."""
    return 100 * math.sqrt(max(0.0, squared))


def extended(width: Width, larger: float) -> float:
    """Squared half-width of the whole with so many times the cells and fields, the new ones like these."""
    now = width.effective or float(width.counted)
    then = now * larger
    if width.effective is not None:
        # few fields tell little of how fields differ, which statistics.effective_n pays for; more of them tell more
        then = min(width.counted * larger, then * _few(width.fields * larger) / _few(width.fields))
    ratio = half(_wilson(width.value, then)) / half(_wilson(width.value, now))
    return with_sampling(width, width.sampling * ratio**2)


def with_sampling(width: Width, squared: float) -> float:
    """Squared half-width of the whole, were the sampling alone this."""
    return max(squared, width.classifier or 0.0, width.whole - width.sampling + squared)


@dataclass(frozen=True, slots=True, eq=False)
class Open:
    """The cells that nobody has named: what the classifier gives each, and how much doubt each brings to the share."""

    cells: tuple[str, ...]
    called: NDArray[np.int64]  # group of the call: 0 composite, 1 counted rest, 2 uncounted
    likely: Floats  # (cells, 3) probabilities of the groups
    doubt: Floats  # (cells,) variance of the cell's part in the composite's excess over its share
    odd: NDArray[np.bool_]
    unsure: NDArray[np.bool_]


def open_cells(seen: Seen, reviews: Sequence[Review], counted: Set[str], members: Set[str], value: float) -> Open:
    """Every call that no person has replaced."""
    found = votes(seen, reviews)
    probable = likely(found, counted, members)
    parts = np.array([1 - value, -value, 0.0])  # y − value·counted
    doubt = np.maximum(probable @ parts**2 - (probable @ parts) ** 2, 0.0)
    return Open(found.cells, called(found, counted, members), probable, doubt, found.odd, found.unsure)


def read_at_random(width: Width, cells: Open, number: int) -> float:
    """Squared half-width to expect of the design-based patient interval when so many cells are read at random.

    The variance is that of the draws in `core.review.design`, with reads as the classifier's probabilities foresee.
    """
    total, variance = len(cells.cells), 0.0
    if not total:
        return width.sampling
    parts = np.array([1 - width.value, -width.value, 0.0])
    for group in range(3):
        inside = cells.called == group
        size = int(inside.sum())
        if not size:
            continue
        read = min(1.0, number / total) * size
        shape = read * cells.likely[inside].mean(axis=0) + PRIOR
        weight = float(shape.sum())
        mixed, left = shape / weight, size - read
        each = float(mixed @ parts**2 - (mixed @ parts) ** 2)
        variance += each * left * (left + weight) / (1 + weight)
    return width.sampling + Z**2 * variance / max(width.counted, 1) ** 2


def _few(fields: float) -> float:
    return (Z / float(stdtrit(fields - 1, 0.5 + statistics.LEVEL / 2))) ** 2


def _wilson(share: float, n: float) -> Interval:
    return statistics.wilson(share * n, n)
