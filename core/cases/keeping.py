"""How long cases are kept: which were left alone how long, and which a legal hold keeps."""

from __future__ import annotations

import datetime as dt
from typing import Any

import sqlalchemy as sa

from core.cases import pseudonym, sightings, trail
from core.cases.database import Database
from core.cases.tables import cases, images, runs
from core.cases.tables import trail as events
from core.cases.tables_people import holds
from core.doors.laboratory import Aged, Hold
from core.errors import Conflict
from core.protocols import RunState
from core.records import Domain

ACTIVE = (RunState.QUEUED.value, RunState.RUNNING.value)


class Keeping:
    """`core.doors.laboratory.KeepingDoor`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def untouched(self, since: dt.datetime) -> list[Aged]:
        last = (
            sa.select(sa.func.max(events.c.at)).where(events.c.case_id == cases.c.id).correlate(cases).scalar_subquery()
        )
        pictures = sa.select(sa.func.count()).where(images.c.case_id == cases.c.id).correlate(cases).scalar_subquery()
        running = sa.exists().where(runs.c.case_id == cases.c.id, runs.c.state.in_(ACTIVE)).correlate(cases)
        named = {"last": last.label("last"), "pictures": pictures.label("pictures"), "running": running.label("active")}
        query = (
            sa.select(cases.c.id, cases.c.pseudonym, cases.c.created, *named.values(), holds.c.reason)
            .select_from(cases.outerjoin(holds, holds.c.case_id == cases.c.id))
            .where(cases.c.domain == Domain.REAL.value, last < since)
            .order_by(last, cases.c.id)
        )
        with self._database.reading() as connection:
            return [_aged(row) for row in connection.execute(query)]

    def holds(self) -> list[Hold]:
        query = sa.select(holds, cases.c.pseudonym).join(cases, cases.c.id == holds.c.case_id)
        with self._database.reading() as connection:
            found = connection.execute(query.order_by(holds.c.at, holds.c.case_id))
            return [Hold(row.case_id, row.pseudonym, row.actor, row.at, row.reason) for row in found]

    def hold(self, case_id: str, reason: str, *, actor: str) -> None:
        with self._database.writing() as connection:
            case = _case(connection, case_id)
            reason = pseudonym.checked_reason(reason, case.pseudonym)
            if reason_of(connection, case_id):
                return
            values = {"case_id": case_id, "actor": actor, "at": dt.datetime.now(dt.UTC), "reason": reason}
            connection.execute(sa.insert(holds).values(values))
            trail.append(connection, actor, "case.held", case_id, {"reason": trail.digest(case.salt, reason)})

    def release(self, case_id: str, *, actor: str) -> None:
        with self._database.writing() as connection:
            _case(connection, case_id)
            if connection.execute(sa.delete(holds).where(holds.c.case_id == case_id)).rowcount:
                trail.append(connection, actor, "case.released", case_id)


def check_not_held(connection: sa.Connection, case_id: str) -> None:
    """A hold stands above everybody's wish to delete."""
    reason = reason_of(connection, case_id)
    if reason:
        do = "An administrator must release it first (page “Administration”)."
        raise Conflict("a case without a legal hold", f"one that is held ({reason})", do)


def reason_of(connection: sa.Connection, case_id: str) -> str:
    return connection.execute(sa.select(holds.c.reason).where(holds.c.case_id == case_id)).scalar_one_or_none() or ""


def _case(connection: sa.Connection, case_id: str) -> Any:
    row = connection.execute(sa.select(cases).where(cases.c.id == case_id)).one_or_none()
    if row is None:
        raise sightings.no_case(case_id)
    return row


def _aged(row: Any) -> Aged:
    return Aged(row.id, row.pseudonym, row.created, row.last, row.pictures, row.reason or "", bool(row.active))
