"""What may be said of people's reviews and of what is still in doubt. Pure values, no arithmetic.

`core/review` makes them; charts and pages show them. Shares are in 0–1, half-widths ("points") in percentage points.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from core.readings import Interval


@dataclass(frozen=True, slots=True)
class Rate:
    """count of total, with its interval; value and interval are None when total is 0."""

    count: int
    total: int
    value: float | None = None
    interval: Interval | None = None


@dataclass(frozen=True, slots=True)
class Stratum:
    """One group of a stratified sample: how many cells it has, how many of them were drawn."""

    name: str
    cells: int
    drawn: int


@dataclass(frozen=True, slots=True)
class Drawn:
    """Cells drawn at random to be read, their number declared beforehand, with how likely each was to be drawn."""

    cells: tuple[str, ...]  # in the order in which they are to be read, which is random too
    probability: Mapping[str, float] = field(hash=False)  # of the drawn cells, above 0
    frame: int  # cells it was drawn from
    seed: int
    strata: tuple[Stratum, ...] = ()  # empty: simple random


@dataclass(frozen=True, slots=True)
class DesignShare:
    """One composite's share among the counted cells, from the random sample alone."""

    id: str  # 'cblc.design', 'blasts.design'
    name: str
    value: float | None
    same_cells: Interval | None  # what reading every cell of the case would give
    patient: Interval | None  # that, and the sampling of cells and fields
    called: float | None  # the machine's own share of the same cells, for comparison


@dataclass(frozen=True, slots=True)
class DesignEstimate:
    """What a finished random sample says. `withheld` is the reason when it says nothing."""

    declared: int  # cells to be read
    read: int  # of them, so far
    frame: int
    anchored: int  # reads made with the machine's call in view
    cblc: DesignShare
    blasts: DesignShare
    notes: tuple[str, ...] = ()
    withheld: str = ""


@dataclass(frozen=True, slots=True)
class Flip:
    """How few cells would have to be something else for the blast share to cross a mark."""

    mark: int  # per cent
    above: bool  # the share stands at or above the mark now
    count: int | None  # fewest reclassifications; None: not possible with the cells that nobody has named
    cells: tuple[str, ...]  # which, the least certain first
    probabilities: tuple[float, ...]  # of the other side, by the classifier; of each of these cells
    straddled: bool  # the interval of the share holds the mark now
    for_interval: int | None  # fewest that take it off the mark (straddled), or bring it there (not); None: none do
    said: str


@dataclass(frozen=True, slots=True)
class ClassAgreement:
    """How two readers agree on one class: of the cells that either gave it, on how many both did."""

    code: str
    first: int  # cells the first reader gave it
    second: int
    both: int
    specific: float | None  # 2·both / (first + second), the specific agreement; None: neither reader used it
    interval: Interval | None


@dataclass(frozen=True, slots=True)
class Dispute:
    """A cell on which two readers differ."""

    cell: str
    first: str
    second: str


@dataclass(frozen=True, slots=True)
class Agreement:
    """Two readers on the same cells."""

    compared: int  # cells that both read
    only_first: int  # cells that the second did not read
    only_second: int
    overall: Rate
    kappa: float | None  # Cohen's; None: `note` says why
    kappa_interval: Interval | None
    classes: tuple[ClassAgreement, ...]  # in the order asked for
    table: tuple[tuple[int, ...], ...]  # rows the first reader's classes, columns the second's
    disputed: tuple[Dispute, ...]  # for adjudication, in the order of the first reader's cells
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Part:
    """One source of an interval's width."""

    id: str  # 'cells', 'fields', 'classifier', 'quality', 'remainder'
    name: str
    variance: float  # its share of the squared half-width; all parts together make 1
    points: float  # half-width that it would leave alone
    said: str
    shrink: str  # what would make it smaller, and how much
    then: float | None = None  # half-width of the whole after that


@dataclass(frozen=True, slots=True)
class Outside:
    """A doubt that no part of the interval holds."""

    id: str  # 'smudge', 'domain'
    name: str
    said: str
    shrink: str
    low: float | None = None  # where it could bring the share; None: cannot be measured
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Budget:
    """Where the width of a share's patient interval comes from."""

    id: str  # 'cblc.budget', 'blasts.budget'
    name: str
    value: float | None
    interval: Interval | None  # the patient interval that is taken apart
    points: float | None  # its half-width
    parts: tuple[Part, ...]
    outside: tuple[Outside, ...]
    notes: tuple[str, ...] = ()
    withheld: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that could be done, and the half-width to expect of it."""

    kind: str  # 'cells': read so many more at random; 'fields': so many more of the smear
    more: int
    points: float  # expected half-width of the patient interval
    said: str


@dataclass(frozen=True, slots=True)
class Plan:
    """What more work would bring. Made before it is begun: the number is declared first and then kept to."""

    id: str  # 'cblc.plan', 'blasts.plan'
    name: str
    points: float | None  # half-width now
    steps: tuple[Step, ...]
    mark: int | None  # the nearest mark, per cent; None: there is none
    cells_needed: int | None  # counted cells in all for the interval to leave it, if the share stays
    fields_needed: int | None  # further fields that this takes, by the cells of a field here
    reads_needed: int | None  # cells read at random that would do instead; 0: it is left already
    advice: str
    rule: str  # why the number is declared and kept to
    notes: tuple[str, ...] = ()
    withheld: str = ""


@dataclass(frozen=True, slots=True)
class Period:
    """A reader's month."""

    month: str  # '2026-11'
    reads: int
    reference: Rate  # agreement with what somebody else settled
    machine: Rate


@dataclass(frozen=True, slots=True)
class ReaderStatistics:
    """One reader, over all cases."""

    reader: str
    cases: int
    reads: int
    reference: Rate  # cells that somebody else settled (adjudicated, or in a signed case)
    machine_blinded: Rate  # agreement with the machine's call, which was hidden
    machine_anchored: Rate  # the same with the call in view
    repeats: Rate  # cells read blinded more than once: named alike both times
    changed: Rate  # cells read blinded, and named otherwise after the call was shown
    towards: int  # of the changed, to the machine's call
    periods: tuple[Period, ...]
