"""`python -m core retention`: what would go; with --apply it goes."""

from __future__ import annotations

import datetime as dt
from argparse import Namespace
from contextlib import closing

from core import retention
from core.cases.store import open_store
from core.charts.words import size
from core.cli.exits import Exit
from core.cli.progress import say
from core.doors.laboratory import Aged
from core.settings import Settings


def run(options: Namespace, settings: Settings) -> Exit:
    """Exit code 3 when something that was due stayed."""
    now = dt.datetime.now(dt.UTC)
    with closing(open_store(settings)) as store:
        plan = retention.preview(store, settings, now)
        if not plan.days:
            say("Everything is kept: the setting retention_days is 0.")
            return Exit.OK
        _tell(plan)
        if not options.apply:
            say(f"{size(len(plan.due), 'case')} due. Nothing was deleted; --apply deletes what is due.")
            return Exit.OK
        done = retention.apply(store, settings, actor=settings.user, now=now)
    for words in done.kept:
        say(f"kept: {words}")
    say(f"{size(len(done.deleted), 'case')} deleted.")
    return Exit.PARTIAL if done.kept else Exit.OK


def _tell(plan: retention.Preview) -> None:
    for word, cases in (("due", plan.due), ("held", plan.held), ("running", plan.running)):
        for case in cases:
            print("\t".join((word, case.case, case.pseudonym, _day(case), f"{case.images} images")))


def _day(case: Aged) -> str:
    return f"untouched since {case.last:%Y-%m-%d}"
