"""Do stain, camera and certainty stay what they were? One chart for each figure of each scanner or centre.

Cases of patients are no control slide: each differs, and only what many in a row have in common is drift. So each
figure's moving mean is followed (EWMA, Roberts 1959) against the mean and SD of the group's first cases, and its limits
are widened for the uncertainty of those and for the number of charts: all charts together cry out as seldom as a single
one with limits of 3 SD would. The daily control (core/control) judges single runs; this judges what patients show.
"""

from __future__ import annotations

import datetime as dt
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from scipy.special import stdtrit

from core.charts.cohort import Change, Drift
from core.charts.levey_jennings import Point, Series, Standing, spoken
from core.control.figures import BY_ID, Figure

REFERENCE = 30  # the first cases of a group, which the others are judged against
WEIGHT = 0.2  # of the newest case in the moving mean
TAIL = 0.0027  # of a single chart with limits of 3 SD

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Followed:
    """A column of the cohort's table as a figure of the control charts."""

    column: str
    figure: Figure
    times: float = 1.0


FOLLOWED = (
    Followed("brightness", BY_ID["brightness"]),
    Followed("density", BY_ID["density"]),
    Followed("azure", BY_ID["azure"]),
    Followed("confidence", Figure("certain", "Median confidence of the calls", "%", 1, 0.1, "Confidence, %"), 100.0),
    Followed("unsure", Figure("unsure", "Cells with more than one possible class", "%", 1, 0.5, "Unsure, %"), 100.0),
    Followed("odd", BY_ID["odd"], 100.0),
)


OURS = (  # columns that tell what saw a case, and in words what it is; weights are told by their first digits
    ("detector_digest", "detector"),
    ("detector_engine", "engine of the detector"),
    ("classifier_digest", "classifier"),
    ("classifier_engine", "engine of the classifier"),
)
DIGITS = 8


def drifts(rows: Sequence[Row], by: str) -> tuple[Drift, ...]:
    """Charts of every group of `by` ('scanner', 'centre'), by the time at which cases came in."""
    groups: dict[str, list[Row]] = {}
    for row in sorted(rows, key=lambda row: (str(row["taken_in"]), str(row["case"]))):
        groups.setdefault(str(row.get(by) or ""), []).append(row)
    held = [
        (name, one, its)
        for name, found in sorted(groups.items())
        for one in FOLLOWED
        if (its := [row for row in found if row.get(one.column) is not None])
    ]
    judged = sum(len(its) > REFERENCE for _, _, its in held)
    return tuple(_drift(name, one, its, max(1, judged)) for name, one, its in held)


def _drift(group: str, followed: Followed, rows: Sequence[Row], charts: int) -> Drift:
    figure = followed.figure
    values = [float(row[followed.column]) * followed.times for row in rows]
    first = values[:REFERENCE]
    known = len(first) == REFERENCE
    mean = statistics.fmean(first) if known else None
    sd = max(statistics.stdev(first), figure.least) if known else None
    smooth, low, high = _smoothed(values, mean, sd, charts)
    points = []
    for at, (row, value) in enumerate(zip(rows, values, strict=True)):
        now, lowest, highest = smooth[at], low[at], high[at]
        standing = Standing.ESTABLISHING
        if now is not None and lowest is not None and highest is not None:
            standing = Standing.IN if lowest <= now <= highest else Standing.OUT
        when = dt.datetime.fromisoformat(str(row["taken_in"]))
        said = spoken(value, figure.unit, figure.digits)
        score = (value - mean) / sd if mean is not None and sd is not None and at >= REFERENCE else None
        points.append(Point(at + 1, when, str(row["case"]), str(row["pseudonym"]), value, said, score, standing))
    origin = f"from the first {REFERENCE} cases" if known else f"establishing: {len(values)} of {REFERENCE} cases"
    last = points[-1].standing if points else Standing.ESTABLISHING
    series = Series(figure.id, figure.name, figure.unit, figure.digits, tuple(points), mean, sd, origin, last)
    return Drift(group, series, smooth, low, high, changes(rows))


def changes(rows: Sequence[Row]) -> tuple[Change, ...]:
    """Where one case was seen by another network or engine than the one before it of which that is known."""
    found = []
    last: dict[str, str] = {}
    for number, row in enumerate(rows, start=1):
        for column, what in OURS:
            now = str(row.get(column) or "")
            before = last.get(column, now)
            if now and now != before:
                found.append(Change(number, what, _short(before), _short(now), str(row["pseudonym"])))
            if now:
                last[column] = now
    return tuple(found)


def _short(told: str) -> str:
    """Of a digest its first digits; an engine whole, several joined by words."""
    return told[:DIGITS] if len(told) == 64 and " " not in told else told.replace("|", " and ")


def _smoothed(
    values: Sequence[float], mean: float | None, sd: float | None, charts: int
) -> tuple[tuple[float | None, ...], tuple[float | None, ...], tuple[float | None, ...]]:
    """The moving mean from the end of the reference window on, and the limits it should stay within."""
    smooth: list[float | None] = [None] * len(values)
    low, high = list(smooth), list(smooth)
    if mean is None or sd is None:
        return tuple(smooth), tuple(low), tuple(high)
    reach = float(stdtrit(REFERENCE - 1, 1 - TAIL / (2 * charts)))
    now = mean
    for step, at in enumerate(range(REFERENCE, len(values)), start=1):
        now = WEIGHT * values[at] + (1 - WEIGHT) * now
        own = WEIGHT / (2 - WEIGHT) * (1 - (1 - WEIGHT) ** (2 * step))
        width = reach * sd * (own + 1 / REFERENCE) ** 0.5
        smooth[at], low[at], high[at] = now, max(0.0, mean - width), mean + width  # none of the figures is below 0
    return tuple(smooth), tuple(low), tuple(high)
