"""Cells as they are laid out for looking at: by class, the surest first."""

from __future__ import annotations

from dataclasses import dataclass

from core.records import Seen
from core.vocabulary import Vocabulary


@dataclass(frozen=True, slots=True)
class Tile:
    cell: str
    code: str
    name: str
    colour: str
    probability: float
    said: str  # '93 %'


@dataclass(frozen=True, slots=True)
class Drawer:
    """One class with its number of cells."""

    code: str
    name: str
    count: int


def tiles(seen: Seen, vocabulary: Vocabulary, code: str = "") -> tuple[Tile, ...]:
    """Called cells of one class, or of all in the vocabulary's order."""
    order = {cls.code: place for place, cls in enumerate(vocabulary.classes)}
    calls = [call for call in seen.calls if code in ("", call.label)]
    calls.sort(key=lambda call: (order[call.label], -call.probabilities.get(call.label, 0.0), call.cell))
    drawn = []
    for call in calls:
        cls, probability = vocabulary[call.label], call.probabilities.get(call.label, 0.0)
        drawn.append(Tile(call.cell, cls.code, cls.name, cls.colour, probability, f"{probability * 100:.0f} %"))
    return tuple(drawn)


def drawers(seen: Seen, vocabulary: Vocabulary) -> tuple[Drawer, ...]:
    """The classes that hold cells, in the vocabulary's order."""
    labels = [call.label for call in seen.calls]
    return tuple(Drawer(c.code, c.plural, labels.count(c.code)) for c in vocabulary.classes if c.code in labels)
