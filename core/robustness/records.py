"""What a test of the surroundings found, as pure values; the store keeps a `Robustness` as it is.

Every tested cell keeps its own pixels and is shown among other surroundings; the network names it again. All that is
said here is of the network's own calls: a cell that a person has named counts by the call it had.

Shares and moves of shares are in per cent and percentage points (0–100), those of markers in the marker's units.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from core.appraisals import Rate, Stratum
from core.readings import Interval

TOGETHER = 0.975  # of all moves at once; as much is left to the flips, so that both hold at once in 95 %


class Surroundings(StrEnum):
    """What was put around the cell. The cell as it lies in its field is the unaltered setting, and is no test."""

    SAME_CLASS = "same_class"  # those of another cell of this case with the same call, that cell taken out
    OTHER_CLASS = "other_class"  # those of another cell of this case with another call, that cell taken out
    CELL_FREE = "cell_free"  # a place of this case's fields in which no cell was found
    DRAWN = "drawn"  # a cell-free place drawn by a program, from the bundled bank
    MASKED = "masked"  # nothing: clear glass


class Word(StrEnum):
    """The verdict."""

    FRAGILE = "fragile"
    ROBUST = "robust"
    UNDECIDED = "undecided"  # too few cells to say


class Badge(StrEnum):
    """What a list of cases says of one."""

    FRAGILE = "fragile"
    ROBUST = "robust"
    UNDECIDED = "undecided"
    NOT_TESTED = "not tested"
    OUTDATED = "outdated"  # tested, and the cells or the model are others since


@dataclass(frozen=True, slots=True)
class Asked:
    """How the test is done. The same request on the same case gives the same result."""

    cells: int = 300  # most cells to test; a case of no more is tested whole
    seed: int = 0
    settings: tuple[Surroundings, ...] = tuple(Surroundings)
    feather: float = 3.0  # pixels beyond its edge over which the old surroundings give way to the new
    match_colour: bool = True  # stained: the new surroundings are brought into the light of the cell's own slide


@dataclass(frozen=True, slots=True)
class ClassFlips:
    """Of the tested cells with this call, how many were called otherwise."""

    code: str
    flips: Rate


@dataclass(frozen=True, slots=True)
class Moved:
    """One number of the case, from the tested cells as they lie and from the same cells in a setting."""

    id: str  # the fact's: 'cblc.ratio', 'blasts.ratio', 'class.monocyte.share', 'marker.cd16.median'
    name: str
    unit: str  # '%', or the units of the marker
    before: float | None  # None: there is nothing to divide by
    after: float | None
    own: Interval | None  # of `before`, by the cells tested: the sampling of cells alone
    move: float | None  # after − before
    interval: Interval | None  # of the move, over the tested cells
    leaves: bool = False  # `after` lies outside `own`
    crosses: int | None = None  # the mark (per cent) that lies between; of the blasts only
    case: float | None = None  # what it is for the whole case, whose interval `own` is; the move is added to it
    together: Interval | None = None  # of the move, holding for all shares in all settings at once; shares only


@dataclass(frozen=True, slots=True)
class InSetting:
    """What one setting did. `skipped` says why it could not be made, and then there is nothing else."""

    setting: Surroundings
    flips: Rate  # of the tested cells
    classes: tuple[ClassFlips, ...] = ()  # by the call as it stands, in the vocabulary's order; those that were tested
    towards: Rate | None = None  # of the cells that flipped, those called as the donor was; OTHER_CLASS only
    moved: tuple[Moved, ...] = ()
    tested: int = 0
    skipped: str = ""


@dataclass(frozen=True, slots=True)
class Turn:
    """What one cell was called in one setting, where it was called otherwise."""

    setting: Surroundings
    label: str
    donor: str  # cell whose surroundings it was given; '' where there was none
    probability: float | None = None  # of that label, by the network


@dataclass(frozen=True, slots=True)
class Flipped:
    """A cell that some setting renamed."""

    cell: str
    called: str  # as it stands in the case
    probability: float  # of that call, in the case
    turns: tuple[Turn, ...]  # in the order of the settings
    fragile: bool  # it joins the review queue


@dataclass(frozen=True, slots=True)
class Verdict:
    """In plain words, with the limits it was judged by."""

    word: Word
    said: str  # one sentence
    reasons: tuple[str, ...]  # what spoke for it
    limits: tuple[str, ...]  # what was asked, and what it cannot say


@dataclass(frozen=True, slots=True)
class Robustness:
    """The result for one case, bound to its calls (`calls`) and to the weights that made them (`model`)."""

    run: str
    calls: str  # digest over the cells and their calls
    model: str  # digest of the weights
    asked: Asked
    tested: tuple[str, ...]  # ids of the cells
    frame: int  # cells of the case that could be tested
    strata: tuple[Stratum, ...]  # by call; empty: all cells were tested
    settings: tuple[InSetting, ...]
    flipped: tuple[Flipped, ...]
    verdict: Verdict
    notes: tuple[str, ...] = ()
    actor: str = ""
    at: dt.datetime | None = None
    number: int = 0  # 1, 2, 3 … within the case; 0: not stored


@dataclass(frozen=True, slots=True)
class Extent:
    """How much a test looked at."""

    kinds: frozenset[str]  # of surroundings, or of changes
    cells: int


def extent(kinds: Collection[str], cells: int, frame: int) -> Extent:
    """Of a test that was to look at so many cells of a case with `frame` of them."""
    return Extent(frozenset(map(str, kinds)), min(cells, frame))


def replaces(newer: Extent, older: Extent) -> bool:
    """Whether a test takes the place of one of the same calls: it must have looked at all that the other did, and at no
    fewer cells. Or whoever tests a fragile case again with less would be rid of the warning."""
    return older.kinds <= newer.kinds and older.cells <= newer.cells
