"""Which cells a printed report shows: the surest of each class, and those that most need a person's look."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, islice

from core import labels
from core.charts.gallery import either
from core.once import Once
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
    order, said = _order(seen), labels.last(reviews)
    unseen = (call for call in order.doubtful if call.cell not in said)
    doubtful = tuple(Shown(call.cell, call.label, _why(call, vocabulary)) for call in islice(unseen, room.doubtful))
    aside = {one.cell for one in doubtful}
    named: dict[str, list[str]] = {}
    for cell, review in said.items():
        if cell in order.whole and cell not in aside:
            named.setdefault(review.now, []).append(cell)
    groups: list[list[Shown]] = []
    for code in vocabulary.codes:
        by_people = sorted(named.get(code, ()), key=lambda cell: (-_sureness(order.calls.get(cell), code), cell))
        others = (cell for cell in order.surest.get(code, ()) if cell not in said and cell not in aside)
        cells = islice(chain(by_people, others), room.each)
        groups.append([Shown(cell, code, _said(order.calls.get(cell), code, cell in said)) for cell in cells])
    kept = {one.cell for one in _in_turn(groups)[: room.most]}
    return Chosen(tuple(one for group in groups for one in group if one.cell in kept), doubtful)


@dataclass(frozen=True, slots=True, eq=False)
class _Order:
    """A run's cells as they would be chosen if nobody had named any."""

    calls: Mapping[str, Call]
    whole: frozenset[str]  # not cut by the edge of a picture
    surest: Mapping[str, tuple[str, ...]]  # class → whole cells called so, the surest first
    doubtful: tuple[Call, ...]  # the unlike ones first, then the widest sets, then the least sure


def _ordered(seen: Seen) -> _Order:
    calls = {call.cell: call for call in seen.calls}
    whole = frozenset(cell.id for cell in seen.cells if not cell.touches_edge)
    groups: dict[str, list[str]] = {}
    for cell, label in labels.settled(seen).items():
        if cell in whole:
            groups.setdefault(label, []).append(cell)
    doubtful = [call for call in seen.calls if labels.odd(call) or labels.unsure(call) or _own(call) < ROUGH]
    return _Order(
        calls,
        whole,
        {code: tuple(sorted(cells, key=lambda cell: (-_own(calls[cell]), cell))) for code, cells in groups.items()},
        tuple(sorted(doubtful, key=lambda call: (not labels.odd(call), -len(call.possible), _own(call), call.cell))),
    )


_order = Once(_ordered)


def _in_turn(groups: Sequence[Sequence[Shown]]) -> list[Shown]:
    """One of each class, then a second of each, so that no rare class is crowded out."""
    longest = max(map(len, groups), default=0)
    return [group[place] for place in range(longest) for group in groups if place < len(group)]


def _why(call: Call, vocabulary: Vocabulary) -> str:
    if labels.odd(call):
        return "unlike the calibration cells"
    if labels.unsure(call):
        return either([vocabulary[code].name for code in call.possible if code in vocabulary.by_code])
    return f"only {100 * _own(call):.0f} %"


def _said(call: Call | None, code: str, by_person: bool) -> str:
    return "named by a person" if by_person else f"{100 * _sureness(call, code):.0f} %"


def _sureness(call: Call | None, code: str) -> float:
    return call.probabilities.get(code, 0.0) if call else 0.0


def _own(call: Call) -> float:
    return _sureness(call, call.label)
