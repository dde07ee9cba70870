"""Cells as they are laid out for looking at: by class, the surest first, or the doubtful ones first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from core import labels
from core.records import Call, Seen
from core.vocabulary import Vocabulary


@dataclass(frozen=True, slots=True)
class Tile:
    cell: str
    code: str
    name: str
    colour: str
    probability: float
    said: str  # '93 %'
    possible: str = ""  # 'blast or promyelocyte', when it may be more than one
    odd: bool = False  # unlike the cells the classifier was calibrated on


@dataclass(frozen=True, slots=True)
class Drawer:
    """One class with its number of cells."""

    code: str
    name: str
    count: int


def tiles(seen: Seen, vocabulary: Vocabulary, code: str = "", *, doubtful_first: bool = False) -> tuple[Tile, ...]:
    """Called cells of one class, or of all: in the vocabulary's order, or the widest sets first, then the oddest."""
    order = {cls.code: place for place, cls in enumerate(vocabulary.classes)}
    calls = [call for call in seen.calls if code in ("", call.label)]
    calls.sort(key=lambda call: (order[call.label], -call.probabilities.get(call.label, 0.0), call.cell))
    if doubtful_first:
        calls.sort(key=lambda call: (-len(call.possible), -(call.oddness or 0.0)))
    return tuple(_tile(call, vocabulary) for call in calls)


def doubts(seen: Seen) -> tuple[bool, bool]:
    """Whether any call came with a set, and any with an oddness: what there is to order and to explain."""
    return any(call.possible for call in seen.calls), any(call.oddness is not None for call in seen.calls)


def _tile(call: Call, vocabulary: Vocabulary) -> Tile:
    cls, probability = vocabulary[call.label], call.probabilities.get(call.label, 0.0)
    names = [vocabulary.by_code[code].name if code in vocabulary.by_code else code for code in call.possible]
    possible = either(names) if labels.unsure(call) else ""
    said = f"{probability * 100:.0f} %"
    return Tile(call.cell, cls.code, cls.name, cls.colour, probability, said, possible, labels.odd(call))


def either(names: Sequence[str], most: int = 3) -> str:
    """'blast, promyelocyte or myelocyte'; of more than `most` the rest is a number."""
    shown = [*names[: most - 1], f"{len(names) - most + 1} more"] if len(names) > most else list(names)
    return f"{', '.join(shown[:-1])} or {shown[-1]}" if len(shown) > 1 else "".join(shown)


def drawers(seen: Seen, vocabulary: Vocabulary) -> tuple[Drawer, ...]:
    """The classes that hold cells, in the vocabulary's order."""
    labels = [call.label for call in seen.calls]
    return tuple(Drawer(c.code, c.plural, labels.count(c.code)) for c in vocabulary.classes if c.code in labels)
