"""Answers to count: made by who tests, in the order given."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from core.doors.teaching import Answer, Item, Origin

AT = dt.datetime(2026, 4, 1, 9, 0, tzinfo=dt.UTC)


def item(cell: str, label: str = "blast", *, case: str = "case-1", synthetic: bool = False) -> Item:
    origin = Origin.DRAWN if synthetic else Origin.REVIEWED
    return Item(case, cell, label, origin, synthetic)


def answer(
    item: Item, given: str, at: dt.datetime = AT, *, session: str = "s1", again: bool = False, seconds: float = 3.0
) -> Answer:
    name = f"{at.isoformat()}-{item.id}"
    return Answer(name, "a learner", at, session, "deck-1", "shipped16", item, given, seconds, again)


def later(answer: Answer, **more: float) -> Answer:
    return replace(answer, at=answer.at + dt.timedelta(**more))
