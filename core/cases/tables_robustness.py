"""The table of tests of the surroundings. What changes here needs a migration beside it.

Nothing in it is ever changed: the database refuses it, and the trail binds each row by its digest.
"""

from __future__ import annotations

import sqlalchemy as sa

from core.cases.tables import UtcTime, metadata

robustness_results = sa.Table(
    "robustness_results",
    metadata,
    sa.Column("case_id", sa.Text, sa.ForeignKey("cases.id"), primary_key=True, nullable=False),
    sa.Column("number", sa.Integer, primary_key=True, nullable=False, autoincrement=False),  # 1, 2, 3 … in the case
    sa.Column("digest", sa.Text, nullable=False),
    sa.Column("run", sa.Text, nullable=False),
    sa.Column("calls", sa.Text, nullable=False),  # digest of the calls that were tested
    sa.Column("model", sa.Text, nullable=False),  # digest of the weights that made them
    sa.Column("word", sa.Text, nullable=False),
    sa.Column("result", sa.JSON, nullable=False),  # as core.robustness.plain gives it
    sa.Column("at", UtcTime, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
)

OF_CASE = (robustness_results,)
