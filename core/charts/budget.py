"""The error budget as a bar: how much of an interval's width each source makes, and what would shrink it.

Parts are of the squared half-width, since squares of independent errors add up and the half-widths themselves do not.
"""

from __future__ import annotations

from dataclasses import dataclass

from core.appraisals import Budget, Part

COLOURS = {"cells": "#56b4e9", "fields": "#e69f00", "classifier": "#009e73", "quality": "#cc79a7"}
"""Of Okabe and Ito: told apart by people who see colours differently, light enough for dark words on
them, and none of them a class's."""
REST = "#8a8f94"
UNKNOWN = ("not measured", "not assessed")  # how a part begins of which nothing is known; it is not nothing
THIN = 6.0  # per cent: a part too thin to be written into


@dataclass(frozen=True, slots=True)
class Slice:
    """One source. `wide` is its share of the bar in per cent; all of them make 100."""

    id: str
    name: str
    colour: str
    wide: float
    percent: str
    points: str  # the half-width it would leave alone: 'alone ±3.1 points'; '' where that is not known
    said: str
    shrink: str
    written: bool  # wide enough for its number to stand in it


@dataclass(frozen=True, slots=True)
class Bar:
    """`outside` are doubts that no part of the interval holds: (name, what it is, what would shrink it)."""

    whole: str  # '±6.1 points'; '' when withheld
    slices: tuple[Slice, ...]
    outside: tuple[tuple[str, str, str], ...]
    notes: tuple[str, ...]
    withheld: str


def bar(budget: Budget) -> Bar:
    """Sources in their order; one that makes nothing is listed without a place in the bar."""
    whole = "" if budget.points is None else f"±{budget.points:.1f} points"
    outside = tuple((_named(one.name), _sentence(one.said), _sentence(one.shrink)) for one in budget.outside)
    unknown = {part.id for part in budget.parts if part.said.startswith(UNKNOWN)}
    if "classifier" in unknown:  # doubtful cells are a part of its error
        unknown.add("quality")
    return Bar(
        whole, tuple(_slice(part, part.id in unknown) for part in budget.parts), outside, budget.notes, budget.withheld
    )


def _slice(part: Part, unknown: bool) -> Slice:
    wide = 100 * max(0.0, part.variance)
    return Slice(
        id=part.id,
        name=_named(part.name),
        colour=COLOURS.get(part.id, REST),
        wide=wide,
        percent="not known" if unknown else f"{wide:.0f} %",
        points="" if unknown else f"alone ±{part.points:.1f} points",
        said=_sentence(part.said),
        shrink=_sentence(part.shrink),
        written=wide >= THIN,
    )


def _named(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}"


def _sentence(text: str) -> str:
    return _named(text) + ("" if not text or text.endswith((".", "?")) else ".")
