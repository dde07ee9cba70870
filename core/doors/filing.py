"""What the store keeps of papers that left the house: the values, and the seam.

A filing is an event of the trail and nothing else: the digest of what was stated, and that of each file made of it.
So it outlives its case, and neither the files nor anything that they say is kept here.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

FILED = "case.filed"
ONLY_LOOKED = (
    "case.exported",
    FILED,
    "case.tagged",
    "case.untagged",
    "case.noted",
    "case.held",
    "case.released",
    "control.marked",
    "control.unmarked",
)
"""Events that change nothing of what a case states, so that taking it out, or a note on the worklist, does not make its
paper another one."""


@dataclass(frozen=True, slots=True)
class Filing:
    """Who filed a case, when, and by which digests its files are known again."""

    case: str
    at: dt.datetime
    actor: str
    sha256: str  # of what was stated
    state: str  # 'signed', 'void' or 'unsigned'
    files: Mapping[str, str] = field(hash=False)  # name → SHA-256 of its bytes
    trail: tuple[int, str]  # the event that was the last to change the case
    version: str  # of Hemaboard
    number: int = 0  # of its event; 0: not kept yet
    hash: str = ""  # of its event
    elsewhere: bool = False  # as the history tells that the case brought along


@dataclass(frozen=True, slots=True)
class Happened:
    """An event of a case's history. Its number is that of the house it happened in; its hash is its own everywhere."""

    number: int
    hash: str
    actor: str
    action: str
    detail: Mapping[str, Any] = field(hash=False)


class FilingDoor(Protocol):
    def add(self, filing: Filing) -> Filing:
        """Refused (Conflict) when the case was changed since the files were made. The very same again adds nothing."""
        ...

    def of(self, case_id: str) -> tuple[Filing, ...]:
        """In the order in which they were filed, here or where the case came from; also of one that was deleted."""
        ...

    def known(self, digest: str) -> tuple[Filing, ...]:
        """Filings that stated this digest, or that hold a file with it, of whichever case."""
        ...

    def history(self, case_id: str) -> tuple[Happened, ...]:
        """Everything that happened to the case: what it brought along from elsewhere, then what happened here."""
        ...
