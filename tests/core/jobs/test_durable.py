"""Runs outlive the processes that do them: killed at any point, they end with what an untroubled run sees."""

from __future__ import annotations

import contextlib
import random
import signal
import time
from collections.abc import Iterator
from dataclasses import replace
from multiprocessing.process import BaseProcess

import numpy as np
import psycopg
import pytest

from core.cases.claims import NAMES, SPACE
from core.cases.store import CaseStore
from core.decode import read as decode
from core.errors import BadSettings, Conflict
from core.jobs import runs as jobs
from core.protocols import RunState
from core.records import CaseInfo, Image, ImageInfo, Modality, Seen, Specimen
from core.settings import Settings
from core.vocabulary import vocabulary
from tests import fakes
from tests.core.jobs import victim

INFO = CaseInfo("durable", Specimen.BLOOD)
LATE = 120  # seconds that a run of seconds may take on a busy machine


@contextlib.contextmanager
def worker(settings: Settings, place: str = "never", number: int = 0, pace: float = 0.02) -> Iterator[BaseProcess]:
    chosen = {"DATA": settings.data, "DATABASE_URL": settings.database_url, "FIELDS_PER_STEP": "1"}
    process = victim.started(place, number, {f"HEMABOARD_{name}": value for name, value in chosen.items()}, pace)
    try:
        yield process
    finally:
        process.terminate()
        process.join(20)
        if process.exitcode is None:
            process.kill()
            process.join(20)


@contextlib.contextmanager
def launched(settings: Settings) -> Iterator[CaseStore]:
    """This process queues and watches; it does no work."""
    jobs.launch(settings, work=False)
    try:
        yield jobs.store()
    finally:
        jobs.stop()


def case_of(store: CaseStore, fields: int, seed: int = 0) -> str:
    rng = np.random.default_rng(seed)
    codes = vocabulary("shipped16").codes
    uploads = []
    for k in range(fields):
        discs = [(15 + 30 * c, 15 + 30 * r, 9, str(rng.choice(codes))) for r in range(4) for c in range(4)]
        uploads.append(fakes.upload(fakes.field(discs[: int(rng.integers(0, 17))], (130, 130), seed * 1000 + k)))
    case_id = store.add_case(INFO, actor="test")
    decoded = decode.images(uploads, Settings(), Modality.SMEAR)
    assert len(decoded.images) == fields
    store.add_images(case_id, decoded.images, actor="test")
    return case_id


def wait_for(store: CaseStore, run_id: str, state: RunState, seconds: float = LATE) -> None:
    end = time.monotonic() + seconds
    while store.run(run_id).state is not state:
        assert time.monotonic() < end, f"still {store.run(run_id)} after {seconds} s"
        time.sleep(0.05)


def essence(seen: Seen):
    cells = sorted((c.id, c.image, c.box, c.contour.tobytes(), c.touches_edge) for c in seen.cells)
    return (
        [i.id for i in seen.images],
        cells,
        sorted((c.cell, c.label, tuple(c.probabilities.items())) for c in seen.calls),
    )


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_twenty_kills_change_nothing(tmp_path):
    settings = Settings(data=str(tmp_path))
    rng = random.Random(20)
    places = ["before-see", "before-write", "after-write", "timer"]
    with launched(settings) as store:
        case_id = case_of(store, fields=40)
        calm = jobs.start_run(store, case_id, actor="test")
        with worker(settings):
            wait_for(store, calm, RunState.DONE)
        expected = essence(store.seen(case_id, calm))
        assert len(expected[1]) > 100

        troubled = jobs.start_run(store, case_id, actor="test")
        kills = 0
        for turn in range(20):
            place = places[turn % len(places)]
            number = rng.randint(200, 1200) if place == "timer" else rng.randint(1, 2)
            with worker(settings, place, number, pace=0.15) as process:
                process.join(LATE)
                kills += process.exitcode == -signal.SIGKILL
        assert kills == 20
        assert store.run(troubled).state is not RunState.DONE  # every kill hit a run still under way
        with worker(settings):
            wait_for(store, troubled, RunState.DONE)
        assert essence(store.seen(case_id, troubled)) == expected
        assert store.run(troubled).done == 40
        assert store.verify_trail() > 0


@pytest.mark.postgres
@pytest.mark.slow
@pytest.mark.timeout(600)
def test_when_a_worker_dies_another_finishes_its_cases(tmp_path, postgres_database):
    settings = Settings(data=str(tmp_path), database_url=postgres_database)
    with launched(settings) as store:
        assert not jobs.someone_works()
        cases = [case_of(store, fields=5, seed=k) for k in range(4)]
        with worker(settings, pace=0.4) as first, worker(settings, pace=0.4):
            runs = {case_id: jobs.start_run(store, case_id, actor="test") for case_id in cases}
            wait_until(lambda: sum(store.run(r).state is RunState.RUNNING for r in runs.values()) == 2)
            assert jobs.someone_works()
            first.kill()
            for run_id in runs.values():
                wait_for(store, run_id, RunState.DONE)
        for case_id, run_id in runs.items():
            seen = store.seen(case_id, run_id)
            assert len(seen.images) == 5
            assert len({c.id for c in seen.cells}) == len(seen.cells) == len(seen.calls)


def wait_until(true, seconds: float = LATE) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, f"not so after {seconds} s"
        time.sleep(0.05)


def test_cancel_stops_and_resume_goes_on(tmp_path):
    settings = Settings(data=str(tmp_path))
    with launched(settings) as store:
        case_id = case_of(store, fields=20)
        run_id = jobs.start_run(store, case_id, actor="test")
        with worker(settings, pace=0.25):
            wait_until(lambda: store.run(run_id).done >= 2)
            jobs.cancel_run(store, run_id, actor="test")
            wait_until(lambda: store.run(run_id).state is RunState.CANCELLED)
            stopped = still(lambda: store.run(run_id).done)  # the field that was under way may still be written
            assert stopped < 20
            jobs.resume_run(store, run_id, actor="test")
            wait_for(store, run_id, RunState.DONE)
        assert store.run(run_id).done == 20
        assert len(store.seen(case_id, run_id).images) == 20


def still(look, seconds: float = 0.7):
    """What it says once it has said the same for so long."""
    said, since, end = look(), time.monotonic(), time.monotonic() + LATE
    while time.monotonic() - since < seconds:
        assert time.monotonic() < end, f"never at rest, at last {said}"
        time.sleep(0.05)
        if (now := look()) != said:
            said, since = now, time.monotonic()
    return said


def test_a_case_no_network_can_read_fails_with_the_reason(tmp_path, monkeypatch):
    monkeypatch.setattr("core.tools.label_free_installed", lambda _: False)
    settings = Settings(data=str(tmp_path))
    jobs.launch(settings, work=True)
    try:
        store = jobs.store()
        case_id = store.add_case(replace(INFO, modality=Modality.DPC), actor="test")
        views = ("left", "right", "top", "bottom")
        info = ImageInfo("four-views", "0" * 64, 0, "image 1", Modality.DPC, 28, 28, bits=16, views=views)
        ramp = np.arange(4 * 28 * 28, dtype=np.uint16).reshape(4, 28, 28)
        store.add_images(case_id, [Image(info, ramp)], actor="test")
        run_id = jobs.start_run(store, case_id, actor="test")
        wait_for(store, run_id, RunState.FAILED)
        assert "no network installed" in store.run(run_id).message
    finally:
        jobs.stop()


def test_a_run_forgotten_before_it_was_queued_is_queued_later(tmp_path):
    settings = Settings(data=str(tmp_path))
    with launched(settings) as store:
        case_id = case_of(store, fields=2)
        store.add_run(case_id, "run-forgotten", 2, actor="test")
    with launched(settings) as store, worker(settings):
        wait_for(store, "run-forgotten", RunState.DONE)


def test_a_worker_told_to_stop_leaves_its_run_to_the_next(tmp_path):
    settings = Settings(data=str(tmp_path))
    with launched(settings) as store:
        case_id = case_of(store, fields=12)
        run_id = jobs.start_run(store, case_id, actor="test")
        for done in (2, 4, 6):  # half of them: who looks late still finds it under way
            with worker(settings, pace=0.3):  # ends by SIGTERM, in the middle of a field
                wait_until(lambda least=done: store.run(run_id).done >= least)
                time.sleep(0.1)
            assert store.run(run_id).state is RunState.RUNNING
        with worker(settings):
            wait_for(store, run_id, RunState.DONE)
        assert len(store.seen(case_id, run_id).images) == 12


def test_a_process_that_died_while_resuming_is_made_good(tmp_path):
    settings = Settings(data=str(tmp_path))
    with launched(settings) as store:
        run_id = jobs.start_run(store, case_of(store, fields=2), actor="test")
        jobs.cancel_run(store, run_id, actor="test")
        store.advance_run(run_id, RunState.QUEUED, actor="test")  # and died before DBOS was told
        with worker(settings):
            wait_for(store, run_id, RunState.DONE)


def test_a_case_deleted_while_it_runs_ends_its_run_without_a_failure(tmp_path):
    settings = Settings(data=str(tmp_path))
    with launched(settings) as store:
        case_id = case_of(store, fields=12)
        run_id = jobs.start_run(store, case_id, actor="test")
        with worker(settings, pace=0.25):
            wait_until(lambda: store.run(run_id).done >= 2)
            store.delete_case(case_id, actor="test", reason="taken in twice")
            client = jobs._running().client
            wait_until(lambda: client.list_workflows(workflow_ids=[run_id])[0].status == "SUCCESS")
        assert store.verify_trail() > 0
    assert not [file for file in (tmp_path / "blobs").rglob("*") if file.is_file()]


def test_a_case_without_pictures_has_nothing_to_run(tmp_path):
    with launched(Settings(data=str(tmp_path))) as store:
        case_id = store.add_case(INFO, actor="test")
        with pytest.raises(Conflict, match="Add pictures first"):
            jobs.start_run(store, case_id, actor="test")
        assert store.case(case_id).run is None


@pytest.mark.postgres
def test_a_worker_keeps_its_name_when_the_database_drops_its_sessions(tmp_path, postgres_database):
    settings = Settings(data=str(tmp_path), database_url=postgres_database)
    jobs.launch(settings, work=True)
    try:
        with psycopg.connect(postgres_database, autocommit=True) as connection:

            def holders() -> set[int]:
                return {pid for (pid,) in connection.execute(NAMES.replace(":space", "%s"), [SPACE])}

            before = holders()
            assert len(before) == 1
            connection.execute("select pg_terminate_backend(%s)", list(before))
            wait_until(lambda: holders() - before)
        assert jobs.someone_works()
        assert jobs._running().claims.take(jobs._running().executor) is None
    finally:
        jobs.stop()


def test_a_run_that_broke_off_without_a_word_is_said_to_have_failed(tmp_path, monkeypatch):
    def broken(*_):
        raise RuntimeError("not even the reason could be written down")

    monkeypatch.setattr(jobs, "_plan", broken)
    monkeypatch.setattr(jobs, "_fail", broken)
    settings = Settings(data=str(tmp_path))
    jobs.launch(settings, work=True)
    try:
        store = jobs.store()
        run_id = jobs.start_run(store, case_of(store, fields=1), actor="test")
        wait_for(store, run_id, RunState.FAILED)
        assert "broke off" in store.run(run_id).message
    finally:
        jobs.stop()


def test_a_sqlite_too_old_for_the_engine_is_refused_in_plain_words(tmp_path, monkeypatch):
    monkeypatch.setattr(jobs.sqlite.sqlite3, "sqlite_version_info", (3, 40, 1))
    monkeypatch.setattr(jobs.sqlite.sys, "version_info", (3, 13, 0))
    with pytest.raises(BadSettings, match=r"SQLite 3\.42"):
        jobs.launch(Settings(data=str(tmp_path)))
    jobs.sqlite.check(Settings(database_url="postgresql://host/db"))
    monkeypatch.setattr(jobs.sqlite.sqlite3, "sqlite_version_info", (3, 45, 0))
    jobs.sqlite.check(Settings(data=str(tmp_path)))
