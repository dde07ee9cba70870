"""Names that processes hold: seen by others, free when let go, and not mistaken for anything else."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from core.cases.claims import Claims
from core.cases.database import Database
from core.settings import Settings


def test_a_name_is_held_once_and_free_again(tmp_path, database_url):
    settings = Settings(data=str(tmp_path), database_url=database_url)
    one, other = Claims(settings), Claims(settings)
    assert not one.anyone()
    claim = one.take("worker-0")
    assert claim is not None
    assert claim.held()
    assert other.anyone()
    assert other.take("worker-0") is None
    second = other.take("worker-1")
    assert second is not None
    claim.release()
    assert other.kept(second, "worker-1") is second
    again = other.take("worker-0")
    assert again is not None
    again.release()
    second.release()
    assert not one.anyone()
    one.close()
    other.close()


@pytest.mark.postgres
def test_neither_a_writer_nor_another_database_counts_as_a_worker(tmp_path, postgres_database, postgres_url):
    here = Settings(data=str(tmp_path), database_url=postgres_database)
    claims, database = Claims(here), Database(here)
    elsewhere = Claims(Settings(data=str(tmp_path), database_url=postgres_url))
    foreign = elsewhere.take("worker-0")
    assert foreign is not None
    with database.writing() as connection:
        locks = sa.text("select count(*) from pg_locks where locktype = 'advisory' and granted")
        assert connection.execute(locks).scalar_one() >= 2
        assert not claims.anyone()
    foreign.release()
    for each in (claims, elsewhere, database):
        each.close()
