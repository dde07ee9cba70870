"""The table of counts made elsewhere. What changes here needs a migration beside it.

Nothing in it is ever changed: the database refuses it, and the trail binds each row by its digest.
"""

from __future__ import annotations

import sqlalchemy as sa

from core.cases.tables import UtcTime, metadata

counts_entered = sa.Table(
    "counts_entered",
    metadata,
    sa.Column("case_id", sa.Text, sa.ForeignKey("cases.id"), primary_key=True, nullable=False),
    sa.Column("number", sa.Integer, primary_key=True, nullable=False, autoincrement=False),  # 1, 2, 3 … in the case
    sa.Column("digest", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("blasts", sa.Double),  # share, 0–1; nothing: what was entered of this kind is taken back
    sa.Column("total", sa.Integer),  # cells it was counted of; nothing: not known
    sa.Column("note", sa.Text, nullable=False),
    sa.Column("at", UtcTime, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
)

OF_CASE = (counts_entered,)
