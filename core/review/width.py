"""How wide a share's patient interval is, by source, and how wide it would be after more work.

Squared half-widths add up where errors are independent, so they are what is divided here: the classifier's is that of
the same-cells interval, and the sampling's is what the patient interval has beyond it. With more cells or fields the
sampling's part shrinks as Wilson's interval does on the larger effective number; with cells read at random the
classifier's part becomes that of the design-based estimate (`core.review.design`), as the classifier's own
probabilities foresee it. All of it is expectation, for a share that stays as it is.
"""

from __future__ import annotations

import math
from collections.abc import Sequence, Set
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri, stdtrit

from core import labels, statistics
from core.aggregate.corrected import group_of
from core.readings import Interval, Reading, Share
from core.records import Review, Seen
from core.review.design import PRIOR

Floats = NDArray[np.float64]
Z = float(ndtri(0.5 + statistics.LEVEL / 2))


@dataclass(frozen=True, slots=True)
class Width:
    """A patient interval and what its squared half-width is made of (in shares, not points)."""

    value: float
    interval: Interval
    counted: int
    effective: float | None  # independent cells that tell as much; None: fields not assessed
    fields: int  # with counted cells
    sampling: float
    classifier: float | None  # None: not measured, and not in the interval
    why: str = ""  # it is not measured

    @property
    def whole(self) -> float:
        return self.sampling + (self.classifier or 0.0)


def of(reading: Reading, share: str) -> Width | None:
    """Of 'cblc.ratio' or 'blasts.ratio', as `reading` states it; None when it states no interval."""
    raw = reading.cblc if share == reading.cblc.id else reading.blasts
    if raw.ratio is None or raw.interval is None:
        return None
    fields = sum(field.counted > 0 for field in reading.fields)
    better = next((one for one in reading.corrected if one.share == share), None)
    if better is None or better.value is None or better.patient is None or better.same_cells is None:
        why = better.withheld if better else "the classifier's confusion is not known"
        squared = half(raw.interval) ** 2
        return Width(raw.ratio, raw.interval, raw.total, raw.effective_n, fields, squared, None, why)
    return _corrected(raw, better.value, better.patient, better.same_cells, fields)


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
    return width.sampling * ratio**2 + (width.classifier or 0.0)


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
    said, present = labels.last(reviews), {cell.id for cell in seen.cells}
    calls = [call for call in seen.calls if call.cell in present and call.cell not in said]
    likely = np.zeros((len(calls), 3))
    for row, call in zip(likely, calls, strict=True):
        for code, probability in call.probabilities.items():
            row[group_of(code, counted, members)] += probability
    likely /= np.maximum(likely.sum(axis=1, keepdims=True), 1e-12)
    parts = np.array([1 - value, -value, 0.0])  # y − value·counted
    doubt = np.maximum(likely @ parts**2 - (likely @ parts) ** 2, 0.0)
    return Open(
        tuple(call.cell for call in calls),
        np.array([group_of(call.label, counted, members) for call in calls], np.int64),
        likely,
        doubt,
        np.array([labels.odd(call) for call in calls], bool),
        np.array([labels.unsure(call) for call in calls], bool),
    )


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


def _corrected(raw: Share, value: float, patient: Interval, same: Interval, fields: int) -> Width:
    classifier = half(same) ** 2
    sampling = max(0.0, half(patient) ** 2 - classifier)
    return Width(value, patient, raw.total, raw.effective_n, fields, sampling, classifier)


def _few(fields: float) -> float:
    return (Z / float(stdtrit(fields - 1, 0.5 + statistics.LEVEL / 2))) ** 2


def _wilson(share: float, n: float) -> Interval:
    return statistics.wilson(share * n, n)
