"""Which cases a site no longer keeps, and their deletion. Nothing goes by itself: somebody asks for it each time.

A case is due when nothing happened with it for `retention_days`: the trail knows of every upload, run, review and
export. Legal holds, runs that have not ended and synthetic cases (which belong to nobody) stay.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from core.doors.laboratory import Aged
from core.errors import HemaboardError
from core.protocols import Store, Tell, quiet
from core.settings import Settings


@dataclass(frozen=True, slots=True)
class Preview:
    """What would happen now."""

    days: int  # 0: everything is kept
    since: dt.datetime | None  # cases untouched since then are due
    due: tuple[Aged, ...] = ()
    held: tuple[Aged, ...] = ()  # old enough, and kept by a legal hold
    running: tuple[Aged, ...] = ()  # old enough, and a run has not ended


@dataclass(frozen=True, slots=True)
class Done:
    deleted: tuple[str, ...]  # pseudonyms, for saying so once; they are kept nowhere
    kept: tuple[str, ...]  # why a case that was due stayed after all


def preview(store: Store, settings: Settings, now: dt.datetime) -> Preview:
    days = settings.retention_days
    if days == 0:
        return Preview(0, None)
    since = now - dt.timedelta(days=days)
    old = store.laboratory.keeping.untouched(since)
    held = tuple(one for one in old if one.held)
    running = tuple(one for one in old if one.running and not one.held)
    return Preview(days, since, tuple(one for one in old if not one.held and not one.running), held, running)


def apply(store: Store, settings: Settings, *, actor: str, now: dt.datetime, tell: Tell = quiet) -> Done:
    """Delete what is due now; a case that somebody holds meanwhile stays."""
    plan = preview(store, settings, now)
    deleted, kept = [], []
    for number, one in enumerate(plan.due):
        tell("delete", number, len(plan.due))
        try:
            store.delete_case(one.case, actor=actor, reason=f"retention: untouched for {plan.days} days")
            deleted.append(one.pseudonym)
        except HemaboardError as error:  # a hold was placed, or somebody deleted it before us: the others still go
            kept.append(f"{one.pseudonym}: {error.found}")
    tell("delete", len(plan.due), len(plan.due))
    return Done(tuple(deleted), tuple(kept))
