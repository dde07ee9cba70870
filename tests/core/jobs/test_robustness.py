"""A test of a case outlives the process that does it, is kept once, and can be stopped."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from core import analyse
from core.cases.store import CaseStore
from core.errors import Conflict
from core.jobs import robustness as tests_of_cases
from core.jobs import runs as jobs
from core.protocols import RunState
from core.records import Upload
from core.robustness.curves import AskedCurves
from core.robustness.records import Asked, Surroundings
from core.robustness.requests import Job, JobState
from core.settings import Settings
from models.imaging.perturb import Change
from tests import fakes
from tests.core.jobs import victim
from tests.core.jobs.test_durable import LATE, case_of, launched


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    return Settings(data=str(tmp_path), database_url=database_url)


ASKED = Asked(cells=40, settings=(Surroundings.SAME_CLASS, Surroundings.MASKED))


def analysed(store: CaseStore, settings: Settings) -> str:
    case_id = case_of(store, fields=3, seed=4)
    store.add_run(case_id, "run-a", 3, actor="test")
    batch = [Upload(i.label, store.picture(case_id, i.id), i) for i in store.images(case_id)]
    store.add_seen(case_id, "run-a", analyse.see(batch, fakes.tools(settings)))
    store.advance_run("run-a", RunState.RUNNING)
    store.advance_run("run-a", RunState.DONE, done=3)
    return case_id


@contextlib.contextmanager
def worker(settings: Settings, place: str = "never", number: int = 0) -> Iterator[victim.BaseProcess]:
    chosen = {"DATA": settings.data, "DATABASE_URL": settings.database_url}
    process = victim.started(place, number, {f"HEMABOARD_{name}": value for name, value in chosen.items()}, 0)
    try:
        yield process
    finally:
        process.terminate()
        process.join(20)
        if process.exitcode is None:
            process.kill()
            process.join(20)


def ended(store: CaseStore, job: Job) -> Job:
    end = time.monotonic() + LATE
    while (now := store.robustness_jobs.one(job.id)).active:
        assert time.monotonic() < end, f"still {now}"
        time.sleep(0.05)
    return now


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_killed_process_costs_no_test_and_doubles_none(settings: Settings) -> None:
    """One dies in the middle of naming, one as it has kept the result and told nobody."""
    with launched(settings) as store:
        case_id = analysed(store, settings)
        job = tests_of_cases.ask(store, case_id, ASKED, actor="dr a")
        for place, kept in (("before-name", 0), ("after-result", 1)):
            with worker(settings, place, 2) as process:
                process.join(LATE)
                assert process.exitcode == -signal.SIGKILL
            assert len(store.robustness.results(case_id)) == kept
        with worker(settings):
            assert ended(store, job).state is JobState.DONE
            calm = tests_of_cases.ask(store, case_id, AskedCurves(20, changes=(Change.JPEG,)), actor="dr b")
            assert ended(store, calm).state is JobState.DONE
        (result,) = store.robustness.results(case_id)
        assert (result.actor, result.asked) == ("dr a", ASKED)
        assert store.robustness.curves(case_id)[0].asked == calm.asked
        assert store.verify_trail() > 0


def test_what_is_cancelled_is_not_kept_and_who_comes_late_changes_nothing(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    with launched(settings) as store:
        case_id = analysed(store, settings)
        monkeypatch.setattr(tests_of_cases, "assemble", lambda chosen, _: fakes.tools(chosen))
        job = tests_of_cases.ask(store, case_id, ASKED, actor="dr a")
        with pytest.raises(Conflict, match="dr a asked for"):
            tests_of_cases.ask(store, case_id, ASKED, actor="dr b")
        tests_of_cases.cancel(store, job.id, actor="dr b")
        assert tests_of_cases.done(store, settings, job.id) is JobState.CANCELLED
        assert store.robustness_jobs.one(job.id).message == "cancelled by dr b"
        assert store.robustness.results(case_id) == []
        again = tests_of_cases.ask(store, case_id, ASKED, actor="dr b")
        assert tests_of_cases.done(store, settings, again.id) is JobState.DONE
        tests_of_cases.cancel(store, again.id, actor="dr a")
        assert store.robustness_jobs.one(again.id).state is JobState.DONE
        assert len(store.robustness.results(case_id)) == 1


def test_one_cancelled_at_its_last_cells_keeps_nothing(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    with launched(settings) as store:
        case_id = analysed(store, settings)
        job = tests_of_cases.ask(store, case_id, ASKED, actor="dr a")
        add = store.robustness.add

        def late(*args, **more):
            tests_of_cases.cancel(store, job.id, actor="dr b")
            return add(*args, **more)

        monkeypatch.setattr(tests_of_cases, "assemble", lambda chosen, _: fakes.tools(chosen))
        monkeypatch.setattr(store.robustness, "add", late)
        assert tests_of_cases.done(store, settings, job.id) is JobState.CANCELLED
        assert store.robustness.results(case_id) == []


def test_what_goes_wrong_ends_the_request_with_its_reason(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_, __):
        raise ZeroDivisionError

    with launched(settings) as store:
        empty = case_of(store, fields=1)
        monkeypatch.setattr(tests_of_cases, "assemble", lambda chosen, _: fakes.tools(chosen))
        job = tests_of_cases.ask(store, empty, ASKED, actor="dr a")
        assert tests_of_cases.done(store, settings, job.id) is JobState.FAILED
        assert "Analyse it first" in store.robustness_jobs.one(job.id).message
        monkeypatch.setattr(tests_of_cases, "assemble", broken)
        job = tests_of_cases.ask(store, empty, ASKED, actor="dr a")
        assert tests_of_cases.done(store, settings, job.id) is JobState.FAILED
        assert "ZeroDivisionError" in store.robustness_jobs.one(job.id).message


def test_a_process_that_is_stopped_leaves_its_test_to_the_next(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It does not finish first, and whoever starts next goes on by itself."""
    begun: list[int] = []

    def slow(chosen, _):
        begun.append(os.getpid())
        if len(begun) == 1:
            jobs._engine = None  # as `stop` does before it closes the store
        return fakes.tools(chosen)

    with launched(settings) as store:
        case_id = analysed(store, settings)
        job = tests_of_cases.ask(store, case_id, ASKED, actor="dr a")
        monkeypatch.setattr(tests_of_cases, "assemble", slow)
        engine = jobs._engine
        with pytest.raises(jobs._GoingDown):
            tests_of_cases.done(store, settings, job.id)
        jobs._engine = engine
        assert store.robustness_jobs.one(job.id).active
    jobs.launch(settings, work=True)
    try:
        assert ended(jobs.store(), job).state is JobState.DONE
        assert len(jobs.store().robustness.results(case_id)) == 1
    finally:
        jobs.stop()
