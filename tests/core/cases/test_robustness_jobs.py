"""Requests for a test: one goes on in each case, whoever comes second is told of it, and what ended stays as it is."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.cases.store import CaseStore
from core.errors import Conflict, NotFound
from core.robustness.curves import AskedCurves
from core.robustness.records import Asked, Surroundings
from core.robustness.requests import JobState, Kind
from models.imaging.perturb import Change
from tests.core.cases import made
from tests.core.cases.test_robustness import asked, drawn

MASKED = Asked(40, settings=(Surroundings.MASKED,))


def test_a_request_is_read_as_it_was_written(store: CaseStore) -> None:
    case = made.full(store)
    job = store.robustness_jobs.ask(case, MASKED, actor="dr a")
    assert store.robustness_jobs.one(job.id) == job == store.robustness_jobs.last(case)
    assert (job.kind, job.state, job.actor, job.active) == (Kind.SURROUNDINGS, JobState.QUEUED, "dr a", True)
    assert store.robustness_jobs.waiting() == [job]
    assert store.robustness_jobs.last(case, Kind.CURVES) is None
    assert store.robustness_jobs.last("nowhere") is None
    with pytest.raises(NotFound):
        store.robustness_jobs.ask("nowhere", MASKED, actor="dr a")


def test_who_asks_second_is_told_what_goes_on_and_by_whom(store: CaseStore) -> None:
    case, other = made.full(store), made.full(store, case_id="other", seeds=(8, 9))
    job = store.robustness_jobs.ask(case, MASKED, actor="dr a")
    store.robustness_jobs.advance(job.id, JobState.RUNNING, step="surroundings", done=3, total=40)
    for second in (MASKED, AskedCurves(50, changes=(Change.BLUR,))):
        with pytest.raises(Conflict, match=r"masked.*40 cells, which dr a asked for.*3 of 40 done"):
            store.robustness_jobs.ask(case, second, actor="dr b")
    store.robustness_jobs.ask(other, Asked(), actor="dr b")
    store.robustness_jobs.advance(job.id, JobState.CANCELLED, message="cancelled by dr a")
    again = store.robustness_jobs.ask(case, AskedCurves(50), actor="dr b")
    assert (store.robustness_jobs.last(case), again.kind) == (again, Kind.CURVES)


def test_what_has_ended_stays_as_it_ended(store: CaseStore) -> None:
    case = made.full(store)
    job = store.robustness_jobs.ask(case, MASKED, actor="dr a")
    assert store.robustness_jobs.advance(job.id, JobState.CANCELLED, message="by dr b") is JobState.CANCELLED
    ended = store.robustness_jobs.one(job.id)
    assert ended.finished is not None
    assert store.robustness_jobs.advance(job.id, JobState.RUNNING, step="late") is JobState.CANCELLED
    assert store.robustness_jobs.one(job.id) == ended
    assert store.robustness_jobs.waiting() == []


def test_a_result_and_the_end_of_its_request_are_one_write(store: CaseStore) -> None:
    case = made.full(store)
    first = store.robustness_jobs.ask(case, MASKED, actor="dr a")
    store.robustness.add(case, asked(store, case), actor="dr a", job=first.id)
    assert store.robustness_jobs.one(first.id).state is JobState.DONE
    for keep in (
        lambda job: store.robustness.add(case, asked(store, case), actor="dr a", job=job),
        lambda job: store.robustness.add_curves(case, drawn(store, case), actor="dr a", job=job),
    ):
        with pytest.raises(Conflict, match="done"):
            keep(first.id)
        job = store.robustness_jobs.ask(case, MASKED, actor="dr a")
        store.robustness_jobs.advance(job.id, JobState.CANCELLED)
        with pytest.raises(Conflict, match="cancelled"):
            keep(job.id)
    assert (len(store.robustness.results(case)), store.robustness.curves(case)) == (1, [])


def test_requests_go_with_their_case(store: CaseStore) -> None:
    case = made.full(store)
    job = store.robustness_jobs.ask(case, replace(MASKED, cells=3), actor="dr a")
    store.delete_case(case, actor="dr a", reason="test")
    with pytest.raises(NotFound):
        store.robustness_jobs.one(job.id)
    assert store.robustness_jobs.waiting() == []
