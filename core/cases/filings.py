"""What was filed, as events of the trail: there is no table of it."""

from __future__ import annotations

import sqlalchemy as sa

from core.cases import sightings, trail
from core.cases.database import Database
from core.cases.tables import cases
from core.cases.tables import trail as trail_table
from core.doors.filing import FILED, ONLY_LOOKED, Filing
from core.errors import Conflict
from core.protocols import TrailEvent


class Filings:
    """`core.doors.filing.FilingDoor`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, filing: Filing) -> Filing:
        with self._database.writing() as connection:
            if connection.execute(sa.select(cases.c.id).where(cases.c.id == filing.case)).first() is None:
                raise sightings.no_case(filing.case)
            events = trail.events(connection, filing.case)
            last = [event for event in events if event.action not in ONLY_LOOKED][-1]
            if (last.number, last.hash) != filing.trail:
                found = f"event {last.number} after it"
                raise Conflict(f"the case as it was at event {filing.trail[0]}", found, "Look at it, and file it anew.")
            before = [_filing(event) for event in events if event.action == FILED]
            if before and _same(before[-1], filing):
                return before[-1]
            detail = {
                "sha256": filing.sha256,
                "state": filing.state,
                "files": dict(filing.files),
                "after": list(filing.trail),
                "version": filing.version,
            }
            return _filing(trail.append(connection, filing.actor, FILED, filing.case, detail))

    def of(self, case_id: str) -> tuple[Filing, ...]:
        return self._found(trail_table.c.case_id == case_id)

    def known(self, digest: str) -> tuple[Filing, ...]:
        return tuple(one for one in self._found() if digest in (one.sha256, *one.files.values()))

    def _found(self, *where: sa.ColumnElement[bool]) -> tuple[Filing, ...]:
        query = sa.select(trail_table).where(trail_table.c.action == FILED, *where).order_by(trail_table.c.number)
        with self._database.reading() as connection:
            return tuple(_filing(trail.event_of(row)) for row in connection.execute(query))


def _filing(event: TrailEvent) -> Filing:
    told = event.detail
    return Filing(
        case=event.case,
        at=event.at,
        actor=event.actor,
        sha256=told["sha256"],
        state=told["state"],
        files=dict(told["files"]),
        trail=(told["after"][0], told["after"][1]),
        version=told["version"],
        number=event.number,
    )


def _same(one: Filing, other: Filing) -> bool:
    return (one.actor, one.sha256, one.files) == (other.actor, other.sha256, other.files)
