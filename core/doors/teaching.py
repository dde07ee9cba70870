"""What the store keeps of teaching: decks of cells with their labels, and learners' answers. Values, and the seam."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class Origin(StrEnum):
    """Who says that a label is right."""

    SIGNED = "signed"  # a person signed the case with all its labels
    REVIEWED = "reviewed"  # a person named this very cell
    DRAWN = "drawn"  # the program that drew the cell knows what it drew


@dataclass(frozen=True, slots=True)
class Item:
    """A cell to be named, and the label that counts as right for as long as it is asked with this item."""

    case: str  # '' for a cell that is drawn in memory, or whose case was deleted
    cell: str  # id in the case; of a cell drawn in memory, the number it is drawn from
    label: str
    origin: Origin
    synthetic: bool = False  # the picture was drawn by a program: never mixed with photographs in a score
    said_by: str = ""  # who signed or reviewed

    @property
    def id(self) -> str:
        return f"{self.case}/{self.cell}"


@dataclass(frozen=True, slots=True)
class Recipe:
    """From what a deck was built, so that it can be told and built alike."""

    cases: tuple[str, ...]
    classes: tuple[str, ...]
    origins: tuple[Origin, ...]
    number: int
    seed: int


@dataclass(frozen=True, slots=True)
class Deck:
    """Cells that a teacher put together. Labels are those at the time of building: later reviews change none."""

    id: str
    name: str
    note: str
    by: str
    created: dt.datetime
    vocabulary: str
    recipe: Recipe
    items: tuple[Item, ...]
    closed: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """What one learner called one cell. Answers are only ever added."""

    id: str  # made by who asks, so that the same answer sent twice is one
    learner: str
    at: dt.datetime
    session: str
    deck: str  # a deck's id, or the name of a practice that is no deck
    vocabulary: str
    item: Item
    given: str
    seconds: float  # from the first sight of the cell to the answer
    again: bool = False  # this learner had answered this cell before; the store says so when it reads

    @property
    def right(self) -> bool:
        return self.given == self.item.label


class TeachingDoor(Protocol):
    """Decks and answers. Every write is one transaction together with its event of the trail."""

    def add_deck(self, deck: Deck, *, actor: str) -> None: ...

    def amend_deck(self, deck_id: str, name: str, note: str, *, without: Sequence[Item] = (), actor: str) -> None:
        """Another name or note; `without`: cells that are taken out."""
        ...

    def close_deck(self, deck_id: str, *, closed: bool = True, actor: str) -> None:
        """A closed deck is no longer offered; what was answered stays. It may be opened again."""
        ...

    def decks(self) -> list[Deck]:
        """The newest first, closed ones too. Cells whose case was deleted are gone from them."""
        ...

    def deck(self, deck_id: str) -> Deck: ...

    def add_answers(self, answers: Sequence[Answer], *, actor: str) -> int:
        """How many were new. Whoever acts answers in no other name."""
        ...

    def answers(self, learner: str) -> list[Answer]:
        """In the order in which they were given. Where the case was deleted the item has lost its place."""
        ...

    def deck_answers(self, deck_id: str) -> list[Answer]:
        """Everybody's answers in a deck, for who built it; learners are numbers there, never names."""
        ...

    def reviewed_cases(self) -> tuple[str, ...]:
        """Cases in which somebody named a cell, in the order of their ids."""
        ...
