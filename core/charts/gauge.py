"""A share on a ruler: where its value, its intervals and the marks stand, in percent of the ruler's length.

A `Gauge` is one ruler with one interval. A `Dial` has several lanes over the same ruler, so that the intervals of a
share that mean different things are never drawn as one.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from core.appraisals import DesignShare
from core.charts import words
from core.readings import Corrected, Interval, Share

SHORTEST = 0.40  # a ruler that ends at 40 % keeps the marks at 5, 10 and 20 % apart


@dataclass(frozen=True, slots=True)
class Mark:
    at: float
    text: str


@dataclass(frozen=True, slots=True)
class Gauge:
    """Positions run from 0 to 100 along the ruler. None where there is no number to show."""

    value: float | None
    low: float | None
    high: float | None
    marks: tuple[Mark, ...]
    end: Mark


@dataclass(frozen=True, slots=True)
class Lane:
    """One reading of the share. `value` is None where the lane has a band only."""

    id: str  # 'raw', 'same_cells', 'patient', 'design'
    name: str
    meaning: str  # what its interval holds
    value: float | None
    low: float
    high: float
    value_text: str
    range_text: str


@dataclass(frozen=True, slots=True)
class Dial:
    """Lanes over one ruler, with the marks of the specimen; no marks: no threshold is read from this share."""

    lanes: tuple[Lane, ...]
    marks: tuple[Mark, ...]
    end: Mark


Stated = tuple[str, str, str, float | None, Interval]
"""A lane before its place is known: id, name, meaning, value, interval."""


def dial(
    share: Share,
    better: Corrected | None,
    marks: Sequence[float] = (),
    *,
    least: float = 0.0,
    more: Sequence[Stated] = (),
) -> Dial:
    """The share as called, then corrected for these cells and for the patient; `more` lanes below."""
    stated = [*_stated(share, better), *more]
    highest = max([SHORTEST, least, *marks, *(interval.high for *_, interval in stated)])
    end = _end(highest)
    lanes = tuple(_lane(one, end) for one in stated)
    drawn = tuple(Mark(_along(mark, end), f"{mark * 100:g}") for mark in marks)
    return Dial(lanes, drawn, Mark(100.0, f"{end * 100:.0f} %"))


def longest(*pairs: tuple[Share, Corrected | None]) -> float:
    """What a ruler must hold for all of these shares to be drawn on rulers of one length."""
    return max([interval.high for share, better in pairs for *_, interval in _stated(share, better)], default=0.0)


def read_at_random(found: DesignShare, read: int) -> tuple[Stated, ...]:
    """The lane of a finished random sample; none where it says nothing."""
    if found.patient is None:
        return ()
    meaning = f"{read} cells named by people, whatever the classifier says"
    return (("design", "Random sample, read", meaning, found.value, found.patient),)


def _stated(share: Share, better: Corrected | None) -> list[Stated]:
    found: list[Stated] = []
    if share.interval and not share.withheld:
        found.append(("raw", "As called", "sampling of cells and fields", share.ratio, share.interval))
    if better and better.same_cells and not better.withheld:
        found.append(
            ("same_cells", "Corrected, these cells", "the classifier's error alone", better.value, better.same_cells)
        )
    if better and better.patient and not better.withheld:
        meaning = "its error and sampling"
        found.append(("patient", "Corrected, the patient", meaning, better.value, better.patient))
    return found


def _lane(stated: Stated, end: float) -> Lane:
    id, name, meaning, value, interval = stated
    low, high = _along(interval.low, end), _along(interval.high, end)
    texts = words.percent(value), words.percent_range(interval)
    return Lane(id, name, meaning, _place(value, end), low, high, *texts)


def _end(highest: float) -> float:
    return min(1.0, math.ceil(round(highest * 10, 6)) / 10)


def ruler(share: Share, marks: Sequence[float] = (), least: float = 0.0) -> Gauge:
    """`share` on a ruler long enough for its interval and for `least`; `marks` are ratios, 0.2 for 20 %."""
    shown = not share.withheld
    highest = max([SHORTEST, least, *marks, share.ratio or 0.0, share.interval.high if share.interval else 0.0])
    end = _end(highest)
    interval = share.interval if shown else None
    return Gauge(
        value=_place(share.ratio, end) if shown else None,
        low=_place(interval.low, end) if interval else None,
        high=_place(interval.high, end) if interval else None,
        marks=tuple(Mark(_along(mark, end), f"{mark * 100:g}") for mark in marks),
        end=Mark(100.0, f"{end * 100:.0f} %"),
    )


def _along(ratio: float, end: float) -> float:
    return max(0.0, min(100.0, 100.0 * ratio / end))


def _place(ratio: float | None, end: float) -> float | None:
    return None if ratio is None else _along(ratio, end)
