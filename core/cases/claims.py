"""Who is alive: a name is held for as long as its process lives, and is free the moment it dies.

On PostgreSQL a name is a session's advisory lock, so machines see each other; on SQLite it is a locked file in
the data folder. Neither leaves anything behind that a person must clean up after a crash.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Protocol

from filelock import FileLock, Timeout
from sqlalchemy import Connection, Engine, create_engine, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import NullPool

from core.settings import Settings

SPACE = 0x48656D61  # 'Hema': keeps our advisory locks apart from other programs'
# Locks of two keys are names (objsubid 2); of one key is the lock of everybody who writes, whose first half is also
# SPACE. And PostgreSQL shows the locks of all its databases.
NAMES = (
    "select pid from pg_locks where locktype = 'advisory' and granted and classid = :space and objsubid = 2"
    " and database = (select oid from pg_database where datname = current_database())"
)


class Claim(Protocol):
    """A held name."""

    def release(self) -> None: ...

    def held(self) -> bool:
        """Is it still ours? A database that restarts forgets its sessions."""
        ...


class Claims:
    """Names that processes hold."""

    def __init__(self, settings: Settings) -> None:
        self._folder = settings.folder / "claims"
        self._engine: Engine | None = None
        if settings.database.startswith("postgresql"):
            self._engine = create_engine(settings.database, poolclass=NullPool, isolation_level="AUTOCOMMIT")

    def take(self, name: str) -> Claim | None:
        """The claim on `name`, or None when a living process holds it."""
        return self._advisory(self._engine, name) if self._engine else self._file(name)

    def kept(self, claim: Claim | None, name: str) -> Claim | None:
        """The claim, or a new one if a restarted database has forgotten it: else others would take over living
        work. None while another process looks whether `name` lives; ask again."""
        if claim is not None:
            if claim.held():
                return claim
            claim.release()
        return self.take(name)

    def anyone(self) -> bool:
        """Does any living process hold a name?"""
        if self._engine is None:
            return any(_locked(file) for file in self._folder.glob("*.lock"))
        with self._engine.connect() as connection:
            return bool(connection.execute(text(NAMES), {"space": SPACE}).first())

    def close(self) -> None:
        if self._engine:
            self._engine.dispose()

    def _file(self, name: str) -> Claim | None:
        self._folder.mkdir(parents=True, exist_ok=True)
        lock = _lock(self._folder / f"{_digest(name)}.lock")
        return _File(lock) if lock else None

    def _advisory(self, engine: Engine, name: str) -> Claim | None:
        connection = engine.connect()
        got = False
        try:
            lock = text("select pg_try_advisory_lock(:space, :name)")
            got = connection.execute(lock, {"space": SPACE, "name": _number(name)}).scalar_one()
        finally:
            if not got:
                connection.close()
        return _Session(connection) if got else None


class _Session:
    """An advisory lock lives as long as its session: to release it, the session is closed."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def release(self) -> None:
        self._connection.close()

    def held(self) -> bool:
        own = text(f"{NAMES} and pid = pg_backend_pid()")
        try:
            return bool(self._connection.execute(own, {"space": SPACE}).first())
        except SQLAlchemyError:
            return False


class _File:
    """A locked file."""

    def __init__(self, lock: FileLock) -> None:
        self._lock = lock

    def release(self) -> None:
        self._lock.release()

    def held(self) -> bool:
        return bool(self._lock.is_locked)


def _lock(file: Path) -> FileLock | None:
    lock = FileLock(file, is_singleton=False, thread_local=False)
    try:
        lock.acquire(blocking=False)
    except Timeout:
        return None
    return lock


def _locked(file: Path) -> bool:
    lock = _lock(file)
    if lock:
        lock.release()
    return lock is None


def _digest(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()[:16]


def _number(name: str) -> int:
    """The name as a signed 32-bit integer, which is what PostgreSQL's two-key locks take."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:4], "big", signed=True)
