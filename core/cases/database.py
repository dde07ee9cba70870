"""The engine, its two kinds of transaction, and the migrations.

Writes are serialised, whichever process they come from: BEGIN IMMEDIATE on SQLite, an advisory lock of the
transaction on PostgreSQL. They are short (pictures are stored before, outside), the chain of the trail needs it,
and a blob may then be deleted without racing somebody who is about to refer to it.
"""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.dialects import postgresql, sqlite

from core.cases.turns import Turns
from core.errors import BadSettings, Conflict
from core.settings import Settings

VERSION_TABLE = "hemaboard_version"
WRITE_LOCK = 0x48656D61_0000_0001  # 'Hema', then our number: apart from other programs' advisory locks
WAIT = 30.0  # seconds a writer waits for another


class Database:
    """One engine, shared by the threads of a process."""

    def __init__(self, settings: Settings) -> None:
        self.engine = _engine(settings)
        self.sqlite = self.engine.dialect.name == "sqlite"
        self._write = self.engine.execution_options(write=True)
        self._turns = Turns()
        # One snapshot for all queries of a reading, as SQLite's WAL gives anyway.
        self._read = self.engine if self.sqlite else self.engine.execution_options(isolation_level="REPEATABLE READ")
        self._closed = False
        sa.event.listen(self.engine, "checkin", self._came_back)

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """A transaction that sees one state of the store."""
        with self._read.begin() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[sa.Connection]:
        """A transaction that is the only one writing."""
        with self._turns.one(WAIT), self._write.begin() as connection:
            if not self.sqlite:
                connection.execute(sa.select(sa.func.pg_advisory_xact_lock(WRITE_LOCK)))
            yield connection

    def migrate(self) -> None:
        """Bring the tables up to date; several processes may do so at once."""
        config = Config()
        config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
        script = ScriptDirectory.from_config(config)
        head = script.get_current_head()
        with self.writing() as connection:
            found = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE}).get_current_revision()
            if found == head:
                return
            if found not in (None, *(revision.revision for revision in script.walk_revisions())):
                do = "Start the newer Hemaboard that wrote it, or point HEMABOARD_DATABASE_URL elsewhere."
                raise Conflict(f"a case store of version {head} or older", f"version {found}", do)
            config.attributes["connection"] = connection
            command.upgrade(config, "head")

    def scrub(self) -> None:
        """Leave no deleted row readable in SQLite's files: pages are zeroed on deletion, the log is emptied here.

        A reader in another process may hold the log open; it is then emptied at a later deletion or at close.
        """
        if self.sqlite:
            with self.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                connection.exec_driver_sql("PRAGMA busy_timeout = 1000")  # a reader must not keep us waiting long
                connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
                connection.exec_driver_sql(f"PRAGMA busy_timeout = {WAIT * 1000:.0f}")

    def close(self) -> None:
        """A thread that is still in a transaction finishes it; its connection is closed then."""
        self._closed = True
        self.engine.dispose()

    def _came_back(self, _connection: object, record: sa.pool.ConnectionPoolEntry) -> None:
        if self._closed:
            record.invalidate()


def ignoring(connection: sa.Connection, table: sa.Table) -> sqlite.Insert | postgresql.Insert:
    """An insert that leaves rows alone that are already there."""
    insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    return insert(table).on_conflict_do_nothing()


def compact(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def _engine(settings: Settings) -> sa.Engine:
    try:
        url = sa.make_url(settings.database)
    except sa.exc.ArgumentError as error:
        raise _bad_url("something that is not a URL") from error
    if url.get_backend_name() == "postgresql":
        return sa.create_engine(
            url, json_serializer=compact, pool_pre_ping=True, pool_size=5, max_overflow=20, hide_parameters=True
        )
    if url.get_backend_name() != "sqlite" or not url.database or url.database == ":memory:":
        raise _bad_url("sqlite without a file" if url.get_backend_name() == "sqlite" else url.get_backend_name())
    Path(url.database).parent.mkdir(parents=True, exist_ok=True)
    # hide_parameters: an error's text reaches logs, and parameters may hold a pseudonym.
    engine = sa.create_engine(
        url, json_serializer=compact, connect_args={"timeout": WAIT}, max_overflow=20, hide_parameters=True
    )
    sa.event.listen(engine, "connect", _prepare)
    sa.event.listen(engine, "begin", _begin)
    return engine


def _bad_url(found: str) -> BadSettings:
    return BadSettings("sqlite:///FILE or postgresql://…", found, "Correct HEMABOARD_DATABASE_URL, or unset it.")


def _prepare(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None  # _begin says when a transaction starts, and of which kind
    until = time.monotonic() + WAIT
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL").close()
            break
        except sqlite3.OperationalError:  # two processes made the file at once: this change does not queue
            if time.monotonic() > until:
                raise
            time.sleep(0.05)
    connection.execute("PRAGMA foreign_keys = ON").close()
    connection.execute("PRAGMA secure_delete = ON").close()


def _begin(connection: sa.Connection) -> None:
    if connection.get_execution_options().get("isolation_level") != "AUTOCOMMIT":
        write = connection.get_execution_options().get("write")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")
