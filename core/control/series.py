"""A lot's runs judged: mean and SD from its first runs (or as stated for the material), then Westgard's rules."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from core.charts.levey_jennings import Point, Series, Standing, spoken
from core.control import westgard
from core.control.figures import FIGURES, Figure
from core.doors.laboratory import Expected, Measured

FIRST = 10  # runs that mean and SD come from; fewer are no ground to judge by


@dataclass(frozen=True, slots=True)
class Lot:
    """All figures of one lot, and what the latest run says."""

    lot: str
    runs: int
    series: tuple[Series, ...]

    @property
    def standing(self) -> Standing:
        """The worst of the figures; establishing while not one of them is judged."""
        found = {one.standing for one in self.series}
        order = (Standing.OUT, Standing.WARNING, Standing.IN)
        return next((standing for standing in order if standing in found), Standing.ESTABLISHING)

    @property
    def out(self) -> tuple[Series, ...]:
        return tuple(one for one in self.series if one.standing is Standing.OUT)


def judged(lot: str, runs: Sequence[Measured], expected: Mapping[str, Expected] | None = None) -> Lot:
    """Every figure that some run of the lot has, in the order in which they are always shown."""
    made = [_series(figure, runs, (expected or {}).get(figure.id)) for figure in FIGURES]
    return Lot(lot, len(runs), tuple(one for one in made if one.points))


def _series(figure: Figure, runs: Sequence[Measured], expected: Expected | None) -> Series:
    held = [(number, run) for number, run in enumerate(runs, start=1) if figure.id in run.figures]
    values = [run.figures[figure.id] for _, run in held]
    first = 0 if expected else FIRST
    mean, sd, origin = _reference(figure, values, expected)
    scores: list[float] = [(value - mean) / sd for value in values[first:]] if mean is not None and sd else []
    rules = westgard.broken(scores)
    points = []
    for at, (number, run) in enumerate(held):
        score = scores[at - first] if 0 <= at - first < len(scores) else None
        completed = rules[at - first] if score is not None else ()
        value = run.figures[figure.id]
        said = spoken(value, figure.unit, figure.digits)
        standing = _standing(score, completed)
        points.append(Point(number, run.at, run.case, run.pseudonym, value, said, score, standing, completed))
    last = points[-1].standing if points and scores else Standing.ESTABLISHING
    return Series(figure.id, figure.name, figure.unit, figure.digits, tuple(points), mean, sd, origin, last)


def _reference(
    figure: Figure, values: Sequence[float], expected: Expected | None
) -> tuple[float | None, float | None, str]:
    if expected:
        return expected.mean, expected.sd, "as stated for this lot"
    if len(values) < FIRST:
        return None, None, f"establishing: {len(values)} of the first {FIRST} runs"
    start = values[:FIRST]
    return statistics.fmean(start), max(statistics.stdev(start), figure.least), f"from the first {FIRST} runs"


def _standing(score: float | None, completed: tuple[str, ...]) -> Standing:
    if score is None:
        return Standing.ESTABLISHING
    if not completed:
        return Standing.IN
    return Standing.WARNING if completed == (westgard.WARNS,) else Standing.OUT
