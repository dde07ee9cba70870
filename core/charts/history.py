"""Reviews as a list to read: the newest first, every word kept, nothing replaced."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from core import labels
from core.records import Review, Stream
from core.vocabulary import Vocabulary

WHY = {
    Stream.TARGETED: "picked",
    Stream.RANDOM: "random sample",
    Stream.OBSERVER: "independent read",
    Stream.ADJUDICATED: "settled",
}


@dataclass(frozen=True, slots=True)
class Line:
    """One review in words."""

    cell: str
    at: str  # '2026-11-21 09:30:12'
    actor: str
    was: str  # name of a class; '' where the cell had none
    now: str
    colour: str
    said: str  # 'changed', 'confirmed', 'read', 'taken back'
    why: str  # the stream
    reason: str
    in_view: str  # 'call in view', 'call hidden'


def lines(reviews: Sequence[Review], vocabulary: Vocabulary, cell: str = "", actor: str = "") -> tuple[Line, ...]:
    """The newest first; of one cell or one person alone, if asked."""
    asked = [r for r in reviews if cell in ("", r.cell) and actor in ("", r.actor)]
    asked.sort(key=lambda review: review.at, reverse=True)
    return tuple(_line(review, vocabulary) for review in asked)


def reviewed(reviews: Sequence[Review]) -> tuple[tuple[str, int], ...]:
    """Cells with how often each was reviewed; the latest reviewed first."""
    counted = Counter(review.cell for review in reviews)
    latest = {review.cell: review.at for review in sorted(reviews, key=lambda review: review.at)}
    return tuple((cell, counted[cell]) for cell in sorted(latest, key=lambda cell: latest[cell], reverse=True))


def moment(at: dt.datetime) -> str:
    """In UTC, as everything that is kept."""
    return f"{at.astimezone(dt.UTC):%Y-%m-%d %H:%M:%S}"


def _line(review: Review, vocabulary: Vocabulary) -> Line:
    known = vocabulary.by_code
    names = [known[code].name if code in known else code for code in (review.was, review.now)]
    back = review.reason == labels.TAKEN_BACK
    said = "taken back" if back else "changed" if review.was != review.now else "confirmed"
    if review.stream is Stream.OBSERVER and not back:
        said = "read"
    return Line(
        cell=review.cell,
        at=moment(review.at),
        actor=review.actor,
        was=names[0],
        now=names[1],
        colour=known[review.now].colour if review.now in known else "#808080",
        said=said,
        why=WHY[review.stream],
        reason="" if back else review.reason,
        in_view="call in view" if review.saw_call else "call hidden",
    )
