"""The trail for browsing: filtered by the database, page by page from its end, however long it grew."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa

from core.cases.database import Database
from core.cases.tables import trail
from core.doors.laboratory import Event, Wanted

AT_ONCE = 2000  # events read at once for an export


class History:
    """`core.doors.laboratory.HistoryDoor`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def page(self, wanted: Wanted, *, before: int | None = None, limit: int = 50) -> list[Event]:
        query = sa.select(trail).where(*_conditions(wanted)).order_by(trail.c.number.desc()).limit(limit)
        if before is not None:
            query = query.where(trail.c.number < before)  # no offset: page 2,000 costs what page 1 does
        with self._database.reading() as connection:
            return [_event(row) for row in connection.execute(query)]

    def count(self, wanted: Wanted) -> int:
        query = sa.select(sa.func.count()).select_from(trail).where(*_conditions(wanted))
        with self._database.reading() as connection:
            return int(connection.execute(query).scalar_one())

    def all(self, wanted: Wanted) -> Iterator[Event]:
        last = 0
        query = sa.select(trail).where(*_conditions(wanted)).order_by(trail.c.number).limit(AT_ONCE)
        while True:
            with self._database.reading() as connection:
                found = [_event(row) for row in connection.execute(query.where(trail.c.number > last))]
            if not found:
                return
            yield from found
            last = found[-1].number

    def words(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        with self._database.reading() as connection:
            found = [connection.execute(sa.select(c).distinct()).scalars() for c in (trail.c.actor, trail.c.action)]
            actors, actions = (tuple(sorted(words)) for words in found)
        return actors, actions


def _conditions(wanted: Wanted) -> list[sa.ColumnElement[bool]]:
    asked = []
    for column, value in (
        (trail.c.case_id, wanted.case),
        (trail.c.actor, wanted.actor),
        (trail.c.action, wanted.action),
    ):
        if value:
            asked.append(column == value)
    if wanted.since is not None:
        asked.append(trail.c.at >= wanted.since)
    if wanted.until is not None:
        asked.append(trail.c.at < wanted.until)
    return asked


def _event(row: Any) -> Event:
    return Event(row.number, row.at, row.actor, row.action, row.case_id, row.detail, row.hash)
