"""A worker process that can be told where to die. `main(place, count, environment)` in a process of its own.

It works on stand-ins (see tests/fakes.py) and dies by SIGKILL, so that nothing in it can clean up:
`before-write N`, `after-write N` (cells written, step not checkpointed), `before-see N`, `timer MS`, or `never`; in a
test of a case `before-name N` (its N-th batch of cells) and `after-result N` (kept, step not checkpointed).

Many are started one after another, so they are forked (see tests/forking.py).
"""

from __future__ import annotations

import os
import signal
import threading
import time
import warnings
from collections.abc import Mapping
from dataclasses import replace
from itertools import count
from multiprocessing.process import BaseProcess

from core import analyse
from core.cases.robustness import RobustnessResults
from core.cases.store import CaseStore
from core.jobs import robustness
from core.jobs import runs as jobs
from core.settings import settings
from tests import fakes, forking


def started(place: str, number: int, environment: Mapping[str, str], pace: float) -> BaseProcess:
    """The process, under way. A batch takes it at least `pace` seconds."""
    return forking.started(main, (place, number, dict(environment), pace))


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def main(place: str, number: int, environment: Mapping[str, str], pace: float) -> None:
    warnings.simplefilter("ignore")
    os.environ.update(environment)
    see, add_seen = analyse.see, CaseStore.add_seen
    sees, writes = count(1), count(1)

    def slow_see(batch, tools, **more):
        if next(sees) == number and place == "before-see":
            die()
        time.sleep(pace)
        return see(batch, tools, **more)

    def doomed_add_seen(store, *args):
        turn = next(writes)
        if turn == number and place == "before-write":
            die()
        ids = add_seen(store, *args)
        if turn == number and place == "after-write":
            die()
        return ids

    analyse.see = slow_see
    CaseStore.add_seen = doomed_add_seen
    jobs.assemble = lambda chosen, modality: fakes.tools(chosen)  # noqa: ARG005
    _in_tests_of_cases(place, number)
    if place == "timer":
        threading.Timer(number / 1000, die).start()
    jobs.work(settings())


def _in_tests_of_cases(place: str, number: int) -> None:
    add, names = RobustnessResults.add, count(1)

    class Doomed(fakes.ColourClassifier):
        def name(self, crops):
            if next(names) == number and place == "before-name":
                die()
            return super().name(crops)

    def doomed_add(store, *args, **more):
        kept = add(store, *args, **more)
        if place == "after-result":
            die()
        return kept

    RobustnessResults.add = doomed_add
    robustness.assemble = lambda chosen, _: replace(fakes.tools(chosen), classifier=Doomed())
