"""A worker process that can be told where to die. Run as `python -m tests.core.jobs.victim PLACE COUNT`.

It works on stand-ins (see tests/fakes.py) and dies by SIGKILL, so that nothing in it can clean up:
`before-write N`, `after-write N` (cells written, step not checkpointed), `before-see N`, `timer MS`, or `never`.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from itertools import count

from core import analyse
from core.cases.store import CaseStore
from core.jobs import runs as jobs
from core.settings import settings
from tests import fakes

PACE = float(os.environ.get("VICTIM_PACE", "0.02"))  # seconds a batch takes at least


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def main(place: str, number: int) -> None:
    see, add_seen = analyse.see, CaseStore.add_seen
    sees, writes = count(1), count(1)

    def slow_see(batch, tools, **more):
        if next(sees) == number and place == "before-see":
            die()
        time.sleep(PACE)
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
    if place == "timer":
        threading.Timer(number / 1000, die).start()
    jobs.work(settings())


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
