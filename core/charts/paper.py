"""Which cells a printed report shows: the surest of each class, and those that most need a person's look."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from core import labels
from core.charts.gallery import either
from core.records import Call, Modality, Review, Seen
from core.vocabulary import Vocabulary

ROUGH = 0.5  # a call below it is doubtful, whatever its set


@dataclass(frozen=True, slots=True)
class Room:
    """How many cells find a place on paper."""

    each: int  # of one class
    most: int  # representative ones of all classes together
    doubtful: int


ROOMS = {Modality.SMEAR: Room(5, 30, 20), Modality.DPC: Room(3, 12, 9)}
"""A label-free cell is five pictures wide."""


@dataclass(frozen=True, slots=True)
class Shown:
    """One cell of the gallery. `why` is the line beneath it."""

    cell: str
    code: str
    why: str


@dataclass(frozen=True, slots=True)
class Chosen:
    representative: tuple[Shown, ...] = ()
    doubtful: tuple[Shown, ...] = ()

    @property
    def cells(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(one.cell for one in (*self.representative, *self.doubtful)))


def chosen(seen: Seen, reviews: Sequence[Review], vocabulary: Vocabulary, room: Room) -> Chosen:
    """The same case gives the same cells, in the vocabulary's order; of equals, the order of their ids decides."""
    named, said = labels.settled(seen, reviews), labels.last(reviews)
    calls = {call.cell: call for call in seen.calls}
    whole = {cell.id for cell in seen.cells if not cell.touches_edge}
    doubtful = _doubtful(seen, set(said), vocabulary)[: room.doubtful]
    aside = {one.cell for one in doubtful}
    groups: list[list[Shown]] = []
    for code in vocabulary.codes:
        cells = [cell for cell, label in named.items() if label == code and cell in whole and cell not in aside]
        ordered = sorted(cells, key=lambda cell: (cell not in said, -_sureness(calls.get(cell), named[cell]), cell))
        groups.append([Shown(cell, code, _said(calls.get(cell), code, cell in said)) for cell in ordered[: room.each]])
    kept = {one.cell for one in _in_turn(groups)[: room.most]}
    return Chosen(tuple(one for group in groups for one in group if one.cell in kept), doubtful)


def _in_turn(groups: Sequence[Sequence[Shown]]) -> list[Shown]:
    """One of each class, then a second of each, so that no rare class is crowded out."""
    longest = max(map(len, groups), default=0)
    return [group[place] for place in range(longest) for group in groups if place < len(group)]


def _doubtful(seen: Seen, reviewed: set[str], vocabulary: Vocabulary) -> tuple[Shown, ...]:
    """Nobody has looked at these; the unlike ones first, then the widest sets, then the least sure."""
    found = [
        call
        for call in seen.calls
        if call.cell not in reviewed
        and (labels.odd(call) or labels.unsure(call) or _sureness(call, call.label) < ROUGH)
    ]
    ordered = sorted(
        found,
        key=lambda call: (not labels.odd(call), -len(call.possible), _sureness(call, call.label), call.cell),
    )
    return tuple(Shown(call.cell, call.label, _why(call, vocabulary)) for call in ordered)


def _why(call: Call, vocabulary: Vocabulary) -> str:
    if labels.odd(call):
        return "unlike the calibration cells"
    if labels.unsure(call):
        return either([vocabulary[code].name for code in call.possible if code in vocabulary.by_code])
    return f"only {100 * _sureness(call, call.label):.0f} %"


def _said(call: Call | None, code: str, by_person: bool) -> str:
    return "named by a person" if by_person else f"{100 * _sureness(call, code):.0f} %"


def _sureness(call: Call | None, code: str) -> float:
    return call.probabilities.get(code, 0.0) if call else 0.0
