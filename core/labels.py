"""What each cell is called once everybody has spoken: the model first, then people, the last word counting.

And which calls the model itself doubts.
"""

from __future__ import annotations

from collections.abc import Sequence
from operator import attrgetter

from core.once import Once
from core.records import Call, Review, Seen, Stream

TAKEN_BACK = "taken back"  # reason of a review that undoes a first one: the cell counts as not reviewed again
ODD = 0.99  # odder than 99 of 100 calibration cells; by making, 1 % of cells like those lie above


def settled(seen: Seen, reviews: Sequence[Review] = ()) -> dict[str, str]:
    """Cell id → label, in the order of the cells. A cell nobody named is not in it."""
    called, uncalled = _called(seen)
    said = {cell: review.now for cell, review in last(reviews).items()}
    if uncalled.isdisjoint(said):  # nearly always: then the order stands already
        return called | {cell: now for cell, now in said.items() if cell in called}
    named = called | said
    return {cell.id: named[cell.id] for cell in seen.cells if cell.id in named}


def _by_cell(seen: Seen) -> tuple[dict[str, str], frozenset[str]]:
    """The labels of the calls, in the order of the cells, and the cells without a call."""
    called = {call.cell: call.label for call in seen.calls}
    present = {cell.id: called[cell.id] for cell in seen.cells if cell.id in called}
    return present, frozenset(cell.id for cell in seen.cells if cell.id not in called)


_called = Once(_by_cell)


def last(reviews: Sequence[Review]) -> dict[str, Review]:
    """The review that holds for each cell: the latest; of two at the same moment, the one given later.

    Independent reads of observers hold for nothing until they are adjudicated.
    """
    return {review.cell: review for review in standing(reviews) if review.stream is not Stream.OBSERVER}


def standing(reviews: Sequence[Review]) -> list[Review]:
    """In order of time, without what was taken back: that goes together with the review that takes it back.

    A person takes back his own word in the stream it was said in, and nobody else's.
    """
    kept: dict[tuple[str, str, Stream], list[Review]] = {}
    ordered = sorted(reviews, key=attrgetter("at"))
    if not any(review.reason == TAKEN_BACK for review in ordered):
        return ordered
    for review in ordered:
        whose = (review.cell, review.actor, review.stream)
        if review.reason == TAKEN_BACK:
            kept[whose] = []
        else:
            kept.setdefault(whose, []).append(review)
    counting = {id(review) for said in kept.values() for review in said}
    return [review for review in ordered if id(review) in counting]


def odd(call: Call) -> bool:
    """The cell is unlike those the classifier was calibrated on, so that no figure of its card speaks of it."""
    return call.oddness is not None and call.oddness > ODD


def unsure(call: Call) -> bool:
    """More than one class is possible."""
    return len(call.possible) > 1
