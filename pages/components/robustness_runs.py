"""Tests of a case under way: each in a thread of this server, one at a time, watched and cancelled from any page.

A test is short (seconds to a few minutes) and changes nothing of the case, so that one which a stopping server leaves
is simply asked for again. Its result is kept by the store when it is done.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum

from core.errors import HemaboardError
from core.records import CaseInfo
from core.robustness import check, strength
from core.robustness.curves import AskedCurves, Curves
from core.robustness.records import Asked
from core.tools import assemble, drawn_backgrounds
from pages.components import resources

MOST_CURVES = 24  # cases whose curves are held


class Kind(StrEnum):
    SURROUNDINGS = "surroundings"
    CURVES = "curves"


@dataclass
class Job:
    """One test under way; what it says of itself is read by pages while it runs."""

    case: str
    kind: Kind
    step: str = "waiting"
    done: int = 0
    total: int = 0
    problem: str = ""
    ended: bool = False
    kept: bool = False  # its result is there; who cancels after that comes too late
    cancel: threading.Event = field(default_factory=threading.Event)
    thread: threading.Thread | None = None

    @property
    def active(self) -> bool:
        return not self.ended

    @property
    def cancelled(self) -> bool:
        return self.cancel.is_set() and not self.kept


_jobs: dict[tuple[str, Kind], Job] = {}
_curves: dict[str, Curves] = {}
_lock, _turn = threading.Lock(), threading.Lock()  # the register; whose turn it is to compute


def of(case_id: str, kind: Kind) -> Job | None:
    """The last test of this kind that was asked for here."""
    return _jobs.get((case_id, kind))


def active(case_id: str, kind: Kind) -> bool:
    job = of(case_id, kind)
    return job is not None and job.active


def curves_of(case_id: str) -> Curves | None:
    """The curves made last; this server holds them until it ends."""
    return _curves.get(case_id)


def test(case_id: str, info: CaseInfo, asked: Asked, *, actor: str) -> Job:
    """The surroundings; the store keeps the result."""

    def work(job: Job) -> None:
        tools = assemble(resources.settings(), info.modality)
        result = check.of_case(
            resources.store(), case_id, tools, asked, drawn_backgrounds, tell=_telling(job), cancelled=job.cancel.is_set
        )
        if result is not None and not job.cancelled:
            resources.store().robustness.add(case_id, result, actor=actor)
            job.kept = True

    return _started(case_id, Kind.SURROUNDINGS, work)


def draw(case_id: str, info: CaseInfo, asked: AskedCurves) -> Job:
    """The curves of shares against the strength of each change."""

    def work(job: Job) -> None:
        tools = assemble(resources.settings(), info.modality)
        found = strength.of_case(
            resources.store(), case_id, tools, asked, tell=_telling(job), cancelled=job.cancel.is_set
        )
        if found is not None and not job.cancelled:
            with _lock:
                while len(_curves) >= MOST_CURVES:
                    _curves.pop(next(iter(_curves)))
                _curves[case_id] = found
            job.kept = True

    return _started(case_id, Kind.CURVES, work)


def stop() -> None:
    """Every test ends after the cells at hand, before the store is closed."""
    for job in list(_jobs.values()):
        job.cancel.set()
    for job in list(_jobs.values()):
        if job.thread:
            job.thread.join(timeout=20)
    with _lock:
        _jobs.clear()


def _started(case_id: str, kind: Kind, work: Callable[[Job], None]) -> Job:
    """One that goes on already is not started again."""
    with _lock:
        held = _jobs.get((case_id, kind))
        if held and held.active:
            return held
        job = Job(case_id, kind)
        _jobs[case_id, kind] = job
    job.thread = threading.Thread(target=_run, args=(job, work), name=f"{kind} of {case_id}", daemon=True)
    job.thread.start()
    return job


def _run(job: Job, work: Callable[[Job], None]) -> None:
    try:
        while not _turn.acquire(timeout=0.2):
            if job.cancelled:
                return
        try:
            if not job.cancelled:
                job.step = "starting"
                work(job)
        finally:
            _turn.release()
    except HemaboardError as error:
        job.problem = f"{error.found[:1].upper()}{error.found[1:]}. Expected {error.expected}. {error.do}"
    except Exception as error:
        job.problem = f"The test failed ({type(error).__name__})."
        logging.getLogger("hemaboard").exception("testing a case")
    finally:
        job.ended = True


def _telling(job: Job) -> Callable[[str, int, int], None]:
    def tell(step: str, done: int, total: int) -> None:
        job.step, job.done, job.total = step, done, total

    return tell
