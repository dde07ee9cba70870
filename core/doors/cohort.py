"""What the store keeps of many cases at once: one measured row a case, and the state of the case it speaks of.

A row is worked out once and read a thousand at a time: a page of a cohort must not read every cell of every case. It
holds nothing that could not be worked out again from its case, so it is told nowhere in the trail and travels with no
export; a row whose state is not the case's any more is worked out anew.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from core.records import CaseInfo


@dataclass(frozen=True, slots=True)
class Member:
    """One case of many: what is known of it without reading a cell."""

    case: str
    info: CaseInfo
    created: dt.datetime
    images: int = 0
    state: str = "none"  # of the latest run, of `core.protocols.RunState`
    done: int = 0  # pictures the latest run has finished, of `total`
    total: int = 0
    message: str = ""
    run: str = ""  # the latest finished run; '' while there is none
    started: dt.datetime | None = None  # of that run
    finished: dt.datetime | None = None
    reviews: int = 0
    last_review: int = 0  # reviews are only appended: their number and the last one say which they are
    kept: str = ""  # the state that the kept row speaks of; '' where none is kept


@dataclass(frozen=True, slots=True)
class Kept:
    """What is kept of a case: its row, and what its pictures measured, which no review changes."""

    case: str
    state: str
    run: str
    stain: Mapping[str, float] = field(hash=False)
    row: Mapping[str, Any] = field(hash=False)


@dataclass(frozen=True, slots=True)
class Places:
    """Which centres, scanners and stains occur."""

    centres: tuple[str, ...] = ()
    scanners: tuple[str, ...] = ()
    stains: tuple[str, ...] = ()


class CohortDoor(Protocol):
    """The seam."""

    def members(self, case_ids: Sequence[str]) -> tuple[Member, ...]:
        """In the order asked for; a case that is not there is left out."""
        ...

    def kept(self, case_ids: Sequence[str]) -> dict[str, Kept]: ...

    def engines(self, case_id: str, run_id: str) -> dict[str, tuple[str, ...]]:
        """What ran each network of the run, by the network's name, as the trail tells it; several where steps were
        done on several machines; nothing of runs from before it was written down."""
        ...

    def keep(self, kept: Kept) -> None:
        """In the place of what was kept of that case; nothing where the case was deleted meanwhile."""
        ...

    def places(self) -> Places: ...
