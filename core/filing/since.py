"""What happened to a case after an event of its trail, in words."""

from __future__ import annotations

from collections.abc import Sequence

from core.charts import trail_words
from core.doors.filing import ONLY_LOOKED, Happened

ONE = {
    "cell.reviewed": "1 cell was named by a person",
    "case.signed": "it was signed by {actor}",
    "case.reopened": "it was reopened by {actor}",
    "case.amended": "what is known of the case was changed",
    "case.deleted": "it was deleted",
    "images.added": "pictures were added",
    "run.done": "it was analysed anew",
    "sample.drawn": "a random sample was drawn",
    "summary.written": "its summary was written anew by {actor}",
    "summary.edited": "its summary was edited by {actor}",
    "summary.chosen": "an earlier summary was taken up again by {actor}",
    "summary.tried": "a language model was asked for a summary, in vain",
    "background.tested": "its cells were named again on other backgrounds",
}
QUIET = ("case.imported", "run.queued", "run.started", "cells.added", "sample.revealed", "sample.closed")
"""What is on its way to an event that is told."""


OTHERWISE = "made anew it states other things: another version, or other settings"
"""Where nothing happened to the case that could have changed it."""


def changes(history: Sequence[Happened], hash: str) -> tuple[str, ...]:
    """Of what happened to a case that which came after the event of this hash and may have changed what it states."""
    places = [place for place, one in enumerate(history, 1) if one.hash == hash]
    later = [one for one in history[max(places, default=0) :] if one.action not in (*ONLY_LOOKED, *QUIET)]
    named = sum(_cells(one) for one in later)
    told = [_said(one) for one in later if not _cells(one)]
    reads = [f"{named} cells were named by people" if named > 1 else ONE["cell.reviewed"]] if named else []
    return tuple(dict.fromkeys((*reads, *told)))


def _cells(event: Happened) -> int:
    if event.action == "cells.reviewed":
        cells = event.detail.get("cells")
        return cells if type(cells) is int else 1  # another house's history may say anything
    return int(event.action == "cell.reviewed")


def _said(event: Happened) -> str:
    known = ONE.get(event.action)
    return known.format(actor=event.actor) if known else trail_words.action(event.action)
