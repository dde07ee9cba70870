"""What each cell is called once everybody has spoken: the model first, then people, the last word counting.

And which calls the model itself doubts.
"""

from __future__ import annotations

from collections.abc import Sequence

from core.records import Call, Review, Seen, Stream

ODD = 0.99  # odder than 99 of 100 calibration cells; by making, 1 % of cells like those lie above


def settled(seen: Seen, reviews: Sequence[Review] = ()) -> dict[str, str]:
    """Cell id → label, in the order of the cells. A cell nobody named is not in it."""
    called = {call.cell: call.label for call in seen.calls}
    named = called | {cell: review.now for cell, review in last(reviews).items()}
    return {cell.id: named[cell.id] for cell in seen.cells if cell.id in named}


def last(reviews: Sequence[Review]) -> dict[str, Review]:
    """The review that holds for each cell: the latest; of two at the same moment, the one given later.

    Independent reads of observers hold for nothing until they are adjudicated.
    """
    holding = (review for review in reviews if review.stream is not Stream.OBSERVER)
    return {review.cell: review for review in sorted(holding, key=lambda review: review.at)}


def odd(call: Call) -> bool:
    """The cell is unlike those the classifier was calibrated on, so that no figure of its card speaks of it."""
    return call.oddness is not None and call.oddness > ODD


def unsure(call: Call) -> bool:
    """More than one class is possible."""
    return len(call.possible) > 1
