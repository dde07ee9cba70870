"""Durable runs: a case's fields are seen batch by batch, each batch a checkpointed step, whatever dies meanwhile.

A run is one DBOS workflow over the same database as the cases. Its steps return ids, never arrays, and may be
repeated: cells carry ids made from what they are, so a step killed between writing and checkpointing writes the
same rows again. With SQLite the app's own process does the work; with PostgreSQL `python -m core worker`
processes share the queue, and whoever lives takes over what a dead one left.

VERSION must rise when the order of steps changes, and only then: work of another version is left alone.
"""

from __future__ import annotations

import signal
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial

from dbos import DBOS, DBOSClient, DBOSConfig

from core import analyse
from core.cases.claims import Claim, Claims
from core.cases.store import CaseStore, open_store
from core.cohort import rows as cohort
from core.errors import Conflict, HemaboardError, NotFound
from core.jobs import engines, fields, sqlite, takeover
from core.protocols import RunRow, RunState, Store
from core.records import Seen
from core.settings import Settings
from core.tools import assemble

NAME = "hemaboard"
VERSION = "1"
QUEUE = "analysis"
MOST_WORKERS = 256
LOOK_EVERY = 2.0  # seconds between two looks for work that a dead process left


class _GoingDown(BaseException):
    """The process stops while a run is in it. No Exception, because DBOS would write that down as the run's end;
    so nothing is written, and the run goes on where it was when somebody next works."""


@dataclass(slots=True)
class Engine:
    """What this process holds while it works or enqueues."""

    settings: Settings
    store: CaseStore
    client: DBOSClient
    claims: Claims
    claim: Claim | None = None  # held while this process does work
    executor: str = ""
    watcher: threading.Thread | None = None
    stopping: threading.Event = field(default_factory=threading.Event)
    stopped: threading.Event = field(default_factory=threading.Event)  # a watcher may outlive our patience


_engine: Engine | None = None


def launch(settings: Settings, *, work: bool | None = None) -> None:
    """Start the durable engine of this process, once. `work` None: only with SQLite, where no worker is needed."""
    global _engine
    if _engine is not None:
        return
    sqlite.check(settings)
    works = settings.database.startswith("sqlite") if work is None else work
    store = open_store(settings)
    DBOS.migrate(_system_url(settings))
    client = DBOSClient(system_database_url=_system_url(settings), application_name=NAME)
    engine = Engine(settings, store, client, Claims(settings))
    _engine = engine  # before work starts: recovered steps run at once
    try:
        if works:
            _start_working(engine)
        _reconcile(engine)
    except BaseException:
        stop()
        raise


def stop() -> None:
    """Let go of everything; a step in flight is repeated by whoever goes on."""
    global _engine
    engine, _engine = _engine, None
    if engine is None:
        return
    engine.stopping.set()
    if engine.watcher:
        engine.watcher.join(timeout=10)
        DBOS.destroy()
    engine.client.destroy()
    engine.stopped.set()
    if engine.claim:
        engine.claim.release()
    engine.claims.close()
    engine.store.close()


def work(settings: Settings) -> None:
    """Be a worker until the process is told to end."""
    ended = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: ended.set())
    launch(settings, work=True)
    ended.wait()
    stop()


def store() -> CaseStore:
    """The store of this process's engine."""
    return _running().store


def start_run(store: Store, case_id: str, *, actor: str, run_id: str = "") -> str:
    """Queue a new run of the case's images; its id. One that is named and there already is not doubled."""
    engine = _running()
    ids, plan = fields.order(store, case_id)
    if not ids:
        raise Conflict(f"pictures in case {case_id}", "none", "Add pictures first.")
    run_id = run_id or f"run-{uuid.uuid4().hex[:16]}"
    store.add_run(case_id, run_id, len(ids), actor=actor)
    fields.bound(store, case_id, run_id, plan)
    _enqueue(engine, case_id, run_id)
    return run_id


def cancel_run(store: Store, run_id: str, *, actor: str) -> None:
    """Stop the run at its next step; what was seen stays, and it can be resumed."""
    store.advance_run(run_id, RunState.CANCELLED, message=f"cancelled by {actor}", actor=actor)
    _running().client.cancel_workflow(run_id)


def resume_run(store: Store, run_id: str, *, actor: str) -> None:
    """Go on with a cancelled run where it stopped."""
    if store.run(run_id).state is not RunState.CANCELLED:
        raise Conflict("a cancelled run", f"run {run_id} is {store.run(run_id).state}", "Start a new run instead.")
    store.advance_run(run_id, RunState.QUEUED, message=f"resumed by {actor}", actor=actor)
    _running().client.resume_workflow(run_id, queue_name=QUEUE)


def progress(store: Store, run_id: str) -> RunRow:
    """How far the run is; a few milliseconds."""
    return store.run(run_id)


def someone_works() -> bool:
    """Is any process alive that would take a queued run?"""
    return _running().claims.anyone()


def _system_url(settings: Settings) -> str:
    return settings.database.replace("postgresql+psycopg://", "postgresql://")


def _running() -> Engine:
    if _engine is None:
        raise Conflict("a launched engine", "none in this process", "Call launch(settings) first.")
    return _engine


# --- working ---------------------------------------------------------------------------------------------


def _start_working(engine: Engine) -> None:
    engine.claim, engine.executor = _take_name(engine)
    config: DBOSConfig = {
        "name": NAME,
        "system_database_url": _system_url(engine.settings),
        "application_version": VERSION,
        "executor_id": engine.executor,
        "log_level": "WARNING",
        "enable_otlp": False,
    }
    from core.jobs import robustness  # it needs this module, and what it registers must be there before work starts

    DBOS(config=config)
    DBOS.launch()
    for queue in (QUEUE, robustness.QUEUE):
        DBOS.register_queue(queue, worker_concurrency=1, polling_interval_sec=0.25)
    engine.watcher = threading.Thread(target=_watch, args=(engine,), name="takeover", daemon=True)
    engine.watcher.start()


def _take_name(engine: Engine) -> tuple[Claim, str]:
    """The configured name, or the first free one; a restarted worker so finds the name it had, and its work."""
    wish = engine.settings.executor_id
    for name in (wish,) if wish else (f"worker-{number}" for number in range(MOST_WORKERS)):
        claim = engine.claims.take(name)
        if claim:
            return claim, name
    raise Conflict(
        "a free name for this worker",
        f"a living process that already works as '{wish}'" if wish else f"{MOST_WORKERS} workers already",
        "Stop it, or give this one another HEMABOARD_EXECUTOR_ID.",
    )


def _watch(engine: Engine) -> None:
    """Every other moment: put back in the queue what a process that no longer lives was working on."""
    trial = engines.Trial(engine.settings)
    while not engine.stopping.wait(LOOK_EVERY):
        try:
            engine.claim = engine.claims.kept(engine.claim, engine.executor)
            takeover.of_the_dead(engine.client, engine.claims, engine.executor, QUEUE)
            _reconcile(engine)
            trial.begin()  # not at once: the first page comes first; last, so that its failure keeps nobody waiting
        except Exception as error:  # noqa: BLE001 - a watcher that dies would end takeover without a word
            DBOS.logger.warning(f"takeover looked and failed, and will look again: {type(error).__name__}")
    trial.end()
    if engine.stopped.is_set() and engine.claim:
        engine.claim.release()  # taken after all had been let go


# --- the run ---------------------------------------------------------------------------------------------


def _reconcile(engine: Engine) -> None:
    from core.jobs import robustness  # it needs this module

    takeover.reconciled(engine.client, engine.store, QUEUE, partial(_enqueue, engine))
    robustness.reconciled(engine.client, engine.store)
    engine.store.slides.tidy()  # what another process deleted


def _enqueue(engine: Engine, case_id: str, run_id: str) -> None:
    engine.client.enqueue(
        {"queue_name": QUEUE, "workflow_name": "see_case", "workflow_id": run_id, "app_version": VERSION},
        case_id,
        run_id,
    )


@DBOS.workflow(name="see_case")
def see_case(case_id: str, run_id: str) -> str:
    """One run. What stops it on purpose (cancel, shutdown) passes through; what goes wrong ends it with a reason."""
    with _working() as engine:
        try:
            problems: list[str] = []
            done = 0
            for batch in _plan(case_id, run_id):
                done += len(batch)
                told = _see_batch(case_id, run_id, batch, done)
                problems += [*told["problems"], *told.get("enough", [])]
                if told.get("enough"):
                    break
            return _finish(run_id, done, problems)
        except Exception as error:
            if _engine is not engine:
                raise
            return _fail(run_id, str(error) if isinstance(error, HemaboardError) else type(error).__name__)


@contextmanager
def _working() -> Iterator[Engine]:
    """This process's engine; an error that comes of its being stopped meanwhile is not the run's."""
    engine = _engine
    if engine is None:
        raise _GoingDown
    try:
        yield engine
    except Exception as error:
        if _engine is not engine:
            raise _GoingDown from error
        raise


@DBOS.step(name="plan")
def _plan(case_id: str, run_id: str) -> list[list[str]]:
    with _working() as engine:
        engine.store.advance_run(run_id, RunState.RUNNING, done=0)
        ids = fields.begun(engine.store, case_id, run_id)
        size = engine.settings.fields_per_step
        return [ids[start : start + size] for start in range(0, len(ids), size)]


@DBOS.step(name="see_batch")
def _see_batch(case_id: str, run_id: str, image_ids: list[str], done: int) -> dict[str, list[str]]:
    """Cells written, then counted as done; the ids that were written are the checkpoint."""
    with _working() as engine:
        info = engine.store.case(case_id).info
        planned = fields.take(engine.store, case_id, run_id, image_ids)
        batch, problems = fields.uploads(engine.store, case_id, image_ids)
        tools = assemble(engine.settings, info.modality)
        seen: Seen = analyse.see(batch, tools, domain=info.domain)
        seen = fields.own(engine.store, case_id, run_id, seen, planned)
        cells = engine.store.add_seen(case_id, run_id, seen)
        engine.store.advance_run(run_id, RunState.RUNNING, done=done)
        enough = fields.enough(engine.store, case_id, run_id, tools.vocabulary, image_ids, planned)
        problems += [f"{p.file}: {p.message}" for p in seen.problems]
        return {"cells": cells, "problems": problems, "enough": enough}


@DBOS.step(name="finish")
def _finish(run_id: str, total: int, problems: list[str]) -> str:
    with _working() as engine:
        engine.store.advance_run(run_id, RunState.DONE, done=total, message=" ".join(problems))
        cohort.after_run(engine.store, engine.settings, run_id, DBOS.logger.warning)
        return RunState.DONE.value


@DBOS.step(name="fail")
def _fail(run_id: str, reason: str) -> str:
    with _working() as engine:
        try:
            engine.store.advance_run(run_id, RunState.FAILED, message=reason)
        except NotFound:
            return "deleted"  # with its case, while it ran: nobody is left to be told
        return RunState.FAILED.value
