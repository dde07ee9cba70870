"""The tables of decks and answers. What changes here needs a migration beside it.

decks ── deck_cells        answers ── answer_cells

Neither is a case's own: a deck takes from many, an answer is a learner's. What lies between goes with the case, so
that a deck loses its cells and an answer forgets where its cell was; no export carries them.
"""

from __future__ import annotations

import sqlalchemy as sa

from core.cases.tables import UtcTime, metadata


def _text(name: str, *more: sa.ForeignKey, key: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text, *more, primary_key=key, nullable=False)


decks = sa.Table(
    "decks",
    metadata,
    _text("id", key=True),
    sa.Column("number", sa.Integer, nullable=False, unique=True),  # the highest is the newest
    _text("name"),
    _text("note"),
    _text("actor"),
    sa.Column("created", UtcTime, nullable=False),
    _text("vocabulary"),
    sa.Column("recipe", sa.JSON, nullable=False),
    sa.Column("closed", sa.Boolean, nullable=False),
)

deck_cells = sa.Table(
    "deck_cells",
    metadata,
    _text("deck_id", sa.ForeignKey("decks.id"), key=True),
    sa.Column("position", sa.Integer, primary_key=True, nullable=False, autoincrement=False),
    sa.Column("case_id", sa.Text, sa.ForeignKey("cases.id"), nullable=False, index=True),
    _text("cell_id"),
    _text("label"),  # at the time of building
    _text("origin"),
    sa.Column("synthetic", sa.Boolean, nullable=False),
    _text("said_by"),
)

answers = sa.Table(
    "answers",
    metadata,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
    _text("id"),
    sa.Column("learner", sa.Text, nullable=False, index=True),
    sa.Column("at", UtcTime, nullable=False),
    _text("session"),
    _text("deck"),  # no key: a practice may be no deck
    _text("vocabulary"),
    _text("drawn"),  # the number of a cell drawn in memory; '' of a case's cell
    _text("label"),
    _text("origin"),
    sa.Column("synthetic", sa.Boolean, nullable=False),
    _text("given"),
    sa.Column("seconds", sa.Double, nullable=False),
    sa.Column("again", sa.Boolean, nullable=False),
    sa.UniqueConstraint("learner", "id"),
)

answer_cells = sa.Table(
    "answer_cells",
    metadata,
    sa.Column("answer", sa.Integer, sa.ForeignKey("answers.number"), primary_key=True, autoincrement=False),
    sa.Column("case_id", sa.Text, sa.ForeignKey("cases.id"), nullable=False, index=True),
    _text("cell_id"),
)

WITH_CASE = (deck_cells, answer_cells)
