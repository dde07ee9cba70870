"""The store's requests for tests of a case: one goes on at a time in each case, and how far it is can be read anywhere.

They are no part of the case's history: what a test found is an event of the trail, that one was asked for is not.
"""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import sqlalchemy as sa

from core.cases import rows, sightings
from core.cases.database import Database
from core.cases.rows import Named
from core.cases.tables import cases
from core.cases.tables_robustness import robustness_jobs
from core.errors import Conflict, NotFound
from core.robustness import plain
from core.robustness.curves import AskedCurves
from core.robustness.records import Asked
from core.robustness.requests import ACTIVE, Job, JobState, Kind, said

OPEN = robustness_jobs.c.state.in_([str(state) for state in ACTIVE])


class RobustnessJobs:
    """`core.doors.robustness.RobustnessJobsDoor`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def ask(self, case_id: str, asked: Asked | AskedCurves, *, actor: str) -> Job:
        table = robustness_jobs
        with self._database.writing() as connection:
            if connection.execute(sa.select(cases.c.id).where(cases.c.id == case_id)).first() is None:
                raise sightings.no_case(case_id)
            there = connection.execute(sa.select(table).where(table.c.case_id == case_id, OPEN)).mappings().first()
            if there is not None:
                raise _under_way(_job(there))
            now = dt.datetime.now(dt.UTC)
            job = Job(f"test-{uuid.uuid4().hex[:16]}", case_id, asked, actor, JobState.QUEUED, "", 0, 0, "", now)
            connection.execute(sa.insert(table).values(_row(job)))
        return job

    def one(self, job_id: str) -> Job:
        with self._database.reading() as connection:
            return _job(_found(connection, job_id))

    def last(self, case_id: str, kind: Kind | None = None) -> Job | None:
        table = robustness_jobs
        its = sa.select(table).where(table.c.case_id == case_id)
        if kind is not None:
            its = its.where(table.c.kind == str(kind))
        with self._database.reading() as connection:
            row = connection.execute(its.order_by(table.c.started.desc(), table.c.id).limit(1)).mappings().first()
        return _job(row) if row is not None else None

    def waiting(self) -> list[Job]:
        with self._database.reading() as connection:
            its = sa.select(robustness_jobs).where(OPEN).order_by(robustness_jobs.c.started)
            return [_job(row) for row in connection.execute(its).mappings()]

    def advance(
        self, job_id: str, state: JobState, *, step: str = "", done: int = 0, total: int = 0, message: str = ""
    ) -> JobState:
        with self._database.writing() as connection:
            was = JobState(_found(connection, job_id)["state"])
            if was not in ACTIVE:
                return was
            values: dict[str, Any] = {"state": str(state), "step": step, "done": done, "total": total}
            ended = None if state in ACTIVE else dt.datetime.now(dt.UTC)
            values |= {"message": rows.storable(message), "finished": ended}
            connection.execute(sa.update(robustness_jobs).where(robustness_jobs.c.id == job_id).values(values))
        return state


def done(connection: sa.Connection, job_id: str, case_id: str) -> None:
    """Its result is being kept in this transaction; Conflict when nobody waits for it any more."""
    row = _found(connection, job_id)
    if row["case_id"] != case_id or JobState(row["state"]) not in ACTIVE:
        raise Conflict(f"a test of case {case_id} that goes on", f"one that is {row['state']}", "Ask for a test again.")
    values = {"state": str(JobState.DONE), "finished": dt.datetime.now(dt.UTC)}
    connection.execute(sa.update(robustness_jobs).where(robustness_jobs.c.id == job_id).values(values))


def _under_way(job: Job) -> Conflict:
    progress = f", {job.done} of {job.total} done" if job.total else ""
    return Conflict(
        f"no test of case {job.case} under way",
        f"one of {said(job.asked)}, which {job.actor} asked for at {job.started:%H:%M} UTC{progress}",
        "Wait until it has ended, or cancel it; then ask again.",
    )


def _found(connection: sa.Connection, job_id: str) -> Named:
    row = connection.execute(sa.select(robustness_jobs).where(robustness_jobs.c.id == job_id)).mappings().first()
    if row is None:
        raise NotFound(f"test {job_id}", "no such test", "Its case may have been deleted: look it up in the worklist.")
    return row


def _row(job: Job) -> dict[str, Any]:
    keys = ("id", "actor", "step", "done", "total", "message", "started", "finished")
    own = {"case_id": job.case, "kind": str(job.kind), "state": str(job.state)}
    return {key: getattr(job, key) for key in keys} | own | {"asked": plain.asked_as_table(job.asked)}


def _job(row: Named) -> Job:
    own = row["kind"] == Kind.SURROUNDINGS
    keys = ("id", "actor", "step", "done", "total", "message", "started", "finished")
    return Job(
        case=row["case_id"],
        asked=plain.asked_of_table(Asked, row["asked"]) if own else plain.asked_of_table(AskedCurves, row["asked"]),
        state=JobState(row["state"]),
        **{key: row[key] for key in keys},
    )
