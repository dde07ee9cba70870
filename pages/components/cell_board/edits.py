"""What a person did to cells in the gallery, as reviews. Plain functions: whoever draws the gallery calls them.

The browser sends its edits in batches, one at a time and numbered: a batch that comes twice is written once. An edit
is `[place in the deck, place of the class in the vocabulary or TAKEN_BACK, why]`.
"""

from __future__ import annotations

import datetime as dt
import threading
from collections import OrderedDict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from core import labels
from core.errors import BadInput
from core.records import Review, Seen, Stream

TAKEN_BACK = -1  # in place of a class: what the person said of the cell before is to be forgotten
LONGEST_REASON = 200
MOST_EDITS = 20_000
READ_APART = (Stream.OBSERVER,)  # streams in which nobody sees what others said


@dataclass(frozen=True, slots=True)
class Batch:
    client: str
    seq: int
    edits: tuple[tuple[int, int, str], ...]


@dataclass(frozen=True, slots=True)
class Standing:
    """What each cell is called in a gallery, and whose word that is; cells without a word have the machine's call."""

    names: Mapping[str, str]
    by: Mapping[str, str]


def standing(seen: Seen, reviews: Sequence[Review], stream: Stream, actor: str, *, blinded: bool = False) -> Standing:
    """Who reads blinded, or apart from others, sees only his own words, and only those of this reading."""
    called = {} if blinded else {call.cell: call.label for call in seen.calls}
    said = labels.standing(reviews)
    if blinded or stream in READ_APART:
        own = {r.cell: r for r in said if r.stream is stream and r.actor == actor}
        return Standing(called | {cell: r.now for cell, r in own.items()}, dict.fromkeys(own, actor))
    in_stream = {r.cell: r for r in said if r.stream is stream}
    last = labels.last(reviews)
    by = last if stream is Stream.TARGETED else in_stream  # a drawn cell is read once it was read as a drawn one
    return Standing(called | {cell: r.now for cell, r in last.items()}, {cell: r.actor for cell, r in by.items()})


def parsed(value: Any, cells: int, classes: int) -> Batch:
    """What came from the browser, checked: it may be anything."""
    try:
        client, seq, edits = str(value["client"]), int(value["seq"]), value["edits"]
        taken = tuple((int(cell), int(code), " ".join(str(why).split())) for cell, code, why in edits)
    except (TypeError, KeyError, ValueError) as error:
        raise _not_a_batch(f"something else ({type(error).__name__})") from error
    if not 0 < len(client) <= 64 or seq < 1 or len(taken) > MOST_EDITS:
        raise _not_a_batch(f"client {client[:64]!r}, number {seq}, {len(taken)} edits")
    for cell, code, why in taken:
        if not (0 <= cell < cells and TAKEN_BACK <= code < classes and len(why) <= LONGEST_REASON):
            raise _not_a_batch(f"cell {cell} of {cells}, class {code} of {classes}, {len(why)} characters of reason")
    return Batch(client, seq, taken)


def _not_a_batch(found: str) -> BadInput:
    return BadInput("a numbered batch of edits on cells shown here", found, "Reload the page.")


@dataclass(frozen=True, slots=True)
class Reading:
    """Under which banner a gallery's edits are kept."""

    actor: str
    stream: Stream = Stream.TARGETED
    saw_call: bool = True
    probability: Mapping[str, float] | None = None


def reviews(
    batch: Batch, deck: Sequence[str], codes: Sequence[str], seen: Seen, now: Standing, how: Reading, at: dt.datetime
) -> list[Review]:
    """One review an edit, a microsecond apart so that their order stays theirs.

    Left out is what changes nothing: the same person's same word again, and taking back what was not said.
    """
    names, by = dict(now.names), dict(now.by)
    called = {call.cell: call.label for call in seen.calls}
    written: list[Review] = []
    for place, code, why in batch.edits:
        cell = deck[place]
        was = names.get(cell, called.get(cell, ""))
        probability = (how.probability or {}).get(cell)
        said = Review(cell, how.actor, at + dt.timedelta(microseconds=len(written)), was, "", why, how.saw_call,
                      how.stream, probability)  # fmt: skip
        if code == TAKEN_BACK:
            if by.pop(cell, None) != how.actor:
                continue
            names[cell] = called.get(cell, was)
            written.append(replace(said, now=names[cell], reason=labels.TAKEN_BACK))
        elif (names.get(cell), by.get(cell)) != (codes[code], how.actor):
            names[cell], by[cell] = codes[code], how.actor
            written.append(replace(said, now=codes[code]))
    return written


def outside(batch: Batch, deck: Sequence[str], only: Collection[str]) -> bool:
    """Whether an edit is on a cell that this gallery does not show."""
    return any(deck[place] not in only for place, _, _ in batch.edits)


class Ledger:
    """Which batches were written, by the browser's own numbers. Held by the process: a browser that lost its
    connection comes back with a session that knows nothing, and sends again what it never heard of."""

    def __init__(self, most: int = 2000) -> None:
        self._most = most
        self._last: OrderedDict[str, int] = OrderedDict()
        self._lock = threading.Lock()

    def knows(self, batch: Batch) -> bool:
        with self._lock:
            return batch.seq <= self._last.get(batch.client, 0)

    def enter(self, batch: Batch) -> None:
        with self._lock:
            self._last[batch.client] = max(batch.seq, self._last.pop(batch.client, 0))
            while len(self._last) > self._most:
                self._last.popitem(last=False)
