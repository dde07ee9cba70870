"""What the store keeps of counts made elsewhere: the values, and the seam.

A flow or manual count stands beside the ratio and is never merged into it. Entries are only appended: a newer one of
the same kind stands in the place of the older, and one without a share takes it back.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class Kind(StrEnum):
    FLOW = "flow"  # flow cytometry
    MANUAL = "manual"  # a manual differential at the microscope


@dataclass(frozen=True, slots=True)
class Count:
    """One entry. `total` is the number of cells or events it was counted of, None where nobody knows."""

    kind: Kind
    blasts: float | None  # share, 0–1; None takes back what was entered of this kind
    total: int | None
    note: str
    at: dt.datetime
    actor: str
    number: int = 0  # 1, 2, 3 … within the case; 0 for one that is not stored yet

    @classmethod
    def in_percent(cls, kind: Kind, percent: float, total: int | None, note: str, at: dt.datetime, actor: str) -> Count:
        """As people type it."""
        return cls(kind, percent / 100, total, note.strip(), at, actor)


def standing(entered: list[Count]) -> tuple[Count, ...]:
    """The newest of each kind, where it was not taken back."""
    newest = {count.kind: count for count in sorted(entered, key=lambda count: count.number)}
    return tuple(newest[kind] for kind in Kind if kind in newest and newest[kind].blasts is not None)


class CountsDoor(Protocol):
    """The seam."""

    def enter(self, case_id: str, count: Count) -> None: ...
    def entered(self, case_id: str) -> list[Count]:
        """Every entry, in the order in which they were made."""
        ...
