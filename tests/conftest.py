"""Databases for the tests: the same suite runs on SQLite and on a real PostgreSQL, each test on one of its own.

The way to the newest tables is gone once a session and engine; every other empty store starts as a copy of what came
of it. Whoever tests the way itself asks for `untouched_url`.
"""

from __future__ import annotations

import logging
import os
import shutil
import uuid
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import hypothesis
import pytest

from tests import postgres

# Before anything loads torch, and for every process that a test starts: where two threads of a network share a core
# with other tests they wait for one another by spinning, and the same work takes six times as long.
os.environ.setdefault("OMP_NUM_THREADS", "1")

# Networks run on the reference: another engine takes seconds to export for each new data folder. Tests of the engines
# (tests/models/backends) ask for them by name.
os.environ.setdefault("HEMABOARD_BACKEND", "torch")


@pytest.fixture(scope="session", autouse=True)
def _on_the_reference() -> Iterator[None]:
    """The same for settings that a test writes down itself, unless it names an engine."""
    from core.settings import Settings

    start = Settings.__init__
    usual, names = start.__defaults__ or (), [f.name for f in fields(Settings)]
    changed = ("torch" if name == "backend" else value for name, value in zip(names, usual, strict=True))
    start.__defaults__ = tuple(changed)
    yield
    start.__defaults__ = usual


# A busy machine may stop for a second in any example: no clock ends one. The full run (`same`, see Makefile) tries a
# commit with the same examples each time; whoever runs a file tries new ones.
hypothesis.settings.register_profile(
    "patient", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow], print_blob=True
)
hypothesis.settings.register_profile("same", hypothesis.settings.get_profile("patient"), derandomize=True)
hypothesis.settings.load_profile("patient")


@pytest.fixture(scope="session", autouse=True)
def _empty_stores(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A SQLite store that is not there yet is a copy, whoever opens it in this process."""
    from core.cases.database import Database  # not at the top: it loads SQLAlchemy, which not every test needs
    from core.settings import Settings

    migrate = Database.migrate
    folder = tmp_path_factory.mktemp("empty")
    made = folder / "hemaboard.sqlite"

    def copied(database: Database) -> None:
        name = database.engine.url.database
        if database.sqlite and name and not Path(name).exists():
            if not made.exists():
                first = Database(Settings(data=str(folder)))
                migrate(first)
                first.close()
            _put(made, Path(name))
        migrate(database)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Database, "migrate", copied)
        yield


def _put(file: Path, place: Path) -> None:
    """Whole or not at all: another thread may be opening the same store."""
    part = place.with_name(f"{place.name}-{uuid.uuid4().hex}")
    shutil.copyfile(file, part)
    try:
        os.link(part, place)
    except FileExistsError:
        pass  # it was there first
    finally:
        part.unlink()


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A real PostgreSQL. Where it cannot be had, tests that need it end in an error: skipping would hide them."""
    with postgres.server() as url:
        yield url


@pytest.fixture(scope="session")
def _empty_postgres(postgres_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    from core.cases.store import open_store
    from core.settings import Settings

    with postgres.database(postgres_url) as url:
        open_store(Settings(data=str(tmp_path_factory.mktemp("empty")), database_url=url)).close()
        yield postgres.name_of(url)


@pytest.fixture
def postgres_database(postgres_url: str, _empty_postgres: str) -> Iterator[str]:
    """An empty store's database on that server."""
    with postgres.database(postgres_url, template=_empty_postgres) as url:
        yield url


ENGINES = ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)]


@pytest.fixture(params=ENGINES)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty store of one's own: a test that asks for it runs on both engines."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'store' / 'hemaboard.sqlite'}"
    url: str = request.getfixturevalue("postgres_database")
    return url


@pytest.fixture(params=ENGINES)
def untouched_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database without a table, on both engines."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'store' / 'hemaboard.sqlite'}"
        return
    with postgres.database(request.getfixturevalue("postgres_url")) as url:
        yield url


@pytest.fixture(autouse=True)
def _own_log() -> Iterator[None]:
    """DBOS keeps writing to the stderr that it found when it was first launched, and a test's is closed after it."""
    yield
    logging.getLogger("dbos").handlers.clear()
