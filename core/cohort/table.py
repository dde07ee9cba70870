"""A cohort's rows put under their columns: one row a case, whatever became of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from core.cohort import row as rows
from core.cohort.columns import LIVE, Column, columns
from core.doors.cohort import Kept, Member
from core.vocabulary import Vocabulary


@dataclass(frozen=True, slots=True)
class Table:
    """Rows in the order of the cases, each a mapping from column to value; what is missing is empty."""

    columns: tuple[Column, ...]
    rows: tuple[Mapping[str, Any], ...]


def table(members: Sequence[Member], kept: Mapping[str, Kept], words: Sequence[Vocabulary]) -> Table:
    """Every member is a row: one without a finished run says what is known of it, and why there is no more."""
    made = []
    for member in members:
        its = kept.get(member.case)
        told = dict(its.row) if its is not None and its.run == member.run else rows.known(member)
        made.append(told | dict(zip(LIVE, (member.state, member.message or None), strict=True)))
    return Table(columns(words), tuple(made))
