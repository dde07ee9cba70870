"""The store's door for whoever runs the laboratory: trail, controls, keeping, and what health asks."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa

from core.cases.controls import Controls
from core.cases.database import VERSION_TABLE, Database
from core.cases.history import History
from core.cases.keeping import Keeping
from core.cases.tables import runs
from core.doors.laboratory import Queue
from core.protocols import RunState

RECENT = dt.timedelta(days=1)


class Laboratory:
    """`core.doors.laboratory.LaboratoryDoor`."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.history = History(database)
        self.controls = Controls(database)
        self.keeping = Keeping(database)

    def queue(self, now: dt.datetime) -> Queue:
        by_state = sa.select(runs.c.state, sa.func.count(), sa.func.min(runs.c.started))
        with self._database.reading() as connection:
            active = by_state.where(runs.c.state.in_((RunState.QUEUED.value, RunState.RUNNING.value)))
            found = {row[0]: (row[1], row[2]) for row in connection.execute(active.group_by(runs.c.state))}
            failed = by_state.where(runs.c.state == RunState.FAILED.value, runs.c.finished >= now - RECENT)
            failures = sum(row[1] for row in connection.execute(failed.group_by(runs.c.state)))
        queued, waiting = found.get(RunState.QUEUED.value, (0, None))
        running, quiet = found.get(RunState.RUNNING.value, (0, None))
        return Queue(queued, running, failures, waiting, quiet)

    def waiting(self, most: int) -> list[tuple[str, str, str]]:
        active = runs.c.state.in_((RunState.QUEUED.value, RunState.RUNNING.value))
        query = sa.select(runs.c.case_id, runs.c.id, runs.c.state).where(active).order_by(runs.c.started, runs.c.id)
        with self._database.reading() as connection:
            return [(row[0], row[1], row[2]) for row in connection.execute(query.limit(most))]

    def database(self) -> tuple[str, ...]:
        with self._database.reading() as connection:
            ours = connection.execute(sa.select(sa.column("version_num")).select_from(sa.table(VERSION_TABLE))).scalar()
            kind = connection.dialect.name
            version = ".".join(str(part) for part in connection.dialect.server_version_info or ())
        return {"sqlite": "SQLite", "postgresql": "PostgreSQL"}.get(kind, kind), version, str(ours)
