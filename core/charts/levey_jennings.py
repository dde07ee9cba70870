"""What a Levey–Jennings chart shows: one figure of a control over its runs, with mean and SD, each run judged."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum


class Standing(StrEnum):
    ESTABLISHING = "establishing"  # too few runs to judge any
    IN = "in control"
    WARNING = "warning"
    OUT = "out of control"


@dataclass(frozen=True, slots=True)
class Point:
    number: int  # of the run within the lot, from 1
    at: dt.datetime
    case: str
    pseudonym: str
    value: float
    text: str  # value with its unit
    score: float | None  # in SD from the mean; None: not judged, since mean and SD come from it
    standing: Standing
    rules: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Series:
    """`mean` and `sd` are None while they are being established."""

    id: str
    name: str
    unit: str
    digits: int
    points: tuple[Point, ...]
    mean: float | None
    sd: float | None
    origin: str  # where mean and SD come from, in words
    standing: Standing

    @property
    def last(self) -> Point | None:
        return self.points[-1] if self.points else None


def spoken(value: float, unit: str, digits: int) -> str:
    return f"{value:.{digits}f} {unit}"


def span(series: Series) -> str:
    """'mean 12.3 % ± 0.4 % (SD)'."""
    if series.mean is None or series.sd is None:
        return "mean and SD not established yet"
    value = f"{series.mean:.{series.digits}f} ± {series.sd:.{series.digits + 1}f} {series.unit}"
    return f"mean ± SD {value}"


def extent(series: Series) -> tuple[float, float]:
    """Ends of the upright axis: every point and ±3 SD are on it, with a little room."""
    values = [point.value for point in series.points]
    if series.mean is not None and series.sd is not None:
        values += [series.mean - 3.4 * series.sd, series.mean + 3.4 * series.sd]
    low, high = (min(values), max(values)) if values else (0.0, 1.0)
    room = 0.06 * (high - low) or 0.5 * 10.0**-series.digits
    return low - room, high + room
