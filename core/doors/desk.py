"""What the store keeps of tags, notes, saved filters: the values, and the seam.

A listing is made by the database: it filters, orders and cuts the page, so that it stays quick with thousands of cases.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, Protocol

from core.errors import BadInput
from core.records import Modality, Specimen


class Order(StrEnum):
    NEWEST = "newest"
    OLDEST = "oldest"
    PSEUDONYM = "pseudonym"
    ANALYSED = "analysed"  # the run that was started last comes first


@dataclass(frozen=True, slots=True)
class Filters:
    """Which cases are listed, and in which order. None and '' let everything through."""

    text: str = ""  # every word must occur in what is known of the case, its tags or its notes
    state: str | None = None  # of `core.protocols.RunState`
    modality: Modality | None = None
    specimen: Specimen | None = None
    tag: str = ""
    signed: bool | None = None
    synthetic: bool | None = None
    stale: bool | None = None  # named by other models than those installed
    since: dt.date | None = None  # days in UTC, both inclusive
    until: dt.date | None = None
    centre: str = ""  # these three as they stand, to the letter
    scanner: str = ""
    stain: str = ""
    order: Order = Order.NEWEST

    def written(self) -> dict[str, Any]:
        """As JSON holds it: only what differs from the default."""
        plain = {key: value.isoformat() if isinstance(value, dt.date) else value for key, value in asdict(self).items()}
        default = asdict(Filters())
        return {key: value for key, value in plain.items() if value != default[key]}

    @classmethod
    def of(cls, written: Mapping[str, Any]) -> Filters:
        """What `written` wrote; BadInput when it is no such thing (a later version's, or an edited one)."""
        try:
            values = {key: _READ.get(key, _same)(value) for key, value in written.items()}
            return cls(**values)
        except (TypeError, ValueError) as error:
            do = "Delete the saved filter and save it anew."
            raise BadInput("a filter as this version saves them", f"{error}", do) from error


def _same(value: Any) -> Any:
    return value


_READ: dict[str, Any] = {
    "modality": Modality,
    "specimen": Specimen,
    "since": dt.date.fromisoformat,
    "until": dt.date.fromisoformat,
    "order": Order,
}


@dataclass(frozen=True, slots=True)
class Mark:
    """Which model spoke, or is installed: a stamp without what is learned from it."""

    task: str
    name: str
    digest: str


@dataclass(frozen=True, slots=True)
class Line:
    """What the worklist shows of a case beside its row (`Store.cases(ids=…)`)."""

    case_id: str
    by: str  # who made it, from the trail
    tags: tuple[str, ...] = ()
    notes: int = 0
    signed: bool = False  # signed and not reopened; whether the signature still binds, the case's page says
    spoke: tuple[Mark, ...] = ()  # the models of the latest finished run


@dataclass(frozen=True, slots=True)
class Listing:
    """One page of the worklist, and how many cases there are on all pages."""

    lines: tuple[Line, ...]
    total: int


@dataclass(frozen=True, slots=True)
class Note:
    """A person's remark on a case; never changed, only followed by another."""

    number: int  # 1, 2, 3 … within the case
    at: dt.datetime
    actor: str
    text: str


@dataclass(frozen=True, slots=True)
class SavedFilter:
    """A filter under a name, one person's own."""

    name: str
    filters: Filters


@dataclass(frozen=True, slots=True)
class Use:
    """How many cases' latest finished run a model spoke in."""

    mark: Mark
    cases: int


Installed = Mapping[Modality, Sequence[Mark]]


class DeskDoor(Protocol):
    """The worklist's side of the store."""

    def listing(self, filters: Filters, installed: Installed, *, limit: int = 25, offset: int = 0) -> Listing: ...
    def chosen(self, filters: Filters, installed: Installed) -> tuple[str, ...]:
        """Ids of all cases that the filters let through, in their order."""
        ...

    def line(self, case_id: str) -> Line: ...
    def tags(self) -> tuple[str, ...]:
        """Every tag in use, by name."""
        ...

    def tag(self, case_ids: Sequence[str], tag: str, *, actor: str) -> int:
        """How many cases got the tag; those that had it stay as they are."""
        ...

    def untag(self, case_ids: Sequence[str], tag: str, *, actor: str) -> int: ...
    def notes(self, case_id: str) -> tuple[Note, ...]: ...
    def note(self, case_id: str, text: str, *, actor: str, confirmed: bool = False) -> Note:
        """Append a note. Text that may identify somebody is refused unless a person `confirmed` that it does not."""
        ...

    def filters(self, owner: str) -> tuple[SavedFilter, ...]: ...
    def save_filter(self, owner: str, name: str, filters: Filters) -> None: ...
    def forget_filter(self, owner: str, name: str) -> None: ...
    def same_pseudonym(self, pseudonyms: Sequence[str]) -> dict[str, tuple[str, ...]]:
        """Pseudonym as it was asked for → cases that are there under it, whatever its capitals."""
        ...

    def same_pictures(self, image_ids: Sequence[str]) -> dict[str, tuple[str, ...]]:
        """Image id → cases that hold that picture."""
        ...

    def runs(self, case_id: str) -> tuple[str, ...]:
        """Every run of the case that has ended well, the newest first; all stay readable."""
        ...

    def models_in_use(self) -> tuple[Use, ...]: ...
