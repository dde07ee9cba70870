"""What the store keeps for whoever runs the laboratory: its trail to browse, control slides, legal holds, the queue."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which events of the trail are asked for; what is empty restricts nothing."""

    case: str = ""
    actor: str = ""
    action: str = ""
    since: dt.datetime | None = None
    until: dt.datetime | None = None  # not including it


@dataclass(frozen=True, slots=True)
class Event:
    """One line of the trail, for reading."""

    number: int
    at: dt.datetime
    actor: str
    action: str
    case: str
    detail: Mapping[str, Any] = field(hash=False)
    hash: str


class HistoryDoor(Protocol):
    """The trail, page by page, the newest first."""

    def page(self, wanted: Wanted, *, before: int | None = None, limit: int = 50) -> list[Event]:
        """Events with a number below `before`."""
        ...

    def count(self, wanted: Wanted) -> int: ...

    def all(self, wanted: Wanted) -> Iterator[Event]:
        """The oldest first, for export; read in portions."""
        ...

    def words(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Actors and actions that occur."""
        ...


@dataclass(frozen=True, slots=True)
class Marked:
    """A case that shows a control slide."""

    case: str
    pseudonym: str
    lot: str
    actor: str
    at: dt.datetime


@dataclass(frozen=True, slots=True)
class Measured:
    """What one finished run of a control measured."""

    case: str
    pseudonym: str
    run: str
    at: dt.datetime  # when the run finished
    figures: Mapping[str, float] = field(hash=False)


@dataclass(frozen=True, slots=True)
class Expected:
    """What a control material should show, as its maker or the site states it."""

    mean: float
    sd: float


class ControlDoor(Protocol):
    """Control slides: which cases, of which lot, what their runs measured, what is expected."""

    def marked(self) -> list[Marked]: ...

    def mark(self, case_id: str, lot: str, *, actor: str) -> None: ...

    def unmark(self, case_id: str, *, actor: str) -> None: ...

    def unmeasured(self, lot: str) -> list[tuple[str, str]]:
        """Case and run of every finished run that nobody has measured yet."""
        ...

    def add(self, case_id: str, run_id: str, figures: Mapping[str, float]) -> None:
        """A run is measured once; again changes nothing."""
        ...

    def measured(self, lot: str) -> list[Measured]:
        """In the order in which the runs finished."""
        ...

    def expected(self, lot: str) -> dict[str, Expected]: ...

    def expect(self, lot: str, figure: str, value: Expected | None, *, actor: str) -> None: ...


@dataclass(frozen=True, slots=True)
class Aged:
    """A case in which nothing happened since `last`."""

    case: str
    pseudonym: str
    created: dt.datetime
    last: dt.datetime
    images: int
    held: str = ""  # why there is a legal hold; '': there is none
    running: bool = False


@dataclass(frozen=True, slots=True)
class Hold:
    case: str
    pseudonym: str
    actor: str
    at: dt.datetime
    reason: str


class KeepingDoor(Protocol):
    """How long cases are kept."""

    def untouched(self, since: dt.datetime) -> list[Aged]:
        """Cases of persons in which nothing happened since then, the longest untouched first; none of the synthetic."""
        ...

    def holds(self) -> list[Hold]: ...

    def hold(self, case_id: str, reason: str, *, actor: str) -> None:
        """No retention and no person deletes the case until it is released."""
        ...

    def release(self, case_id: str, *, actor: str) -> None: ...


@dataclass(frozen=True, slots=True)
class Queue:
    queued: int
    running: int
    failed: int  # of the last day
    waiting_since: dt.datetime | None  # the oldest that is queued
    quiet_since: dt.datetime | None  # the oldest start of those that run


class LaboratoryDoor(Protocol):
    """The three, and what health asks."""

    @property
    def history(self) -> HistoryDoor: ...
    @property
    def controls(self) -> ControlDoor: ...
    @property
    def keeping(self) -> KeepingDoor: ...

    def queue(self, now: dt.datetime) -> Queue: ...

    def waiting(self, most: int) -> list[tuple[str, str, str]]:
        """Case, run and state of runs that are queued or running, the oldest first; by an index."""
        ...

    def database(self) -> Sequence[str]:
        """Kind and version of the database, and of our tables in it."""
        ...
