"""Processes that tests start by the dozen are forked from one that has loaded, once, what they all need: it holds
nothing else, no store, no engine, no thread. There is one of it for each process of tests.
"""

from __future__ import annotations

import multiprocessing
import sys
from collections.abc import Callable
from multiprocessing.process import BaseProcess
from types import ModuleType

FORKING = multiprocessing.get_context("forkserver")
FORKING.set_forkserver_preload(["tests.core.jobs.victim", "tests.e2e.loaded", "tests.e2e.forked"])


def started(target: Callable[..., object], args: tuple[object, ...]) -> BaseProcess:
    """The process, under way. A page that was tried in this one has left itself behind as `__main__`, and a new process
    begins with running what stands there: it would die of it."""
    process = FORKING.Process(target=target, args=args)
    ours, sys.modules["__main__"] = sys.modules["__main__"], ModuleType("__main__")
    try:
        process.start()
    finally:
        sys.modules["__main__"] = ours
    return process
