"""The store's decks and answers."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

import sqlalchemy as sa

from core.cases import rows, trail
from core.cases.database import Database, ignoring
from core.cases.tables import cases, reviews
from core.cases.tables_teaching import answer_cells, answers, deck_cells, decks
from core.doors.teaching import Answer, Deck, Item, Origin, Recipe
from core.errors import BadInput, Conflict, NotFound

NO_CASE = ""  # of events that belong to no case


class Teaching:
    """`core.doors.teaching.TeachingDoor`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    # --- decks -------------------------------------------------------------------------------------------

    def add_deck(self, deck: Deck, *, actor: str) -> None:
        _check_text(deck.name, deck.note)
        with self._database.writing() as connection:
            if connection.execute(sa.select(decks.c.id).where(decks.c.id == deck.id)).first():
                raise Conflict(f"no deck {deck.id} yet", "one", "Build it again.")
            _check_cases(connection, {item.case for item in deck.items})
            number = connection.execute(sa.select(sa.func.coalesce(sa.func.max(decks.c.number), 0))).scalar_one() + 1
            connection.execute(sa.insert(decks).values(_deck_row(deck, actor, number)))
            if deck.items:
                connection.execute(sa.insert(deck_cells), _cell_rows(deck))
            detail = {"deck": deck.id, "cells": len(deck.items), "cases": len({item.case for item in deck.items})}
            trail.append(connection, actor, "deck.made", NO_CASE, detail)

    def amend_deck(self, deck_id: str, name: str, note: str, *, without: Sequence[Item] = (), actor: str) -> None:
        _check_text(name, note)
        with self._database.writing() as connection:
            row = _deck(connection, deck_id)
            changed = [key for key, value in (("name", name), ("note", note)) if row[key] != value]
            taken = 0
            for item in without:
                its = sa.and_(deck_cells.c.case_id == item.case, deck_cells.c.cell_id == item.cell)
                taken += connection.execute(sa.delete(deck_cells).where(deck_cells.c.deck_id == deck_id, its)).rowcount
            if not changed and not taken:
                return
            connection.execute(sa.update(decks).where(decks.c.id == deck_id).values(name=name, note=note))
            detail = {"deck": deck_id, "fields": changed, "taken_out": taken}
            trail.append(connection, actor, "deck.amended", NO_CASE, detail)

    def close_deck(self, deck_id: str, *, closed: bool = True, actor: str) -> None:
        with self._database.writing() as connection:
            if bool(_deck(connection, deck_id)["closed"]) is closed:
                return
            connection.execute(sa.update(decks).where(decks.c.id == deck_id).values(closed=closed))
            trail.append(connection, actor, "deck.closed" if closed else "deck.opened", NO_CASE, {"deck": deck_id})

    def decks(self) -> list[Deck]:
        held: dict[str, list[Item]] = {}
        with self._database.reading() as connection:
            found = connection.execute(sa.select(decks).order_by(decks.c.number.desc())).mappings().all()
            query = sa.select(deck_cells).order_by(deck_cells.c.deck_id, deck_cells.c.position)
            for row in connection.execute(query).mappings():
                held.setdefault(row["deck_id"], []).append(_deck_item(row))
        return [_deck_of(row, held.get(row["id"], [])) for row in found]

    def deck(self, deck_id: str) -> Deck:
        query = sa.select(deck_cells).where(deck_cells.c.deck_id == deck_id).order_by(deck_cells.c.position)
        with self._database.reading() as connection:
            row = _deck(connection, deck_id)
            return _deck_of(row, [_deck_item(cell) for cell in connection.execute(query).mappings()])

    # --- answers -----------------------------------------------------------------------------------------

    def add_answers(self, said: Sequence[Answer], *, actor: str) -> int:
        if any(answer.learner != actor for answer in said):
            raise BadInput("answers of who acts", "somebody else's", "Sign in as the learner.")
        for answer in said:
            if not (math.isfinite(answer.seconds) and answer.seconds >= 0):
                raise BadInput("a time to the answer in seconds", f"{answer.seconds}", "Open the page again.")
        new = 0
        with self._database.writing() as connection:
            _check_cases(connection, {answer.item.case for answer in said if answer.item.case})
            for answer in said:
                new += _written(connection, answer)
            if new:
                trail.append(connection, actor, "quiz.answered", NO_CASE, {"answers": new})
        return new

    def answers(self, learner: str) -> list[Answer]:
        return self._answers(answers.c.learner == learner)

    def deck_answers(self, deck_id: str) -> list[Answer]:
        found = self._answers(answers.c.deck == deck_id)
        numbers = {name: f"learner {place}" for place, name in enumerate(dict.fromkeys(a.learner for a in found), 1)}
        return [replace(answer, learner=numbers[answer.learner]) for answer in found]

    def _answers(self, which: sa.ColumnElement[bool]) -> list[Answer]:
        query = (
            sa.select(answers, answer_cells.c.case_id, answer_cells.c.cell_id)
            .outerjoin(answer_cells, answer_cells.c.answer == answers.c.number)
            .where(which)
            .order_by(answers.c.number)
        )
        with self._database.reading() as connection:
            return [_answer_of(row) for row in connection.execute(query).mappings()]

    def reviewed_cases(self) -> tuple[str, ...]:
        query = sa.select(reviews.c.case_id).distinct()
        with self._database.reading() as connection:
            return tuple(sorted(connection.execute(query).scalars()))


def _written(connection: sa.Connection, answer: Answer) -> int:
    """1 when the answer was new. Whether the cell was met before is settled here, in the order of arrival."""
    item = answer.item
    same = (
        sa.select(answers.c.number)
        .outerjoin(answer_cells, answer_cells.c.answer == answers.c.number)
        .where(answers.c.learner == answer.learner, answers.c.vocabulary == answer.vocabulary)
        .limit(1)
    )
    if item.case:
        same = same.where(answer_cells.c.case_id == item.case, answer_cells.c.cell_id == item.cell)
    else:
        same = same.where(answers.c.drawn == item.cell)
    row = {
        **{key: getattr(answer, key) for key in ("id", "learner", "at", "session", "deck", "vocabulary", "given")},
        "drawn": "" if item.case else item.cell,
        "label": item.label,
        "origin": item.origin.value,
        "synthetic": item.synthetic,
        "seconds": float(answer.seconds),
        "again": connection.execute(same).first() is not None,
    }
    _check_text(*(value for value in row.values() if isinstance(value, str)))
    number = connection.execute(ignoring(connection, answers).values(row).returning(answers.c.number)).scalar()
    if number is None:
        return 0
    if item.case:
        place = {"answer": number, "case_id": item.case, "cell_id": item.cell}
        connection.execute(sa.insert(answer_cells).values(place))
    return 1


def _answer_of(row: Mapping[str, Any] | sa.RowMapping) -> Answer:
    case, cell = row["case_id"] or "", row["cell_id"] or row["drawn"]
    item = Item(case, cell, row["label"], Origin(row["origin"]), row["synthetic"])
    keys = ("id", "learner", "at", "session", "deck", "vocabulary", "given", "seconds", "again")
    return Answer(item=item, **{key: row[key] for key in keys})


def _deck_row(deck: Deck, actor: str, number: int) -> dict[str, Any]:
    keys = ("id", "name", "note", "created", "vocabulary", "closed")
    recipe = asdict(deck.recipe) | {"origins": [origin.value for origin in deck.recipe.origins]}
    return {key: getattr(deck, key) for key in keys} | {"actor": actor, "number": number, "recipe": recipe}


def _cell_rows(deck: Deck) -> list[dict[str, Any]]:
    return [
        {
            "deck_id": deck.id,
            "position": position,
            "case_id": item.case,
            "cell_id": item.cell,
            "label": item.label,
            "origin": item.origin.value,
            "synthetic": item.synthetic,
            "said_by": item.said_by,
        }
        for position, item in enumerate(deck.items)
    ]


def _deck_item(row: sa.RowMapping) -> Item:
    told = {key: row[key] for key in ("label", "synthetic", "said_by")}
    return Item(row["case_id"], row["cell_id"], origin=Origin(row["origin"]), **told)


def _deck_of(row: sa.RowMapping, items: Sequence[Item]) -> Deck:
    told = row["recipe"]
    recipe = Recipe(
        tuple(told["cases"]),
        tuple(told["classes"]),
        tuple(Origin(origin) for origin in told["origins"]),
        told["number"],
        told["seed"],
    )
    keys = ("id", "name", "note", "created", "vocabulary", "closed")
    return Deck(by=row["actor"], recipe=recipe, items=tuple(items), **{key: row[key] for key in keys})


def _deck(connection: sa.Connection, deck_id: str) -> sa.RowMapping:
    row = connection.execute(sa.select(decks).where(decks.c.id == deck_id)).mappings().one_or_none()
    if row is None:
        raise NotFound(f"deck {deck_id}", "no such deck", "Choose one of the list.")
    return row


def _check_cases(connection: sa.Connection, named: set[str]) -> None:
    known: set[str] = set(connection.execute(sa.select(cases.c.id).where(cases.c.id.in_(named))).scalars())
    if not named <= known:
        do = "It may have been deleted: open the page again."
        raise NotFound(f"case {min(named - known)}", "no such case", do)


def _check_text(*texts: str) -> None:
    if any(text != rows.storable(text) for text in texts):
        raise BadInput("text", "characters that are none", "Type it again.")
