"""What may be said of a case in worse pictures, among its facts: how much worse before a reading is another one.

Ids (stable; a new one may come, none changes its meaning)
    strength.cells              cells tried
    strength.nearest            in words: the change with which a mark is crossed soonest, or that none is within the
                                ranges tried; without marks (label-free), a share's own interval left
    strength.CHANGE.crosses     in words: at which strength the blast share would cross a mark, and which; or that it
                                did not within the range tried
    strength.CHANGE.SHARE.leaves    the same of leaving the case's own interval, of shares without marks
Present only where curves speak of the calls that are counted. A strength lies on a straight line between two that were
tried: it is where to look, and no limit that was measured.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TypeVar

from core.readings import Fact, LabelFreeReading, Reading
from core.robustness.curves import Crossing, Curve, Curves, Line, amount
from models.imaging.perturb import LADDERS

Told = TypeVar("Told", bound=Reading | LabelFreeReading)
OUT = "leaving its own interval"
NOTE = "on a straight line between two strengths that were tried"


@dataclass(frozen=True, slots=True)
class _Met:
    """A crossing with what it is of, and how much of the range it takes."""

    share: float  # of the farthest strength tried on its side
    said: str


def added(reading: Told, found: Curves | None) -> Told:
    """The reading with these facts; `found` are the curves that speak of its calls."""
    if found is None:
        return reading
    return replace(reading, facts=(*reading.facts, *of(found, reading.quality.withheld)))


def of(found: Curves, withheld: str = "") -> Iterator[Fact]:
    """`withheld`: why no share of the case may be seen, and so not where one would lie."""
    by = f"the same network ({found.model[:8]}) on {len(found.tested)} of {found.frame} cells in worse pictures"
    yield Fact("strength.cells", "cells tried in worse pictures", len(found.tested), "cells", 0, None, by)
    told = [_worded("strength.nearest", "nearest change that alters a reading", _nearest(found), by)]
    for curve in found.curves:
        told += [_line(curve, line, by) for line in curve.lines]
    for fact in told:
        yield replace(fact, value=None, note="", withheld=withheld) if withheld else fact


def _line(curve: Curve, line: Line, by: str) -> Fact:
    ladder = LADDERS[curve.change]
    if line.crosses:
        id, name, open_ = f"strength.{curve.change}.crosses", "crossing a mark", line.crosses
    else:
        id, name, open_ = f"strength.{curve.change}.{line.id}.leaves", OUT, line.leaves
    met = [f"at {amount(one.at, ladder.unit)}{_across(one, line)}" for one in open_ if one.at is not None]
    tried = " and ".join(amount(one.tried, ladder.unit) for one in open_)
    value = ", ".join(met) or f"not up to {tried}"
    return _worded(id, f"{_begun(ladder.name)}: {line.name} {name}", value, by)


def _nearest(found: Curves) -> str:
    """Which of all crossings takes the least of its range; of marks where there are any, else of own intervals."""
    lines = [(curve, line) for curve in found.curves for line in curve.lines]
    marked = any(line.crosses for _, line in lines)
    met = [
        _Met(abs(one.at / one.tried), _sentence(curve, line, one))
        for curve, line in lines
        for one in (line.crosses if marked else line.leaves)
        if one.at is not None
    ]
    if met:
        return min(met, key=lambda one: one.share).said
    names = ", ".join(_begun(LADDERS[curve.change].name) for curve in found.curves if curve.lines)
    if not names:
        return "nothing could be tried"
    what = "no mark is crossed" if marked else "no share leaves its own interval"
    return f"{what} within the ranges tried ({names})"


def _sentence(curve: Curve, line: Line, one: Crossing) -> str:
    ladder = LADDERS[curve.change]
    where = f"at {_begun(ladder.name)} {amount(one.at or 0.0, ladder.unit)}"
    return f"{line.name} {where}{_across(one, line)}" if one.mark is not None else f"{line.name} {OUT} {where}"


def _across(one: Crossing, line: Line) -> str:
    if one.mark is None:
        return ""
    own = next((point.interval for point in line.points if point.strength == 0), None)
    open_ = own is not None and own.low < one.mark <= own.high
    return f", across {one.mark:g} %" + (" (which its own interval holds already)" if open_ else "")


def _begun(name: str) -> str:
    """'azure stain', 'JPEG'."""
    return name if name.isupper() else f"{name[:1].lower()}{name[1:]}"


def _worded(id: str, name: str, value: str, by: str) -> Fact:
    return Fact(id, name, value, "", 0, None, by, note=NOTE)
