"""A share on a ruler: where its value, its interval and the marks stand, in percent of the ruler's length."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from core.readings import Share

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


def ruler(share: Share, marks: Sequence[float] = (), least: float = 0.0) -> Gauge:
    """`share` on a ruler long enough for its interval and for `least`; `marks` are ratios, 0.2 for 20 %."""
    shown = not share.withheld
    highest = max([SHORTEST, least, *marks, share.ratio or 0.0, share.interval.high if share.interval else 0.0])
    end = min(1.0, math.ceil(round(highest * 10, 6)) / 10)
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
