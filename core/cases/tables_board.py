"""The tables of tumour boards. What changes here needs a migration beside it.

boards ── board_cases

A board takes from several cases and is none's own: what lies between goes with the case, and no export carries it.
"""

from __future__ import annotations

import sqlalchemy as sa

from core.cases.tables import UtcTime, metadata


def _text(name: str, *more: sa.ForeignKey, key: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text, *more, primary_key=key, nullable=False)


boards = sa.Table(
    "boards",
    metadata,
    _text("id", key=True),
    _text("title"),
    _text("layout"),
    sa.Column("panels", sa.JSON, nullable=False),
    sa.Column("masked", sa.Boolean, nullable=False),
    _text("actor"),
    sa.Column("at", UtcTime, nullable=False),
)

board_cases = sa.Table(
    "board_cases",
    metadata,
    _text("board_id", sa.ForeignKey("boards.id"), key=True),
    sa.Column("position", sa.Integer, primary_key=True, nullable=False, autoincrement=False),
    sa.Column("case_id", sa.Text, sa.ForeignKey("cases.id"), nullable=False, index=True),
    sa.Column("cells", sa.JSON, nullable=False),
    sa.Column("fields", sa.JSON, nullable=False),
    sa.Column("day", sa.Integer),  # nothing: not entered
)

WITH_CASE = (board_cases,)
