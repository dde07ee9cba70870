"""How readers read, over all cases: against what others settled, against the machine, against themselves, by month.

A reader is compared only with words of somebody else: where a label stands because this very reader gave it, agreement
would be with oneself. Reads made with the machine's call in view stand apart from blinded ones. These figures are for
readers to learn from; with few cells their intervals say how little is known.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from core import labels
from core.appraisals import Period, Rate, ReaderStatistics
from core.records import Review, Stream
from core.review.agreement import rate


@dataclass(frozen=True, slots=True)
class CaseReads:
    """One case as it is looked at here: what people said, what the machine said, and whether it is signed."""

    reviews: Sequence[Review]
    called: Mapping[str, str]  # cell → the machine's call
    signed: bool = False  # then every label that holds is a reference, else only adjudicated ones
    date: dt.date | None = None  # of the case; None: each read counts in the month it was made in
    revealed: Mapping[str, frozenset[str]] | None = None  # reader → cells whose calls he was shown; None: not recorded


@dataclass(slots=True)
class _Tally:
    """Answers yes or no, of one reader."""

    cases: int = 0
    reads: int = 0
    reference: list[bool] = field(default_factory=list)
    blinded: list[bool] = field(default_factory=list)
    anchored: list[bool] = field(default_factory=list)
    repeats: list[bool] = field(default_factory=list)
    changed: list[bool] = field(default_factory=list)
    towards: int = 0
    months: dict[str, _Month] = field(default_factory=dict)


@dataclass(slots=True)
class _Month:
    reads: int = 0
    reference: list[bool] = field(default_factory=list)
    machine: list[bool] = field(default_factory=list)


def statistics(cases: Iterable[CaseReads]) -> tuple[ReaderStatistics, ...]:
    """Every reader, by name."""
    tallies: dict[str, _Tally] = {}
    for case in cases:
        holding = labels.last(case.reviews)
        for reader in sorted({review.actor for review in case.reviews}):
            own: dict[str, list[Review]] = {}
            for review in labels.standing(case.reviews):
                if review.actor == reader and review.stream is not Stream.ADJUDICATED:
                    own.setdefault(review.cell, []).append(review)
            if own:
                tally = tallies.setdefault(reader, _Tally())
                tally.cases += 1
                for cell, read in own.items():
                    _add(tally, case, cell, read, holding.get(cell))
    return tuple(_statistics(reader, tallies[reader]) for reader in sorted(tallies))


def _add(tally: _Tally, case: CaseReads, cell: str, own: Sequence[Review], holding: Review | None) -> None:
    """One cell of one reader, his reads in their order."""
    for read in own:
        right = _against(read, holding, case.signed)
        alike = read.now == case.called[cell] if cell in case.called else None
        date = case.date or read.at.date()
        month = tally.months.setdefault(f"{date:%Y-%m}", _Month())
        tally.reads, month.reads = tally.reads + 1, month.reads + 1
        if right is not None:
            tally.reference.append(right)
            month.reference.append(right)
        if alike is not None:
            (tally.anchored if read.saw_call else tally.blinded).append(alike)
            month.machine.append(alike)
    blind = [read for read in own if not read.saw_call]
    tally.repeats += [first.now == second.now for first, second in pairwise(blind)]
    if blind and _was_shown(case, cell, own):
        _add_change(tally, case.called.get(cell), blind[0], own)


def _against(read: Review, holding: Review | None, signed: bool) -> bool | None:
    """Whether the read agrees with what somebody else settled; None: nobody did."""
    if holding is None or holding.actor == read.actor:
        return None
    if not signed and holding.stream is not Stream.ADJUDICATED:
        return None
    return read.now == holding.now


def _was_shown(case: CaseReads, cell: str, own: Sequence[Review]) -> bool:
    if case.revealed is not None:
        return cell in case.revealed.get(own[0].actor, frozenset())
    return True


def _add_change(tally: _Tally, called: str | None, first: Review, own: Sequence[Review]) -> None:
    """Did the reader name the cell otherwise once the call was in view? The last word after it counts."""
    after = [read for read in own if read.saw_call and read.at >= first.at]
    changed = bool(after) and after[-1].now != first.now
    tally.changed.append(changed)
    tally.towards += changed and after[-1].now == called


def _statistics(reader: str, tally: _Tally) -> ReaderStatistics:
    return ReaderStatistics(
        reader=reader,
        cases=tally.cases,
        reads=tally.reads,
        reference=_rate(tally.reference),
        machine_blinded=_rate(tally.blinded),
        machine_anchored=_rate(tally.anchored),
        repeats=_rate(tally.repeats),
        changed=_rate(tally.changed),
        towards=tally.towards,
        periods=tuple(
            Period(month, found.reads, _rate(found.reference), _rate(found.machine))
            for month, found in sorted(tally.months.items())
        ),
    )


def _rate(answers: Sequence[bool]) -> Rate:
    return rate(sum(answers), len(answers))
