"""The trail: one chain whatever happens at once, append-only, and every edit behind its back found."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa

from core.cases.database import Database
from core.cases.store import CaseStore, open_store
from core.errors import BadInput, TrailBroken
from core.settings import Settings
from tests.core.cases import made

APPEND = """
import sys
from core.cases.store import open_store
from core.settings import Settings
from tests.core.cases import made
store = open_store(Settings(data=sys.argv[1], database_url=sys.argv[2]))
for number in range(15):
    store.add_case(made.INFO, actor="process", case_id=f"{sys.argv[3]}-{number}")
store.close()
"""


def by_hand(settings: Settings, *statements: str) -> None:
    """Change the database as somebody with its password can: triggers off, then the edit."""
    database = Database(settings)
    with database.writing() as connection:
        if database.sqlite:
            query = sa.text("select name from sqlite_master where type = 'trigger'")
            for name in connection.execute(query).scalars().all():
                connection.exec_driver_sql(f"drop trigger {name}")
        else:
            connection.exec_driver_sql("alter table trail disable trigger all")
            connection.exec_driver_sql("alter table trail_head disable trigger all")
        for statement in statements:
            connection.exec_driver_sql(statement)
    database.close()


def test_each_event_carries_the_hash_of_the_one_before(store: CaseStore) -> None:
    made.full(store)
    events = store.trail()
    assert [event.number for event in events] == list(range(1, len(events) + 1))
    previous = "0" * 64
    for event in events:  # computed here anew, from the documented form
        at = event.at.strftime("%Y-%m-%dT%H:%M:%S.%f+00:00")
        body = {"number": event.number, "at": at, "actor": event.actor, "action": event.action}
        body |= {"case": event.case, "detail": event.detail, "previous": previous}
        text = json.dumps(body, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        assert event.previous == previous
        assert event.hash == hashlib.sha256(text.encode()).hexdigest()
        previous = event.hash
    assert store.verify_trail() == len(events)
    assert store.trail_head() == (len(events), previous)
    assert store.verify_trail(store.trail_head()) == len(events)


def test_an_empty_trail_verifies(store: CaseStore) -> None:
    assert store.verify_trail() == 0
    assert store.trail() == []


@pytest.mark.parametrize(
    "statement",
    [
        "update trail set actor = 'somebody else' where number = 2",
        "delete from trail where number = 2",
        "delete from trail",
        "update trail_head set count = 1",
        "delete from trail_head",
    ],
)
def test_the_database_refuses_to_change_the_trail(store: CaseStore, settings: Settings, statement: str) -> None:
    made.full(store)
    database = Database(settings)
    with pytest.raises(sa.exc.DBAPIError, match=r"append-only|one event at a time"), database.writing() as connection:
        connection.exec_driver_sql(statement)
    database.close()
    assert store.verify_trail() == len(store.trail())


@pytest.mark.postgres
def test_postgresql_refuses_truncation_too(postgres_database: str, tmp_path: object) -> None:
    settings = Settings(data=str(tmp_path), database_url=postgres_database)
    store = open_store(settings)
    database = Database(settings)
    for table in ("trail", "trail_head"):
        with pytest.raises(sa.exc.DBAPIError, match="append-only"), database.writing() as connection:
            connection.exec_driver_sql(f"truncate {table}")
    database.close()
    store.close()


@pytest.mark.parametrize(
    ("edit", "told"),
    [
        ("update trail set actor = 'somebody else' where number = 3", "event 3 as it was written"),
        ("update trail set action = 'nothing' where number = 1", "event 1 as it was written"),
        ("update trail set case_id = 'another' where number = 4", "event 4 as it was written"),
        ("update trail set detail = '{\"cells\": 9}' where number = 4", "event 4 as it was written"),
        ("update trail set at = '2020-01-01 00:00:00.000000' where number = 5", "event 5 as it was written"),
        ("update trail set hash = previous where number = 2", "event 2 as it was written"),
        ("update trail set previous = hash where number = 2", "event 2 to follow from event 1"),
        ("delete from trail where number = 1", "event 1 of the trail"),
        ("delete from trail where number = 3", "event 3 of the trail"),
        ("delete from trail where number > 5", "as the head says"),
        ("delete from trail", "as the head says"),
        ("update trail set number = number + 100 where number = 2", "event 2 of the trail"),
        ("update trail_head set count = count + 1", "as the head says"),
        ("delete from trail_head", "the trail's head record"),
        ("update reviews set now = 'monocyte'", "of case case-full that the trail binds"),
        ("update reviews set actor = 'dr b' where number = 1", "of case case-full that the trail binds"),
        ("delete from reviews where number = 2", "of case case-full that the trail binds"),
        (
            "insert into reviews (case_id, digest, cell_id, actor, at, was, now, reason, saw_call, stream)"
            " select case_id, 'x', cell_id, 'dr c', at, was, now, reason, saw_call, stream from reviews"
            " where number = 1",
            "of case case-full that the trail binds",
        ),
        ("update cases set id = 'another' where id = 'bare'", "in the store and in the trail alike"),
        ("delete from cases where id = 'bare'", "in the store and in the trail alike"),
    ],
)
def test_every_edit_of_history_is_found(store: CaseStore, settings: Settings, edit: str, told: str) -> None:
    made.full(store)
    store.add_case(made.INFO, actor="a", case_id="bare")
    store.verify_trail()
    by_hand(settings, edit)
    with pytest.raises(TrailBroken, match=told):
        store.verify_trail()


def test_a_tail_cut_off_together_with_the_head_is_found_by_a_head_written_down(
    store: CaseStore, settings: Settings
) -> None:
    for number in range(3):
        store.add_case(made.INFO, actor="a", case_id=f"c{number}")
    known = store.trail_head()
    by_hand(
        settings,
        "delete from trail where number = 3",
        "delete from cases where id = 'c2'",
        "update trail_head set count = 2, hash = (select hash from trail where number = 2)",
    )
    assert store.verify_trail() == 2  # consistent in itself: this is what the store alone cannot find
    with pytest.raises(TrailBroken, match="at least 3 events"):
        store.verify_trail(known)
    store.add_case(made.INFO, actor="a", case_id="c3")
    with pytest.raises(TrailBroken, match="event 3 with the hash"):
        store.verify_trail(known)


def test_somebody_must_act(store: CaseStore) -> None:
    for actor in ("", "  ", "x" * 201):
        with pytest.raises(BadInput):
            store.add_case(made.INFO, actor=actor)
    assert store.cases() == []  # the change goes with its event, or not at all


def test_threads_append_to_one_chain(store: CaseStore) -> None:
    failures: list[BaseException] = []

    def add(name: str) -> None:
        try:
            for number in range(15):
                store.add_case(made.INFO, actor=name, case_id=f"{name}-{number}")
                store.cases()
        except BaseException as error:  # noqa: BLE001 - shown by the test's own thread
            failures.append(error)

    threads = [threading.Thread(target=add, args=(f"thread-{n}",)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert store.verify_trail() == 60


def test_processes_that_start_at_once_migrate_once_and_append_to_one_chain(untouched_url: str, tmp_path: Path) -> None:
    settings = Settings(data=str(tmp_path / "data"), database_url=untouched_url)
    started = [
        subprocess.Popen([sys.executable, "-W", "error", "-c", APPEND, settings.data, settings.database_url, name])
        for name in ("one", "two")
    ]
    assert [process.wait(120) for process in started] == [0, 0]
    store = open_store(settings)
    assert store.verify_trail() == 30
    assert len(store.cases()) == 30
    store.close()


def test_a_batch_written_by_two_threads_at_once_is_there_once(store: CaseStore) -> None:
    store.add_case(made.INFO, actor="a", case_id="c")
    picture = made.smear(1)
    store.add_images("c", [picture], actor="a")
    store.add_run("c", "r", 1, actor="a")
    batch = made.seen(picture, 50)
    work: Callable[[], object] = lambda: store.add_seen("c", "r", batch)  # noqa: E731
    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(store.seen("c", "r").cells) == 50
    assert [event.detail["cells"] for event in store.trail("c") if event.action == "cells.added"] == [50]
    assert store.crop("c", batch.cells[7].id)
