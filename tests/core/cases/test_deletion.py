"""Deleting a case: a tombstone stays, everything else goes, also from the files."""

from __future__ import annotations

import dataclasses
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
import sqlalchemy as sa

from core.cases.blobs import Blobs, announce, sweep
from core.cases.database import Database
from core.cases.every_table import metadata
from core.cases.store import CaseStore, open_store
from core.errors import BadInput, NotFound
from core.settings import Settings
from tests.core.cases import made


def files(settings: Settings) -> list[Path]:
    return [file for file in (settings.folder / "blobs").rglob("*") if file.is_file()]


def test_nothing_is_left_but_the_trail(store: CaseStore, settings: Settings) -> None:
    info = dataclasses.replace(made.INFO, pseudonym="Qx-unmistakable-7", note="a telling note")
    case = made.full(store)
    store.amend_case(case, info, actor="dr a")
    assert len(files(settings)) == 4  # two images, two packs of crops (the images' crops are made alike)
    store.delete_case(case, actor="dr b", reason="  withdrawn   consent ")
    assert store.cases() == []
    assert files(settings) == []
    event = store.trail(case)[-1]
    assert (event.actor, event.action, event.case) == ("dr b", "case.deleted", case)
    counts = {"images": 2, "runs": 2, "cells": 12, "calls": 12, "reviews": 2}
    assert event.detail == {"counts": counts, "reason": "withdrawn consent"}
    assert store.verify_trail() == len(store.trail())
    database = Database(settings)
    with database.reading() as connection:
        for table in metadata.sorted_tables:
            rows = connection.execute(sa.select(table)).all()
            assert table.name.startswith("trail") or rows == [], table.name
            for words in ("Study-017", "Qx-unmistakable-7", "telling", "Auer rod", "image 1"):
                assert words not in str(rows)
    database.close()
    for ask in (store.case, store.seen, store.images):
        with pytest.raises(NotFound):
            ask(case)


def test_sqlite_keeps_no_deleted_text_in_its_files(tmp_path: Path) -> None:
    settings = Settings(data=str(tmp_path))
    store = open_store(settings)
    info = dataclasses.replace(made.INFO, pseudonym="Qx-unmistakable-7", note="a telling note")
    store.add_case(info, actor="a", case_id="c")
    on_disk = [tmp_path / f"hemaboard.sqlite{end}" for end in ("", "-wal")]
    assert any(b"Qx-unmistakable-7" in file.read_bytes() for file in on_disk if file.exists())
    store.delete_case("c", actor="a", reason="a trial")
    for file in on_disk:
        if file.exists():
            assert b"Qx-unmistakable-7" not in file.read_bytes()
            assert b"a telling note" not in file.read_bytes()
    store.close()


def test_a_blob_that_another_case_needs_stays(store: CaseStore, settings: Settings) -> None:
    for case in ("one", "two"):
        store.add_case(made.INFO, actor="a", case_id=case)
        store.add_images(case, [made.smear(1)], actor="a")
    assert len(files(settings)) == 1
    image = store.images("one")[0].id
    store.delete_case("one", actor="a", reason="entered twice")
    assert store.picture("two", image)
    store.delete_case("two", actor="a", reason="and once more")
    assert files(settings) == []


def test_the_id_of_a_deleted_case_may_be_used_again(store: CaseStore) -> None:
    made.full(store)
    store.delete_case("case-full", actor="a", reason="to be made anew")
    made.full(store)
    assert store.verify_trail() == len(store.trail("case-full"))
    assert len(store.reviews("case-full")) == 2


@pytest.mark.parametrize(
    "reason", ["", "x" * 201, "asked by mail a.b@clinic.org", "born 1961-03-12", "study-017 withdrew"]
)
def test_a_reason_that_identifies_is_refused_and_the_case_stays(store: CaseStore, reason: str) -> None:
    store.add_case(made.INFO, actor="a", case_id="c")
    with pytest.raises(BadInput):
        store.delete_case("c", actor="a", reason=reason)
    assert store.case("c").info == made.INFO


def test_what_a_killed_process_left_is_swept_at_the_next_start(settings: Settings) -> None:
    store = open_store(settings)
    made.full(store)
    before = sorted(files(settings))
    blobs, database = Blobs(settings.blob_root), Database(settings)
    with pytest.raises(ZeroDivisionError):  # killed between putting a picture and writing its row
        announce(database, [blobs.put(b"a picture that no row refers to"), 1 // 0])  # type: ignore[list-item]
    key = blobs.put(b"a picture that no row refers to")
    announce(database, [key])
    database.close()
    store.close()
    assert len(files(settings)) == len(before) + 1
    open_store(settings).close()
    assert sorted(files(settings)) == before


def test_what_is_unused_at_a_look_and_used_a_moment_later_stays(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A store is opened while another process writes the row of a picture that it has just put."""
    store = open_store(settings)
    store.add_case(made.INFO, actor="a", case_id="c")
    picture = made.smear(1)
    database, elsewhere, blobs = Database(settings), Database(settings), Blobs(settings.blob_root)
    announce(database, [blobs.put(b"about to be used")])
    writing = database.writing

    def late() -> AbstractContextManager[sa.Connection]:
        sweep(elsewhere, blobs)  # another process's
        store.add_images("c", [picture], actor="a")
        return writing()

    monkeypatch.setattr(database, "writing", late)
    assert sweep(database, blobs) == 0
    assert store.picture("c", picture.info.id)
    elsewhere.close()
    database.close()
    store.close()


def test_a_sweep_between_putting_and_writing_does_no_harm(
    store: CaseStore, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another process deletes a case at the worst moment: our pictures are put again."""
    store.add_case(made.INFO, actor="a", case_id="c")
    store.add_case(made.INFO, actor="a", case_id="other")
    put = Blobs.put

    def put_then_swept(blobs: Blobs, content: bytes) -> str:
        key = put(blobs, content)
        monkeypatch.setattr(Blobs, "put", put)
        other = open_store(settings)
        if any(case.id == "other" for case in other.cases()):
            other.delete_case("other", actor="b", reason="elsewhere, at once")
        other.close()
        assert files(settings) == []
        return key

    monkeypatch.setattr(Blobs, "put", put_then_swept)
    picture = made.smear(1)
    store.add_images("c", [picture], actor="a")
    assert store.picture("c", picture.info.id)


@pytest.mark.parametrize("what", ["images", "seen"])
def test_what_arrives_while_its_case_is_deleted_goes_with_it(
    store: CaseStore, settings: Settings, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    case = store.add_case(made.INFO, actor="a")
    image = made.smear(1)
    store.add_images(case, [image], actor="a")
    store.add_run(case, "r", 1, actor="a")
    put = Blobs.put

    def put_then_deleted(blobs: Blobs, content: bytes) -> str:
        key = put(blobs, content)
        monkeypatch.setattr(Blobs, "put", put)
        store.delete_case(case, actor="a", reason="taken in twice")
        put(blobs, content)  # as if the deletion had come just before
        announce(store._database, [key])
        return key

    monkeypatch.setattr(Blobs, "put", put_then_deleted)
    late = {
        "images": lambda: store.add_images(case, [made.smear(2)], actor="a"),
        "seen": lambda: store.add_seen(case, "r", made.seen(image)),
    }
    with pytest.raises(NotFound):
        late[what]()
    assert [file for file in (settings.folder / "blobs").rglob("*") if file.is_file()] == []
