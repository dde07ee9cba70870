"""`python -m core trail …`: has anybody edited history?"""

from __future__ import annotations

from argparse import Namespace
from contextlib import closing

from core.cases.store import open_store
from core.cli.exits import Exit
from core.settings import Settings


def verify(_: Namespace, settings: Settings) -> Exit:
    """Raises TrailBroken (exit code 6) naming the first event that is not as it was written."""
    with closing(open_store(settings)) as store:
        number = store.verify_trail()
    print(f"{number} events, each as it was written.")
    return Exit.OK


def head(_: Namespace, settings: Settings) -> Exit:
    """The newest event's number and hash: kept elsewhere, they also show a trail that was cut short."""
    with closing(open_store(settings)) as store:
        store.verify_trail()
        events = store.trail()
    print(f"{events[-1].number} {events[-1].hash}" if events else "0 -")
    return Exit.OK
