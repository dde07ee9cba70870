"""What worse stain, lens, camera and cuts would do to a case's shares, by how much of each; pure values.

Shares are in per cent (0–100), of the network's own calls: what the case stands at, and by how much the tried cells
move it. Strengths are in the unit of their change; 0 is the cell as it lies in its field.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from core.appraisals import Rate
from core.readings import Interval
from models.imaging.perturb import Change


@dataclass(frozen=True, slots=True)
class AskedCurves:
    """How the curves are made. The same request on the same case gives the same curves."""

    cells: int = 100  # most cells to try; a case of no more is tried whole
    seed: int = 0
    changes: tuple[Change, ...] = tuple(Change)


@dataclass(frozen=True, slots=True)
class Followed:
    """A share whose course is followed: cells called one of `members` among those called one of `of`."""

    id: str  # the fact's: 'cblc.ratio', 'blasts.ratio', 'class.monocyte.share'
    name: str
    members: frozenset[str]
    of: frozenset[str]
    value: float | None  # of the whole case; None: nothing to divide by
    own: Interval | None  # of the whole case: the sampling of its cells and fields
    marks: tuple[float, ...] = ()  # per cent; none: no threshold is read from this share


@dataclass(frozen=True, slots=True)
class Point:
    """Where the case would stand. At 0 the interval is the case's own; else it holds the move's uncertainty as well."""

    strength: float
    value: float | None  # None: nothing to divide by
    interval: Interval | None


@dataclass(frozen=True, slots=True)
class Crossing:
    """Where a share would come to lie on the other side of something, from 0 outwards to one side.

    `mark` is in per cent; None: an end of the case's own interval.
    """

    mark: float | None
    at: float | None  # between the strengths tried, on a straight line; None: not within the range tried
    tried: float  # the farthest strength on this side


@dataclass(frozen=True, slots=True)
class Line:
    """One share against the strength of one change, the points in the order of their strengths with 0 among them."""

    id: str
    name: str
    points: tuple[Point, ...]
    leaves: tuple[Crossing, ...]  # its own interval; one a side that was tried
    crosses: tuple[Crossing, ...]  # the first of its marks that it meets; one a side; empty: it has none


@dataclass(frozen=True, slots=True)
class Flips:
    strength: float
    rate: Rate  # of the tried cells, those called otherwise than at strength 0


@dataclass(frozen=True, slots=True)
class Curve:
    """One change. `skipped` says why it was not tried, and then there is nothing else."""

    change: Change
    flips: tuple[Flips, ...] = ()
    lines: tuple[Line, ...] = ()
    skipped: str = ""


@dataclass(frozen=True, slots=True)
class Curves:
    """All changes of one case, bound to its calls and to the weights, as a `Robustness` is."""

    run: str
    calls: str
    model: str
    asked: AskedCurves
    tested: tuple[str, ...]
    frame: int
    curves: tuple[Curve, ...]
    notes: tuple[str, ...] = ()
    actor: str = ""
    at: dt.datetime | None = None
    number: int = 0  # 1, 2, 3 … within the case; 0: not stored


def amount(strength: float, unit: str) -> str:
    """'−50 %', '+25 %', '0.42 µm', 'quality 30': signed where the change goes both ways."""
    rounded = round(strength, 2 if unit == "µm" else 0)
    if unit == "below quality 100":
        return f"quality {100 - rounded:g}"
    return f"{signed(rounded, unit)} {unit}"


def signed(value: float, unit: str) -> str:
    text = f"{abs(value):g}"
    plus = unit == "%" and value > 0
    return f"−{text}" if value < 0 else f"+{text}" if plus else text
