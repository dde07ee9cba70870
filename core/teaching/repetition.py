"""What was missed comes back: after four other cells, and then, once named rightly, after growing rests.

The whole rule: a cell that was missed is asked again after four others, a new cell standing between two repeated ones
as long as there are new ones. Named rightly it rests for a day, then for three days, then for a week, and is then
learned. Missed on the way, it starts over. A cell that was right at first sight is never repeated.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass

from core.doors.teaching import Answer, Item

OTHERS = 4  # cells between a miss and the next sight of the same cell
RESTS = (1, 3, 7)  # days after the first, second and third right answer
RULE = (
    "A cell you missed comes back after four others or later, never two such cells in a row while there are new ones. "
    "Once you name it rightly it rests for a day, then for three days, then for a week; after that it counts as "
    "learned. Missed again, it starts over."
)


@dataclass(frozen=True, slots=True)
class Standing:
    """A cell that was missed and is not learned yet."""

    item: Item
    right: int  # right answers since it was last missed
    last: dt.datetime
    others: int  # answers to other cells since

    @property
    def rested(self) -> dt.datetime:
        """From when on it may be asked."""
        return self.last + dt.timedelta(days=RESTS[self.right - 1] if self.right else 0)


@dataclass(frozen=True, slots=True)
class Ask:
    item: Item
    missed: bool  # it comes back because it was missed


def standings(answers: Sequence[Answer]) -> tuple[Standing, ...]:
    """Of one learner's answers, in the order given: what is missed and not learned, the longest waiting first."""
    missed: dict[str, tuple[Item, int, dt.datetime, int]] = {}
    for place, answer in enumerate(answers):
        key = answer.item.id
        if not answer.item.cell:  # its case was deleted: it cannot be shown again
            continue
        if not answer.right:
            missed[key] = (answer.item, 0, answer.at, place)
        elif key in missed:
            item, right, _, _ = missed[key]
            if right >= len(RESTS):
                del missed[key]
            else:
                missed[key] = (item, right + 1, answer.at, place)
    found = [Standing(item, right, at, len(answers) - 1 - place) for item, right, at, place in missed.values()]
    return tuple(sorted(found, key=lambda one: (one.rested, one.item.id)))


def due(answers: Sequence[Answer], now: dt.datetime) -> tuple[Standing, ...]:
    """Those that may be asked now."""
    return tuple(one for one in standings(answers) if one.rested <= now)


def upcoming(
    fresh: Iterable[Item],
    answers: Sequence[Answer],
    now: dt.datetime,
    count: int,
    within: Callable[[Item], bool] = lambda _: True,
    met: Collection[str] | None = None,
) -> tuple[Ask, ...]:
    """The next `count` cells to ask: what is due of that `within` this practice, else the next one not `met`.

    `met` are ids of cells that are not new to this practice; by default all that were ever answered.

    It is a function of what was answered, so that it may be asked for again after every answer.
    """
    waiting = [one for one in due(answers, now) if within(one.item)]
    known = {answer.item.id for answer in answers} if met is None else met
    queue: list[Ask] = []
    new = (item for item in fresh if item.id not in known and all(ask.item.id != item.id for ask in queue))
    repeated = bool(answers) and answers[-1].again
    while len(queue) < count:
        ready = next((one for one in waiting if one.right or one.others + len(queue) >= OTHERS), None)
        item = next(new, None) if ready is None or repeated else None
        if item is not None:
            ready = None
        elif ready is None and waiting:
            ready = max(waiting, key=lambda one: one.others)  # nothing else is left: rather early than never
        repeated = ready is not None
        if ready is not None:
            waiting.remove(ready)
            queue.append(Ask(ready.item, missed=True))
        elif item is not None:
            waiting = [one for one in waiting if one.item.id != item.id]
            queue.append(Ask(item, missed=False))
        else:
            break
    return tuple(queue)
