"""The store's tumour boards."""

from __future__ import annotations

import datetime as dt
import secrets
from dataclasses import fields as fields_of
from typing import Any

import sqlalchemy as sa

from core.cases import pseudonym, trail
from core.cases.database import Database
from core.cases.tables import cases, cells, images, runs
from core.cases.tables_board import board_cases, boards
from core.doors.board import MOST, Board, Layout, Panel, Shown
from core.errors import BadInput, Conflict, NotFound

LONGEST_TITLE = 60
FARTHEST = 36_500  # days
MOST_PICTURES = 60  # of one case: more is no board but a gallery


class Boards:
    """`core.doors.board.BoardDoor`. Every write is one transaction together with its event of the trail."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, board: Board, *, actor: str) -> str:
        board_id = f"board-{secrets.token_hex(12)}"
        with self._database.writing() as connection:
            row = _row(connection, board, actor)
            connection.execute(sa.insert(boards).values(row | {"id": board_id}))
            _put(connection, board_id, board)
            trail.append(connection, actor, "board.made", "", _told(board_id, board))
        return board_id

    def one(self, board_id: str) -> Board:
        with self._database.reading() as connection:
            found = _boards(connection, boards.c.id == board_id)
        if not found:
            raise _none(board_id)
        return found[0]

    def all(self) -> list[Board]:
        with self._database.reading() as connection:
            return _boards(connection)

    def change(self, board: Board, *, actor: str) -> None:
        with self._database.writing() as connection:
            held = _boards(connection, boards.c.id == board.id)
            if not held:
                raise _none(board.id)
            changed = [f.name for f in fields_of(Board) if getattr(held[0], f.name) != getattr(board, f.name)]
            changed = [name for name in changed if name not in ("id", "actor", "at")]
            if not changed:
                return
            row = _row(connection, board, actor)
            connection.execute(sa.update(boards).where(boards.c.id == board.id).values(row))
            connection.execute(sa.delete(board_cases).where(board_cases.c.board_id == board.id))
            _put(connection, board.id, board)
            trail.append(connection, actor, "board.changed", "", _told(board.id, board) | {"fields": changed})

    def remove(self, board_id: str, *, actor: str) -> None:
        with self._database.writing() as connection:
            connection.execute(sa.delete(board_cases).where(board_cases.c.board_id == board_id))
            if not connection.execute(sa.delete(boards).where(boards.c.id == board_id)).rowcount:
                raise _none(board_id)
            trail.append(connection, actor, "board.deleted", "", {"board": board_id})


def _row(connection: sa.Connection, board: Board, actor: str) -> dict[str, Any]:
    """What is written of a board, after every look at what may not be in it."""
    _check_cases(connection, board)
    return {
        "title": _title(connection, board),
        "layout": str(board.layout),
        "panels": [str(panel) for panel in dict.fromkeys(board.panels)],
        "masked": board.masked,
        "actor": actor,
        "at": dt.datetime.now(dt.UTC),
    }


def _title(connection: sa.Connection, board: Board) -> str:
    """A title stands in large letters before an audience: it names nobody."""
    title = " ".join(board.title.split())
    if not 1 <= len(title) <= LONGEST_TITLE or not title.isprintable():
        raise BadInput(f"a title of 1 to {LONGEST_TITLE} characters", f"{len(title)} characters", "Type it again.")
    named = pseudonym.identifying(title)
    query = sa.select(cases.c.pseudonym).where(cases.c.id.in_([shown.case for shown in board.cases]))
    if board.masked and any(one.casefold() in title.casefold() for one in connection.execute(query).scalars()):
        named = "a pseudonym"
    if named:
        raise BadInput("a title that identifies nobody", named, "Choose words such as 'Board of the first ward'.")
    return title


def _check_cases(connection: sa.Connection, board: Board) -> None:
    named = [shown.case for shown in board.cases]
    most = MOST[board.layout]
    fewest = 2 if board.layout is Layout.TWO else 1
    if len(set(named)) != len(named) or not fewest <= len(named) <= most:
        expected = "two different cases" if board.layout is Layout.TWO else f"1 to {most} different cases"
        raise BadInput(f"{expected} on such a board", f"{len(named)}", "Choose again.")
    query = sa.select(cases.c.id, cases.c.pseudonym).where(cases.c.id.in_(named))
    there = {row.id: row.pseudonym for row in connection.execute(query)}
    for name in named:
        if name not in there:
            raise NotFound(f"case {name}", "no such case", "Load the page again.")
    if board.layout is Layout.SERIAL and len(set(there.values())) > 1:
        raise Conflict("samples of one pseudonym", f"{len(set(there.values()))}", "Choose one pseudonym's cases.")
    days = [shown.day for shown in board.cases if shown.day is not None]
    if days and (len(days) < len(board.cases) or max(map(abs, days)) > FARTHEST):
        found = f"{len(days)} of {len(board.cases)} samples with a day"
        raise BadInput(f"a day between ±{FARTHEST} for every sample, or for none", found, "Enter the others too.")
    for shown in board.cases:
        _check_pictures(connection, shown)


def _check_pictures(connection: sa.Connection, shown: Shown) -> None:
    if max(len(shown.cells), len(shown.fields)) > MOST_PICTURES:
        found = f"{len(shown.cells)} cells, {len(shown.fields)} fields"
        raise BadInput(f"at most {MOST_PICTURES} cells and as many fields of a case", found, "Choose fewer.")
    its_runs = sa.select(runs.c.id).where(runs.c.case_id == shown.case)
    its_cells = sa.select(cells.c.id).where(cells.c.run_id.in_(its_runs), cells.c.id.in_(shown.cells))
    its_images = sa.select(images.c.id).where(images.c.case_id == shown.case, images.c.id.in_(shown.fields))
    for what, wanted, query in (("cell", shown.cells, its_cells), ("field", shown.fields, its_images)):
        missing = set(wanted) - set(connection.execute(query).scalars())
        if missing:
            raise NotFound(f"{what} {min(missing)} in case {shown.case}", f"no such {what}", "Choose again.")


def _put(connection: sa.Connection, board_id: str, board: Board) -> None:
    values = [
        {
            "board_id": board_id,
            "position": position,
            "case_id": shown.case,
            "cells": list(dict.fromkeys(shown.cells)),
            "fields": list(dict.fromkeys(shown.fields)),
            "day": shown.day,
        }
        for position, shown in enumerate(board.cases)
    ]
    connection.execute(sa.insert(board_cases), values)


def _boards(connection: sa.Connection, *which: sa.ColumnElement[bool]) -> list[Board]:
    held: dict[str, list[Shown]] = {}
    for row in connection.execute(sa.select(board_cases).order_by(board_cases.c.board_id, board_cases.c.position)):
        held.setdefault(row.board_id, []).append(Shown(row.case_id, tuple(row.cells), tuple(row.fields), row.day))
    query = sa.select(boards).where(*which).order_by(boards.c.at.desc(), boards.c.id)
    return [
        Board(
            title=row.title,
            layout=Layout(row.layout),
            cases=tuple(held.get(row.id, ())),
            panels=tuple(Panel(panel) for panel in row.panels),
            masked=row.masked,
            id=row.id,
            actor=row.actor,
            at=row.at,
        )
        for row in connection.execute(query)
    ]


def _told(board_id: str, board: Board) -> dict[str, Any]:
    """For the trail: choices, never a title."""
    return {
        "board": board_id,
        "layout": str(board.layout),
        "cases": len(board.cases),
        "panels": [str(panel) for panel in board.panels],
        "masked": board.masked,
    }


def _none(board_id: str) -> NotFound:
    return NotFound(f"board {board_id}", "no such board", "Ask for a new link.")
