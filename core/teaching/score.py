"""How it went: the share named rightly, class by class, with intervals; what was taken for what; session by session.

Only the first answer to a cell counts, since afterwards the learner has seen the truth. Drawn cells and photographs
are scored apart: a program's drawing is easier, or harder, than a smear, and never a measure of it.
"""

from __future__ import annotations

import datetime as dt
import statistics as plain
from collections.abc import Sequence
from dataclasses import dataclass

from core.doors.teaching import Answer
from core.readings import Interval
from core.statistics import wilson
from core.vocabulary import Vocabulary


@dataclass(frozen=True, slots=True)
class Share:
    """`right` of `asked`; the interval takes cells as independent. None: nothing was asked."""

    right: int
    asked: int
    interval: Interval | None

    @property
    def ratio(self) -> float | None:
        return self.right / self.asked if self.asked else None


@dataclass(frozen=True, slots=True)
class ClassScore:
    code: str
    found: Share  # of the cells that are of this class: named so
    true: Share  # of the cells named so: are of this class


@dataclass(frozen=True, slots=True)
class Score:
    synthetic: bool
    overall: Share
    again: Share  # answers to cells met before; they count nowhere else
    classes: tuple[ClassScore, ...]  # those that were asked or given, in the vocabulary's order
    matrix: tuple[tuple[int, ...], ...]  # rows the truth, columns what was given, in the order of `classes`
    seconds: float | None  # median time to an answer

    @property
    def codes(self) -> tuple[str, ...]:
        return tuple(one.code for one in self.classes)


@dataclass(frozen=True, slots=True)
class Session:
    id: str
    at: dt.datetime  # of the first answer
    share: Share
    again: int


def scored(answers: Sequence[Answer], vocabulary: Vocabulary, *, synthetic: bool) -> Score:
    """One learner's answers of one kind of picture, named with one vocabulary."""
    ours = [a for a in answers if a.item.synthetic is synthetic and a.vocabulary == vocabulary.id]
    first, again = [a for a in ours if not a.again], [a for a in ours if a.again]
    met = {a.item.label for a in first} | {a.given for a in first}
    codes = [code for code in vocabulary.codes if code in met]
    matrix = tuple(tuple(len(mistaken(first, truth, given)) for given in codes) for truth in codes)
    classes = tuple(
        ClassScore(code, share(matrix[n][n], sum(matrix[n])), share(matrix[n][n], sum(row[n] for row in matrix)))
        for n, code in enumerate(codes)
    )
    return Score(synthetic, _right(first), _right(again), classes, matrix, _median(first))


def mistaken(answers: Sequence[Answer], truth: str, given: str) -> tuple[Answer, ...]:
    """The answers behind one field of the matrix."""
    return tuple(a for a in answers if not a.again and a.item.label == truth and a.given == given)


def sessions(answers: Sequence[Answer], vocabulary: Vocabulary, *, synthetic: bool) -> tuple[Session, ...]:
    """The oldest first."""
    held: dict[str, list[Answer]] = {}
    for answer in sorted(answers, key=lambda a: a.at):
        if answer.item.synthetic is synthetic and answer.vocabulary == vocabulary.id:
            held.setdefault(answer.session, []).append(answer)
    return tuple(
        Session(key, said[0].at, _right([a for a in said if not a.again]), sum(a.again for a in said))
        for key, said in held.items()
    )


@dataclass(frozen=True, slots=True)
class Taught:
    """How everybody did in a deck, at first sight. `hardest`: cells with the share named rightly, the lowest first."""

    learners: int
    share: Share
    hardest: tuple[tuple[str, Share], ...]  # by the item's id


def taught(answers: Sequence[Answer], most: int = 5) -> Taught:
    """Cells that everybody named rightly are not among the hardest."""
    first = [a for a in answers if not a.again]
    cells: dict[str, list[Answer]] = {}
    for answer in first:
        if answer.item.cell:
            cells.setdefault(answer.item.id, []).append(answer)
    shares = {id: _right(said) for id, said in cells.items()}
    missed = [(id, one) for id, one in shares.items() if one.right < one.asked]
    missed.sort(key=lambda pair: (pair[1].right / pair[1].asked, -pair[1].asked, pair[0]))
    return Taught(len({a.learner for a in first}), _right(first), tuple(missed[:most]))


def share(right: int, asked: int) -> Share:
    return Share(right, asked, wilson(right, asked) if asked else None)


def _right(answers: Sequence[Answer]) -> Share:
    return share(sum(a.right for a in answers), len(answers))


def _median(answers: Sequence[Answer]) -> float | None:
    return plain.median(a.seconds for a in answers) if answers else None
