"""A share against the strength of each change, as small charts of one height: places in per cent, nothing drawn yet."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from core.charts import words
from core.readings import Interval
from core.robustness.curves import Crossing, Curve, Curves, Line, amount, signed
from models.imaging.perturb import LADDERS, Change

THIN = 0.8  # per cent of the height, to both sides of the path
LOWEST_TOP = 10.0  # per cent at the top of the flattest charts


@dataclass(frozen=True, slots=True)
class Tick:
    at: float
    text: str


@dataclass(frozen=True, slots=True)
class Chart:
    """One change. Places run from 0 to 100, to the right and (as pictures have it) downwards."""

    change: Change
    name: str
    meaning: str
    path: tuple[tuple[float, float], ...]
    stroke: tuple[tuple[float, float], ...]  # the path as a thin closed ring, for what draws areas only
    band: tuple[tuple[float, float], ...]  # the interval at each point, as a closed ring
    own: tuple[float, float] | None  # the case's own interval: top and bottom
    marks: tuple[Tick, ...]
    across: tuple[Tick, ...]
    up: tuple[Tick, ...]
    crossings: tuple[Tick, ...]  # where a mark is crossed
    leavings: tuple[Tick, ...]  # where the case's own interval is left
    unit: str
    said: str
    flips: str
    skipped: str


def choices(found: Curves) -> tuple[tuple[str, str], ...]:
    """(id, name) of the shares that were followed."""
    lines = next((curve.lines for curve in found.curves if curve.lines), ())
    return tuple((line.id, f"{line.name[:1].upper()}{line.name[1:]}") for line in lines)


def charts(found: Curves, share: str, marks: Sequence[float] = ()) -> tuple[Chart, ...]:
    """All changes for one share, on one scale upwards; `marks` are drawn where they lie within it."""
    lines = [(curve, next((line for line in curve.lines if line.id == share), None)) for curve in found.curves]
    tops = [p.interval.high for _, line in lines if line for p in line.points if p.interval]
    top = min(100.0, 10 * math.ceil(max([LOWEST_TOP, *tops]) / 10))
    return tuple(_chart(curve, line, top, marks) for curve, line in lines)


def _chart(curve: Curve, line: Line | None, top: float, marks: Sequence[float]) -> Chart:
    ladder = LADDERS[curve.change]
    known = (
        [(p.strength, p.value, p.interval) for p in line.points if p.value is not None and p.interval] if line else []
    )
    if line is None or len(known) < 2:
        reason = curve.skipped or "there are no counted cells to divide by"
        return Chart(
            curve.change, ladder.name, ladder.meaning, (), (), (), None, (), (), (), (), (), ladder.unit, "", "", reason
        )
    start, stop = known[0][0], known[-1][0]

    def right(strength: float) -> float:
        return 100 * (strength - start) / (stop - start)

    def down(value: float) -> float:
        return 100 - 100 * max(0.0, min(value, top)) / top

    path = tuple((right(s), down(value)) for s, value, _ in known)
    upper = [(right(s), down(spread.high)) for s, _, spread in known]
    lower = [(right(s), down(spread.low)) for s, _, spread in known]
    own = next((spread for s, _, spread in known if s == 0), None)
    met = [(one, one.at) for one in (*line.crosses, *line.leaves) if one.at is not None]
    return Chart(
        change=curve.change,
        name=ladder.name,
        meaning=ladder.meaning,
        path=path,
        stroke=(*((x, y - THIN) for x, y in path), *((x, y + THIN) for x, y in reversed(path))),
        band=(*upper, *reversed(lower)),
        own=(down(own.high), down(own.low)) if own else None,
        marks=tuple(Tick(down(mark), f"{mark:g}") for mark in marks if mark <= top),
        across=tuple(Tick(right(s), signed(s, ladder.unit)) for s, *_ in known),
        up=(*(Tick(down(value), f"{value:.0f}") for value in (0, top / 2)), Tick(down(top), f"{top:.0f} %")),
        crossings=tuple(Tick(right(at), "") for one, at in met if one.mark is not None),
        leavings=tuple(Tick(right(at), "") for one, at in met if one.mark is None),
        unit=ladder.unit,
        said=_words(line, ladder.unit),
        flips=_flips(curve, ladder.unit),
        skipped="",
    )


def _words(line: Line, unit: str) -> str:
    """Each side's crossing of a mark, and its leaving of the case's own interval."""
    own = next((p.interval for p in line.points if p.strength == 0), None)
    said = [_said(one, unit, "crosses", "Crosses no mark", own) for one in line.crosses]
    open_ = [one for one in line.leaves if one.at is not None or not line.crosses]
    said += [_said(one, unit, "leaves", "Stays in the case’s own interval") for one in open_]
    return " ".join(said)


def _said(one: Crossing, unit: str, verb: str, never: str, own: Interval | None = None) -> str:
    if one.at is None:
        return f"{never} up to {amount(one.tried, unit)}, the farthest tried."
    what = "the case’s own interval" if one.mark is None else f"{one.mark:g} %"
    held = bool(own and one.mark is not None and own.low < one.mark <= own.high)
    already = ", which the case’s own interval holds already" if held else ""
    return f"{verb.capitalize()} {what} at about {amount(one.at, unit)}{already}."


def _flips(curve: Curve, unit: str) -> str:
    """'Of 100 cells, called otherwise: 3 at −50, 12 at +50 %.', written as the strengths below the chart are."""
    if not curve.flips:
        return ""
    total = curve.flips[0].rate.total
    parts = [f"{one.rate.count} at {signed(one.strength, unit)}" for one in curve.flips]
    return f"Of {words.size(total, 'cell')}, called otherwise: {', '.join(parts)} {unit}."
