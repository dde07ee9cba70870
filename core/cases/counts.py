"""The store's counts made elsewhere.

Each row is bound by the trail, as reviews are. Events say that a count of which kind was entered, never its number or
its note.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from core.cases import sightings, trail
from core.cases.database import Database
from core.cases.rows import Named, storable
from core.cases.tables import cases
from core.cases.tables_counts import counts_entered
from core.doors.counts import Count, Kind
from core.errors import BadInput

LONGEST = 300  # characters of a note
MOST = 10_000_000  # cells or events: more than any cytometer records of one sample
FIELDS = ("blasts", "total", "note", "at", "actor", "number")


class Counts:
    """`core.doors.counts.CountsDoor`. Every write is one transaction together with its event of the trail."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def enter(self, case_id: str, count: Count) -> None:
        _check(count)
        its_salt = sa.select(cases.c.salt).where(cases.c.id == case_id)
        last = sa.select(sa.func.coalesce(sa.func.max(counts_entered.c.number), 0))
        with self._database.writing() as connection:
            salt = connection.execute(its_salt).scalar_one_or_none()
            if salt is None:
                raise sightings.no_case(case_id)
            number = connection.execute(last.where(counts_entered.c.case_id == case_id)).scalar_one() + 1
            row = {name: getattr(count, name) for name in FIELDS} | {"kind": str(count.kind), "number": number}
            digest = trail.digest(salt, trail.record_content(counts_entered, row))
            connection.execute(sa.insert(counts_entered).values(row | {"case_id": case_id, "digest": digest}))
            action = "count.entered" if count.blasts is not None else "count.withdrawn"
            trail.append(connection, count.actor, action, case_id, {"kind": str(count.kind), trail.HOLDS: [digest]})

    def entered(self, case_id: str) -> list[Count]:
        query = sa.select(counts_entered).where(counts_entered.c.case_id == case_id).order_by(counts_entered.c.number)
        with self._database.reading() as connection:
            if connection.execute(sa.select(cases.c.id).where(cases.c.id == case_id)).first() is None:
                raise sightings.no_case(case_id)
            return [count_of(row) for row in connection.execute(query).mappings()]


def count_of(row: Named) -> Count:
    """ValueError when the row is no count."""
    return Count(kind=Kind(row["kind"]), **{name: row[name] for name in FIELDS})


def check_arrived(rows: Mapping[str, Sequence[dict[str, Any]]]) -> None:
    """Counts of a case on its way in: ValueError for what nobody could have entered here."""
    for row in rows[counts_entered.name]:
        try:
            _check(count_of(row))
        except BadInput as error:
            raise ValueError(str(error)) from error


def _check(count: Count) -> None:
    share, total, note = count.blasts, count.total, count.note
    if share is not None and not (math.isfinite(share) and 0 <= share <= 1):
        raise BadInput("a blast share from 0 to 100 %", f"{share * 100:g} %", "Correct the number.")
    if total is not None and not 1 <= total <= MOST:
        raise BadInput(f"a number of cells from 1 to {MOST}", f"{total}", "Correct it, or leave it empty.")
    if len(note) > LONGEST or note != storable(note):
        raise BadInput(f"a note of at most {LONGEST} plain characters", f"{len(note)}", "Say it shorter.")
