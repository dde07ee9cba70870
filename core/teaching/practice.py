"""One practice: which cells it asks, in which order, and which it shows beside them as examples.

Cells shown as examples are never asked in the same practice: they would give the answer away.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from core.doors.teaching import Answer, Item, Origin
from core.errors import BadInput, NotFound
from core.teaching import repetition, synthetic
from core.teaching.deck import mixed
from core.teaching.repetition import Ask
from core.vocabulary import Vocabulary

REAL, DEMO, ENDLESS, MISSED = "reviewed", "demo", "endless", "missed"  # practices that are no deck
EXAMPLES = 3  # of each class beside the cell in question
SPARE = 8  # cells of a class from which on some are kept as examples
LONGEST = 3600.0  # seconds that are believed: whoever takes longer was away


@dataclass(frozen=True, slots=True)
class Practice:
    name: str  # kept with the answers: a deck's id, or one of the names above
    session: str
    learner: str
    vocabulary: Vocabulary
    items: tuple[Item, ...]  # what it asks; of an endless practice nothing, of the missed ones those missed so far
    examples: Mapping[str, tuple[Item, ...]]  # by class

    def upcoming(self, answers: Sequence[Answer], now: dt.datetime, count: int) -> tuple[Ask, ...]:
        """The next cells to ask. What was missed comes back in every practice that it belongs to."""
        ours = [answer for answer in answers if answer.vocabulary == self.vocabulary.id]
        told = {item.id: item for item in self.items}  # these say who named the cell

        def within(item: Item) -> bool:
            return not item.case if self._endless else item.id in told

        asks = repetition.upcoming(self._fresh(), ours, now, count, within, self._met(answers))
        return tuple(replace(ask, item=told.get(ask.item.id, ask.item)) for ask in asks)

    def waiting(self, answers: Sequence[Answer]) -> tuple[repetition.Standing, ...]:
        """What was missed and this practice will bring back, the longest waiting first."""
        known = {item.id for item in self.items}
        missed = repetition.standings([a for a in answers if a.vocabulary == self.vocabulary.id])
        return tuple(one for one in missed if (not one.item.case if self._endless else one.item.id in known))

    @property
    def _endless(self) -> bool:
        return self.name == ENDLESS

    def _fresh(self) -> Iterable[Item]:
        if self._endless:
            return synthetic.endless(self.session)
        return () if self.name == MISSED else mixed(self.items, f"{self.learner}/{self.name}")

    def unmet(self, answers: Sequence[Answer]) -> int | None:
        """How many of its cells are new to the learner; None: without end."""
        met = self._met(answers)
        return None if self._endless else sum(item.id not in met for item in self.items)

    def _met(self, answers: Sequence[Answer]) -> set[str]:
        """A deck is asked as a whole, also what was met elsewhere; the store knows which answers are repeated ones."""
        ours = [answer for answer in answers if answer.vocabulary == self.vocabulary.id]
        return {a.item.id for a in ours if a.deck == self.name or self.name in (REAL, DEMO, ENDLESS, MISSED)}

    def item(self, id: str) -> Item:
        """The item of this practice with this id."""
        if self._endless and id.startswith("/"):
            return synthetic.item(id[1:])
        for item in self.items:
            if item.id == id:
                return item
        raise NotFound("a cell of this practice", repr(id[:80]), "Open the page again.")

    def answered(self, number: str, id: str, given: str, seconds: float, now: dt.datetime) -> Answer:
        """The learner's answer, checked; `number` tells it from every other."""
        if given not in self.vocabulary.by_code:
            raise BadInput(f"a class of {self.vocabulary.id}", repr(given[:40]), "Choose one of the buttons.")
        took = min(max(float(seconds), 0.0), LONGEST) if seconds == seconds else 0.0
        item = self.item(id)
        return Answer(number, self.learner, now, self.session, self.name, self.vocabulary.id, item, given, took)


def kept_apart(items: Iterable[Item]) -> tuple[tuple[Item, ...], dict[str, tuple[Item, ...]]]:
    """Items to ask, and examples taken out of the classes that have cells to spare."""
    asked: list[Item] = []
    examples: dict[str, tuple[Item, ...]] = {}
    drawers: dict[str, list[Item]] = {}
    for item in mixed(items, "examples"):
        drawers.setdefault(item.label, []).append(item)
    for label, drawer in drawers.items():
        spare = EXAMPLES if len(drawer) >= SPARE else 0
        examples[label] = tuple(drawer[:spare])
        asked += drawer[spare:]
    return tuple(asked), examples


def examples_beside(asked: Iterable[Item], pool: Iterable[Item], vocabulary: Vocabulary) -> dict[str, tuple[Item, ...]]:
    """For a deck: cells of the pool that it does not ask, with photographs first; drawn ones where there are none."""
    taken = {item.id for item in asked}
    found: dict[str, tuple[Item, ...]] = {}
    free = [item for item in mixed(pool, "examples") if item.id not in taken]
    for code in vocabulary.codes:
        ours = sorted((item for item in free if item.label == code), key=lambda item: item.synthetic)[:EXAMPLES]
        found[code] = tuple(ours)
    return completed(found, vocabulary)


def completed(examples: Mapping[str, tuple[Item, ...]], vocabulary: Vocabulary) -> dict[str, tuple[Item, ...]]:
    """Every class of the vocabulary has examples, drawn ones where no others are known."""
    drawn = vocabulary.id == synthetic.VOCABULARY
    return {
        code: tuple(examples.get(code, ())) or (synthetic.examples(code, EXAMPLES) if drawn else ())
        for code in vocabulary.codes
    }


def said(item: Item) -> str:
    """Who says that the label is right."""
    by = f" by {item.said_by}" if item.said_by else ""
    told = {
        Origin.SIGNED: f"Signed{by}, with the whole case",
        Origin.REVIEWED: f"Reviewed{by}",
        Origin.DRAWN: "Drawn by a program as this class",
    }[item.origin]
    return f"{told}; the picture was drawn by a program" if item.synthetic and item.origin is not Origin.DRAWN else told
