"""`python -m core worker`: take queued runs and do them until told to end."""

from __future__ import annotations

from argparse import Namespace

from core.cli.exits import Exit
from core.cli.progress import say
from core.jobs import runs as jobs
from core.settings import Settings


def work(_: Namespace, settings: Settings) -> Exit:
    say("Working. Stop with Ctrl-C; what is in hand will be finished here or by another worker.")
    jobs.work(settings)
    return Exit.OK
