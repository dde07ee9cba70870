"""What happened to a case after an event of its trail, in words."""

from __future__ import annotations

from collections.abc import Sequence

from core.charts import trail_words
from core.doors.filing import ONLY_LOOKED
from core.protocols import TrailEvent

ONE = {
    "cell.reviewed": "1 cell was named by a person",
    "case.signed": "it was signed by {actor}",
    "case.reopened": "it was reopened by {actor}",
    "case.amended": "what is known of the case was changed",
    "case.deleted": "it was deleted",
    "case.imported": "it was brought in from a file",
    "images.added": "pictures were added",
    "run.done": "it was analysed anew",
    "sample.drawn": "a random sample was drawn",
    "summary.written": "its summary was written anew by {actor}",
    "summary.edited": "its summary was edited by {actor}",
    "summary.chosen": "an earlier summary was taken up again by {actor}",
    "summary.tried": "a language model was asked for a summary, in vain",
    "background.tested": "its cells were named again on other backgrounds",
}
QUIET = ("run.queued", "run.started", "cells.added", "sample.revealed", "sample.closed")
"""What is on its way to an event that is told."""


def changes(events: Sequence[TrailEvent], number: int) -> tuple[str, ...]:
    """Of the events of one case those after `number`; nothing of those that change no statement."""
    later = [one for one in events if one.number > number and one.action not in (*ONLY_LOOKED, *QUIET)]
    named = sum(_cells(one) for one in later)
    told = [_said(one) for one in later if not _cells(one)]
    reads = [f"{named} cells were named by people" if named > 1 else ONE["cell.reviewed"]] if named else []
    return tuple(dict.fromkeys((*reads, *told)))


def _cells(event: TrailEvent) -> int:
    if event.action == "cells.reviewed":
        return int(event.detail.get("cells", 1))
    return int(event.action == "cell.reviewed")


def _said(event: TrailEvent) -> str:
    return ONE.get(event.action, trail_words.action(event.action)).format(actor=event.actor)
