"""Processes that tests start by the dozen are forked from one that has loaded, once, what they all need: it holds
nothing else, no store, no engine, no thread. There is one of it for each process of tests.
"""

from __future__ import annotations

import multiprocessing

FORKING = multiprocessing.get_context("forkserver")
FORKING.set_forkserver_preload(["tests.core.jobs.victim", "tests.e2e.loaded", "tests.e2e.forked"])
