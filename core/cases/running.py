"""Runs: added, advanced, read. Progress is a counter; a change of state is an event of the trail."""

from __future__ import annotations

import datetime as dt
from typing import Any

import sqlalchemy as sa

from core.cases import rows, sightings, trail
from core.cases.tables import cases, runs
from core.errors import Conflict, NotFound
from core.protocols import RunRow, RunState

ENDED = (RunState.DONE, RunState.FAILED, RunState.CANCELLED)
ACTIONS = {
    RunState.QUEUED: "run.queued",
    RunState.RUNNING: "run.started",
    RunState.DONE: "run.done",
    RunState.FAILED: "run.failed",
    RunState.CANCELLED: "run.cancelled",
}


def add(connection: sa.Connection, case_id: str, run_id: str, total: int, actor: str) -> None:
    """A queued run; adding it again changes nothing."""
    there = connection.execute(sa.select(runs.c.case_id).where(runs.c.id == run_id)).scalar_one_or_none()
    if there == case_id:
        return
    if there is not None:
        raise Conflict(f"a run id that is free or of case {case_id}", f"{run_id} of another case", "Choose another id.")
    if connection.execute(sa.select(cases.c.id).where(cases.c.id == case_id)).first() is None:
        raise sightings.no_case(case_id)
    last = sa.select(sa.func.coalesce(sa.func.max(runs.c.number), 0)).where(runs.c.case_id == case_id)
    row = {
        "id": run_id,
        "case_id": case_id,
        "number": connection.execute(last).scalar_one() + 1,
        "state": RunState.QUEUED.value,
        "done": 0,
        "total": total,
        "started": dt.datetime.now(dt.UTC),
        "message": "",
        "actor": actor,
    }
    connection.execute(sa.insert(runs).values(row))
    trail.append(connection, actor, ACTIONS[RunState.QUEUED], case_id, {"run": run_id, "images": total})


def advance(
    connection: sa.Connection, run_id: str, state: RunState, done: int | None, message: str, actor: str
) -> None:
    row = _row(connection, run_id)
    was = RunState(row["state"])
    now = was if _is_late(was, state) else state
    changed = now is not was
    values: dict[str, Any] = {"state": now.value}
    if done is not None:
        values["done"] = done
    if changed or (message and now is state):
        values["message"] = rows.storable(message)
    if changed:
        values["finished"] = dt.datetime.now(dt.UTC) if now in ENDED else None
    connection.execute(sa.update(runs).where(runs.c.id == run_id).values(values))
    if changed:
        trail.append(connection, actor, ACTIONS[now], row["case_id"], {"run": run_id})


def one(connection: sa.Connection, run_id: str) -> RunRow:
    return rows.run(_row(connection, run_id))


def _is_late(was: RunState, state: RunState) -> bool:
    """A step in flight reports after the person cancelled, or a cancellation comes after the end: too late."""
    return was is RunState.DONE or (was in ENDED and state in (RunState.RUNNING, RunState.CANCELLED))


def _row(connection: sa.Connection, run_id: str) -> Any:
    row = connection.execute(sa.select(runs).where(runs.c.id == run_id)).mappings().one_or_none()
    if row is None:
        do = "Its case may have been deleted: look it up in the worklist."
        raise NotFound(f"run {run_id}", "no such run", do)
    return row
