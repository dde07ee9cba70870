"""Tests in the background of one process: asked for by a page, watched by any, one at a time, stopped when told.

A test is no durable run: it takes seconds, changes nothing of the case before it is done, and is begun again by whoever
misses it. So it lives in the process that serves the page, and what was not finished when that ended is gone.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum

from core.errors import Conflict, HemaboardError
from core.protocols import Tell
from core.robustness.records import Robustness

Work = Callable[[Tell, Callable[[], bool]], Robustness | None]  # None: cancelled


class State(StrEnum):
    WAITING = "waiting"  # another case is tested first
    RUNNING = "running"
    DONE = "done"
    CANCELLED = "cancelled"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a test is."""

    state: State
    step: str = ""  # 'cut', 'surroundings'
    done: int = 0
    total: int = 0
    problem: str = ""  # of FAILED: what to do about it
    result: Robustness | None = None  # of DONE

    @property
    def ended(self) -> bool:
        return self.state in (State.DONE, State.CANCELLED, State.FAILED)


@dataclass(slots=True)
class _Test:
    progress: Progress = Progress(State.WAITING)
    stopped: threading.Event = field(default_factory=threading.Event)


class Tests:
    """All tests of a process, by case."""

    def __init__(self) -> None:
        self._tests: dict[str, _Test] = {}
        self._lock = threading.Lock()
        self._turn = threading.Lock()  # one at a time: each takes every core

    def start(self, case_id: str, work: Work) -> None:
        """Conflict while the case is being tested."""
        with self._lock:
            there = self._tests.get(case_id)
            if there is not None and not there.progress.ended:
                raise Conflict(f"no test of case {case_id} on its way", "one", "Wait for it, or cancel it.")
            test = self._tests[case_id] = _Test()
        threading.Thread(target=self._done, args=(test, work), name=f"test of {case_id}", daemon=True).start()

    def progress(self, case_id: str) -> Progress | None:
        """None: no test was asked for in this process, or its end was taken note of."""
        test = self._tests.get(case_id)
        return None if test is None else test.progress

    def cancel(self, case_id: str) -> None:
        test = self._tests.get(case_id)
        if test is not None:
            test.stopped.set()

    def noted(self, case_id: str) -> None:
        """Somebody has seen how it ended."""
        with self._lock:
            test = self._tests.get(case_id)
            if test is not None and test.progress.ended:
                del self._tests[case_id]

    def stop(self) -> None:
        """Cancel all of them: the process ends."""
        for test in list(self._tests.values()):
            test.stopped.set()

    def _done(self, test: _Test, work: Work) -> None:
        def tell(step: str, done: int, total: int) -> None:
            test.progress = Progress(State.RUNNING, step, done, total)

        with self._turn:
            try:
                found = None if test.stopped.is_set() else work(tell, test.stopped.is_set)
                test.progress = Progress(State.DONE, result=found) if found else Progress(State.CANCELLED)
            except HemaboardError as error:
                test.progress = Progress(State.FAILED, problem=str(error))
            except Exception as error:
                logging.getLogger("hemaboard").exception("a test of the surroundings")
                problem = f"The test could not be made ({type(error).__name__})."
                test.progress = Progress(State.FAILED, problem=problem)
