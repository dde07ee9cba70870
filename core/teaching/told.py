"""How a sitting goes, in words: the line under the cell in question, and what is said when nothing is left."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from core.charts import words
from core.doors.teaching import Answer
from core.teaching import score
from core.teaching.practice import Practice


@dataclass(frozen=True, slots=True)
class Tally:
    right: str  # '7 of 9 right at first sight, 78 % (45–94 %)'
    text: str
    due: str
    done: int
    total: int  # 0: without end


@dataclass(frozen=True, slots=True)
class End:
    title: str
    text: str


def tally(practice: Practice, answers: Sequence[Answer]) -> Tally:
    """This sitting so far, photographs and drawn cells apart, and what waits to be repeated."""
    sitting = [answer for answer in answers if answer.session == practice.session]
    scores = [score.scored(sitting, practice.vocabulary, synthetic=kind) for kind in (False, True)]
    right = "; ".join(_right(one) for one in scores if one.overall.asked)
    again = score.share(sum(one.again.right for one in scores), sum(one.again.asked for one in scores))
    parts = [f"{again.right} of {again.asked} right of those met before"] if again.asked else []
    left, total = practice.unmet(answers), len(practice.items)
    if left is not None and total:
        parts.append(f"{total - left} of {words.size(total, 'cell')} met")
    waiting = len(practice.waiting(answers))
    due = f"{words.size(waiting, 'missed cell')} still to be learned." if waiting else ""
    text = f"· {' · '.join(parts)}" if parts else ""
    return Tally(
        right or "No answer in this sitting yet", text, due, *((0, 0) if left is None else (total - left, total))
    )


def end(practice: Practice, answers: Sequence[Answer]) -> End:
    waiting = practice.waiting(answers)
    if waiting:
        first = min(one.rested for one in waiting).astimezone()
        text = f"{words.size(len(waiting), 'missed cell')} will come back, the first on {first:%d %B at %H:%M}."
        return End("Done for now.", text)
    if not practice.items:
        return End("Nothing to ask here.", "Choose another practice above.")
    return End("You have met every cell of this practice.", "How it went stands under “Score”.")


def _right(one: score.Score) -> str:
    of = " drawn cells" if one.synthetic else ""
    share = f"{words.percent(one.overall.ratio, 0)} ({words.percent_range(one.overall.interval, 0)})"
    return f"{one.overall.right} of {one.overall.asked}{of} right at first sight, {share}"
