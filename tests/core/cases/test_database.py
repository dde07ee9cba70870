"""Migrations and tables say the same, on both engines; a newer database is left alone."""

from __future__ import annotations

from dataclasses import replace

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from core.cases import tables
from core.cases.database import VERSION_TABLE, Database
from core.cases.every_table import metadata
from core.cases.store import CaseStore, open_store
from core.errors import Conflict
from core.records import Modality
from core.settings import Settings
from tests.core.cases import made


def test_migrations_lead_to_the_tables(store: CaseStore, settings: Settings) -> None:
    assert store.cases() == []
    database = Database(settings)
    with database.reading() as connection:
        options = {"version_table": VERSION_TABLE, "compare_type": True, "compare_server_default": True}
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, metadata) == []
    database.close()


def test_opening_again_keeps_everything(settings: Settings) -> None:
    store = open_store(settings)
    case = made.full(store)
    kept = store.case(case), made.content(store.seen(case)), store.trail()
    store.close()
    store = open_store(settings)
    assert (store.case(case), made.content(store.seen(case)), store.trail()) == kept
    store.close()


ADDED = {  # columns by the version that brought them
    "0002": (("calls", "possible"), ("calls", "oddness"), ("stamps", "confusion")),
    "0003": (("calls", "markers"), ("calls", "gate"), ("calls", "views"), ("stamps", "markers")),
}

LATER_INDEXES = ("ix_runs_state", "ix_images_id", "ix_trail_at", "ix_trail_actor", "ix_trail_action")
INDEXES = ("ix_images_id", "ix_trail_at", "ix_trail_actor", "ix_trail_action")  # on the first tables, later than 0003


@pytest.mark.parametrize("version", ["0001", "0002"])
def test_an_older_database_is_brought_up_to_date(settings: Settings, version: str) -> None:
    store = open_store(settings)
    case = made.full(store)
    label_free = store.add_case(replace(made.INFO, modality=Modality.DPC), actor="a")
    before = store.seen(case)
    store.close()
    database = Database(settings)
    with database.writing() as connection:  # as that version made it
        for table in reversed(metadata.sorted_tables):
            if table.name not in vars(tables):  # the slices came after 0003
                table.drop(connection)
        for gone in ("summaries", "reports"):  # empty in every version that had them
            connection.exec_driver_sql(f"create table {gone} (id text primary key)")
        for index in LATER_INDEXES:
            connection.exec_driver_sql(f"drop index {index}")
        for later in ADDED:
            for table, column in ADDED[later] if later > version else ():
                connection.exec_driver_sql(f"alter table {table} drop column {column}")
        connection.exec_driver_sql(f"update hemaboard_version set version_num = '{version}'")  # noqa: S608
    database.close()
    store = open_store(settings)
    found = store.seen(case)
    kept = before.calls if version == "0002" else [replace(c, possible=(), oddness=None) for c in before.calls]
    assert [replace(c, markers={}, gate=None, views=()) for c in kept] == list(found.calls)
    assert [bool(m.confusion) for m in found.models] == [bool(m.confusion) and version == "0002" for m in before.models]
    assert {(m.markers, m.marker_truth) for m in found.models} == {((), "")}
    assert store.case(label_free).info.vocabulary == "dpc4"
    assert store.case(case).info.vocabulary == "shipped16"
    assert store.verify_trail() == len(store.trail())
    store.close()


def test_a_database_of_a_newer_version_is_left_alone(settings: Settings) -> None:
    open_store(settings).close()
    database = Database(settings)
    with database.writing() as connection:
        connection.exec_driver_sql("update hemaboard_version set version_num = '9999'")
    database.close()
    with pytest.raises(Conflict, match="9999"):
        open_store(settings)


def test_sqlite_is_in_wal_with_keys_on(tmp_path: object) -> None:
    database = Database(Settings(data=str(tmp_path)))
    with database.reading() as connection:
        asked = ("journal_mode", "foreign_keys", "busy_timeout", "secure_delete")
        told = [connection.exec_driver_sql(f"pragma {name}").scalar_one() for name in asked]
    assert told == ["wal", 1, 30000, 1]
    database.close()


def test_a_connection_that_comes_back_after_the_end_is_closed(settings: Settings) -> None:
    database = Database(settings)
    with database.reading() as connection:
        raw = connection.connection.dbapi_connection
        database.close()
        assert connection.execute(sa.select(1)).scalar_one() == 1
    assert raw is not None
    with pytest.raises(Exception, match="closed"):
        raw.cursor().execute("select 1")
