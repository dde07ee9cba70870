"""Durable tests of a case's surroundings and of worse pictures: asked for once, done by whoever works.

A test is one step of seconds to minutes. A process that dies in it leaves the request as it is, and whoever lives, or
the same process when it is back, does it anew; its result and its end are one write, so that it is never kept twice.
"""

from __future__ import annotations

import time
from functools import partial

from dbos import DBOS, DBOSClient

from core.errors import HemaboardError, NotFound
from core.jobs import runs, takeover
from core.protocols import Store
from core.robustness import check, strength
from core.robustness.curves import AskedCurves
from core.robustness.records import Asked
from core.robustness.requests import ACTIVE, Job, JobState
from core.settings import Settings
from core.tools import assemble, drawn_backgrounds

QUEUE = "tests"
WORKFLOW = "test_case"
TELL_EVERY = 0.7  # seconds: each word to the store takes a moment from the test itself


def ask(store: Store, case_id: str, asked: Asked | AskedCurves, *, actor: str) -> Job:
    """Queue a test; Conflict where another of this case goes on."""
    engine = runs._running()
    job = store.robustness_jobs.ask(case_id, asked, actor=actor)
    _enqueue(engine.client, job.id)
    return job


def cancel(store: Store, job_id: str, *, actor: str) -> None:
    """It ends after the cells at hand, and nothing of it is kept. One that has ended stays as it is.

    Who works looks into the request, before it begins and between cells; DBOS is not asked to cancel, since it logs
    the step that then ends in good order as one that broke."""
    job = store.robustness_jobs.one(job_id)
    told = partial(store.robustness_jobs.advance, job_id, step=job.step, done=job.done, total=job.total)
    told(JobState.CANCELLED, message=f"cancelled by {actor}")


def reconciled(client: DBOSClient, store: Store) -> None:
    """A request is written down twice, by us and by DBOS; mend what a death between the two left unlike."""
    waiting = {job.id: job for job in store.robustness_jobs.waiting()}
    if not waiting:
        return
    found = client.list_workflows(workflow_ids=list(waiting), load_input=False, load_output=False)
    status = {workflow.workflow_id: workflow.status for workflow in found}
    for job_id in waiting:
        if job_id not in status:
            _enqueue(client, job_id)
        elif status[job_id] in takeover.GIVEN_UP:
            store.robustness_jobs.advance(job_id, JobState.FAILED, message="The test broke off. Ask for it again.")


@DBOS.workflow(name=WORKFLOW)
def test_case(job_id: str) -> str:
    return _test(job_id)


@DBOS.step(name="test")
def _test(job_id: str) -> str:
    with runs._working() as engine:
        return done(engine.store, engine.settings, job_id).value


def done(store: Store, settings: Settings, job_id: str) -> JobState:
    """The test from its beginning to its end; what it is then."""
    try:
        job = store.robustness_jobs.one(job_id)
        if not job.active:
            return job.state
        return _work(store, settings, job)
    except NotFound:
        return JobState.CANCELLED  # deleted with its case: nobody is left to be told


def _work(store: Store, settings: Settings, job: Job) -> JobState:
    look = _Look(store, job.id)
    try:
        look.tell("starting", 0, 0)
        tools = assemble(settings, store.case(job.case).info.modality)
        if isinstance(job.asked, Asked):
            tested = check.of_case(
                store, job.case, tools, job.asked, drawn_backgrounds, tell=look.tell, cancelled=look.cancelled
            )
            if tested is not None:
                store.robustness.add(job.case, tested, actor=job.actor, job=job.id)
        else:
            drawn = strength.of_case(store, job.case, tools, job.asked, tell=look.tell, cancelled=look.cancelled)
            if drawn is not None:
                store.robustness.add_curves(job.case, drawn, actor=job.actor, job=job.id)
    except HemaboardError as error:
        if not _goes_on(store):
            raise
        said = f"{error.found[:1].upper()}{error.found[1:]}. Expected {error.expected}. {error.do}"
        return store.robustness_jobs.advance(job.id, JobState.FAILED, message=said)
    except Exception as error:
        if not _goes_on(store):
            raise
        DBOS.logger.exception("testing a case")
        return store.robustness_jobs.advance(job.id, JobState.FAILED, message=f"It failed ({type(error).__name__}).")
    return store.robustness_jobs.one(job.id).state


class _Look:
    """How far a test is, told to the store now and then; each time it is looked whether anybody still waits for it."""

    def __init__(self, store: Store, job_id: str) -> None:
        self._store, self._job = store, job_id
        self._at, self._step, self._active = 0.0, "", True

    def tell(self, step: str, done: int, total: int) -> None:
        self._stays()
        now = time.monotonic()
        if step == self._step and done < total and now - self._at < TELL_EVERY:
            return
        self._at, self._step = now, step
        state = self._store.robustness_jobs.advance(self._job, JobState.RUNNING, step=step, done=done, total=total)
        self._active = state in ACTIVE

    def cancelled(self) -> bool:
        self._stays()
        return not self._active

    def _stays(self) -> None:
        """A process that is told to stop does not finish its test first."""
        if not _goes_on(self._store):
            raise runs._GoingDown


def _goes_on(store: Store) -> bool:
    """Whether this process still works with this store; False: it is being stopped."""
    return runs._engine is not None and runs._engine.store is store


def _enqueue(client: DBOSClient, job_id: str) -> None:
    client.enqueue(
        {"queue_name": QUEUE, "workflow_name": WORKFLOW, "workflow_id": job_id, "app_version": runs.VERSION}, job_id
    )
