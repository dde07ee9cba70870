"""What the store keeps of tumour boards: which cases are shown how, and the seam.

A board holds choices and nothing that was measured: what it shows is read from the cases each time.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class Layout(StrEnum):
    ONE = "one"  # one case
    TWO = "two"  # two side by side
    SERIAL = "serial"  # samples of one pseudonym over time


class Panel(StrEnum):
    """What the presenter may show or leave out. Alerts, quality and withheld numbers are no panel: they always show."""

    SHARES = "shares"
    DIFFERENTIAL = "differential"
    CRITERIA = "criteria"
    MARKERS = "markers"
    PICTURES = "pictures"
    STANDING = "standing"  # who signed, and whether it holds


MOST = {Layout.ONE: 1, Layout.TWO: 2, Layout.SERIAL: 24}
"""Cases on a board."""


@dataclass(frozen=True, slots=True)
class Shown:
    """One case of a board, with what was chosen of it to be stepped through."""

    case: str
    cells: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()  # ids of images
    day: int | None = None  # of the sample, from a day of the presenter's choice: a number of days identifies nobody


@dataclass(frozen=True, slots=True)
class Board:
    title: str
    layout: Layout
    cases: tuple[Shown, ...]
    panels: tuple[Panel, ...] = tuple(Panel)
    masked: bool = True  # cases are called A and B, and samples by their day: no pseudonym, no date
    id: str = ""  # given by the store
    actor: str = ""
    at: dt.datetime | None = None  # of the last change


class BoardDoor(Protocol):
    """Every write names who did it, and stands in the trail with it."""

    def add(self, board: Board, *, actor: str) -> str:
        """The new board's id: long and drawn at random, so that a link cannot be guessed."""
        ...

    def one(self, board_id: str) -> Board:
        """NotFound where there is none. Cases that were deleted since are not in it."""
        ...

    def all(self) -> list[Board]:
        """The last changed first."""
        ...

    def change(self, board: Board, *, actor: str) -> None: ...
    def remove(self, board_id: str, *, actor: str) -> None: ...
