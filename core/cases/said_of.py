"""What people said of cells, appended: one insert and one event of the trail for all that came together."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from core import labels
from core.cases import rows, trail
from core.cases.database import ignoring
from core.cases.tables import cells, reviews, runs
from core.errors import NotFound
from core.records import Review

AT_ONCE = 500  # databases bound the number of parameters
HELD = 50_000  # reviews in memory


@dataclass(frozen=True, slots=True)
class _Of:
    """What is known of one case. `salt` is drawn anew for every case, so that another of the same id is told apart."""

    salt: str
    last: int
    reviews: tuple[Review, ...]


class Said:
    """Reviews are only ever appended: each is read from the database once, and then those that came since.

    Rows that go are missed by their number at once. One that somebody alters in the database itself is not: it counts
    as it was said until the process starts anew, and `trail verify` finds it at any time. No look at the content is
    cheap enough for every rerun: with 5,000 reviews the count takes 0.4 ms of processor time on SQLite, a sum over the
    lengths of two columns 4 ms, all columns in one text 18 ms, reading them anew 46 ms; on PostgreSQL a hash of the
    rows takes more than twice as long as the count. SQLite's `data_version` costs 0.1 ms but changes with whatever
    anybody writes anywhere, and the trail's head does not move for such a writer.
    """

    def __init__(self, most: int = HELD) -> None:
        self._most = most
        self._held: OrderedDict[str, _Of] = OrderedDict()
        self._lock = threading.Lock()

    def read(self, connection: sa.Connection, case_id: str, salt: str) -> list[Review]:
        """All of the case, in the order in which they were given."""
        with self._lock:
            known = self._held.get(case_id)
        if known is None or known.salt != salt:
            known = _Of(salt, 0, ())
        found = _since(connection, case_id, known)
        query = sa.select(sa.func.count()).select_from(reviews).where(reviews.c.case_id == case_id)
        if connection.execute(query).scalar_one() != len(found.reviews):  # some are gone: somebody was in the database
            found = _since(connection, case_id, _Of(salt, 0, ()))
        self._keep(case_id, found)
        return list(found.reviews)

    def forget(self, case_id: str) -> None:
        with self._lock:
            self._held.pop(case_id, None)

    def _keep(self, case_id: str, found: _Of) -> None:
        with self._lock:
            self._held[case_id] = found
            self._held.move_to_end(case_id)
            while len(self._held) > 1 and sum(len(one.reviews) for one in self._held.values()) > self._most:
                self._held.popitem(last=False)


def _since(connection: sa.Connection, case_id: str, known: _Of) -> _Of:
    query = sa.select(reviews).where(reviews.c.case_id == case_id, reviews.c.number > known.last)
    new = connection.execute(query.order_by(reviews.c.number)).mappings().all()
    if not new:
        return known
    return _Of(known.salt, new[-1]["number"], (*known.reviews, *(rows.review(row) for row in new)))


def write(connection: sa.Connection, case_id: str, salt: str, said: Sequence[Review]) -> int:
    """How many were new. The very same word again changes nothing, also when it comes twice at once."""
    _check_cells(connection, case_id, sorted({review.cell for review in said}))
    new: dict[str, dict[str, object]] = {}
    for review in said:
        row = rows.of_review(review)
        digest = trail.digest(salt, trail.review_content(row))
        new.setdefault(digest, row | {"case_id": case_id, "digest": digest})
    for digest in _known(connection, case_id, list(new)):
        del new[digest]
    values = list(new.values())
    for start in range(0, len(values), AT_ONCE // 10):
        connection.execute(ignoring(connection, reviews).values(values[start : start + AT_ONCE // 10]))
    for actor in dict.fromkeys(str(row["actor"]) for row in values):
        for stream in dict.fromkeys(str(row["stream"]) for row in values if row["actor"] == actor):
            its = [row for row in values if (row["actor"], row["stream"]) == (actor, stream)]
            detail = {"stream": stream, trail.BINDS: [row["digest"] for row in its]}
            told: dict[str, object] = {"cell": its[0]["cell_id"]} if len(its) == 1 else {"cells": len(its)}
            changed = _told_otherwise(connection, case_id, actor, its)
            if changed:
                told["changed_mind"] = changed
            action = "cell.reviewed" if len(its) == 1 else "cells.reviewed"
            trail.append(connection, actor, action, case_id, told | detail)
    return len(values)


def _told_otherwise(connection: sa.Connection, case_id: str, actor: str, its: Sequence[dict[str, object]]) -> list[str]:
    """Cells that this person named otherwise with the call in view than before it was shown: a changed mind."""
    now = {str(row["cell_id"]): row["now"] for row in its if row["saw_call"] and row["reason"] != labels.TAKEN_BACK}
    blind: dict[str, str] = {}
    asked = sa.select(reviews.c.cell_id, reviews.c.now).where(
        reviews.c.case_id == case_id,
        reviews.c.actor == actor,
        reviews.c.saw_call.is_(False),
        reviews.c.reason != labels.TAKEN_BACK,
    )
    named = sorted(now)
    for start in range(0, len(named), AT_ONCE):
        some = asked.where(reviews.c.cell_id.in_(named[start : start + AT_ONCE]))
        blind |= {row.cell_id: row.now for row in connection.execute(some.order_by(reviews.c.number))}
    return [cell for cell in named if cell in blind and blind[cell] != now[cell]]


def _check_cells(connection: sa.Connection, case_id: str, named: Sequence[str]) -> None:
    its_cells = sa.select(cells.c.id).join(runs, runs.c.id == cells.c.run_id).where(runs.c.case_id == case_id)
    for start in range(0, len(named), AT_ONCE):
        some = named[start : start + AT_ONCE]
        missing = set(some) - set(connection.execute(its_cells.where(cells.c.id.in_(some))).scalars())
        if missing:
            raise NotFound(f"cell {min(missing)} in case {case_id}", "no such cell", "Open the case again.")


def _known(connection: sa.Connection, case_id: str, digests: Sequence[str]) -> list[str]:
    known: list[str] = []
    for start in range(0, len(digests), AT_ONCE):
        some = digests[start : start + AT_ONCE]
        query = sa.select(reviews.c.digest).where(reviews.c.case_id == case_id, reviews.c.digest.in_(some))
        known += connection.execute(query).scalars()
    return known
