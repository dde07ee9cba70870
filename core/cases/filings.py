"""What was filed, as events of the trail and of the history that cases bring along: there is no table of it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from core.cases import sightings, trail
from core.cases.database import Database
from core.cases.tables import carried, cases
from core.cases.tables import trail as trail_table
from core.doors.filing import FILED, ONLY_LOOKED, Filing, Happened
from core.errors import Conflict

DIGEST = re.compile("[0-9a-f]{64}")


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
            before = [_filing(trail.body_of(event) | {"hash": event.hash}) for event in events if event.action == FILED]
            if before and _same(before[-1], filing):
                return before[-1]
            detail = {
                "sha256": filing.sha256,
                "state": filing.state,
                "files": dict(filing.files),
                "after": list(filing.trail),
                "version": filing.version,
            }
            event = trail.append(connection, filing.actor, FILED, filing.case, detail)
            return _filing(trail.body_of(event) | {"hash": event.hash})

    def of(self, case_id: str) -> tuple[Filing, ...]:
        with self._database.reading() as connection:
            return _filings(self._told(connection, case_id))

    def known(self, digest: str) -> tuple[Filing, ...]:
        with self._database.reading() as connection:
            found = _filings(self._told(connection))
        return tuple(one for one in found if digest in (one.sha256, *one.files.values()))

    def history(self, case_id: str) -> tuple[Happened, ...]:
        with self._database.reading() as connection:
            told = {one["hash"]: one for one in self._told(connection, case_id, filed=False)}
        keys = ("number", "hash", "actor", "action", "detail")
        return tuple(Happened(**{key: one[key] for key in keys}) for one in told.values())

    def _told(
        self, connection: sa.Connection, case_id: str | None = None, *, filed: bool = True
    ) -> list[Mapping[str, Any]]:
        """Events from elsewhere, then ours."""
        brought = sa.select(carried.c.event).order_by(carried.c.case_id, carried.c.position)
        ours = sa.select(trail_table).order_by(trail_table.c.number)
        if case_id is not None:
            brought, ours = brought.where(carried.c.case_id == case_id), ours.where(trail_table.c.case_id == case_id)
        if filed:
            ours = ours.where(trail_table.c.action == FILED)
        told = [
            one | {"elsewhere": True}
            for one in connection.execute(brought).scalars()
            if not filed or one["action"] == FILED
        ]
        events = map(trail.event_of, connection.execute(ours))
        return [*told, *(trail.body_of(event) | {"hash": event.hash} for event in events)]


def _filings(told: Iterable[Mapping[str, Any]]) -> tuple[Filing, ...]:
    """A case that was exported and brought in again has an event twice: here, and in what it brought along."""
    return tuple({one["hash"]: _filing(one) for one in told}.values())


def _filing(event: Mapping[str, Any]) -> Filing:
    told, at = event["detail"], event["at"]
    return Filing(
        case=event["case"],
        at=trail.time_of(at) if isinstance(at, str) else at,
        actor=event["actor"],
        sha256=told["sha256"],
        state=told["state"],
        files=dict(told["files"]),
        trail=(told["after"][0], told["after"][1]),
        version=told["version"],
        number=event["number"],
        hash=event["hash"],
        elsewhere=event.get("elsewhere", False),
    )


def check_arrived(history: Sequence[Mapping[str, Any]]) -> None:
    """Filings of a case on its way in: ValueError for what nobody could have filed, since every file that is checked
    afterwards is looked for among them."""
    for event in (one for one in history if one["action"] == FILED):
        one = _filing(event)
        texts = (one.state, one.version, one.actor, *one.files)
        digests = (one.sha256, one.trail[1], *one.files.values())
        whole = all(type(number) is int for number in (one.number, one.trail[0]))
        if not (
            whole
            and all(isinstance(text, str) for text in texts)
            and all(isinstance(digest, str) and DIGEST.fullmatch(digest) for digest in digests)
        ):
            raise ValueError(f"a filing at event {event['number']} that is none")


def _same(one: Filing, other: Filing) -> bool:
    return (one.actor, one.sha256, one.files) == (other.actor, other.sha256, other.files)
