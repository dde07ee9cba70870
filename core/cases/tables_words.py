"""The tables of summaries: their versions, and what a language model was sent and answered.

Nothing in them is ever changed: the database refuses it, and the trail binds each row by its digest. What changes here
needs a migration beside it.
"""

from __future__ import annotations

import sqlalchemy as sa

from core.cases.tables import UtcTime, metadata

summary_versions = sa.Table(
    "summary_versions",
    metadata,
    sa.Column("case_id", sa.Text, sa.ForeignKey("cases.id"), primary_key=True, nullable=False),
    sa.Column("number", sa.Integer, primary_key=True, nullable=False, autoincrement=False),  # 1, 2, 3 … in the case
    sa.Column("digest", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("parent", sa.Integer),  # nothing: written from the facts
    sa.Column("summary", sa.JSON, nullable=False),  # as core.summaries.as_table gives it
    sa.Column("at", UtcTime, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
)

summary_exchanges = sa.Table(
    "summary_exchanges",
    metadata,
    sa.Column("case_id", sa.Text, primary_key=True, nullable=False),
    sa.Column("version", sa.Integer, primary_key=True, nullable=False, autoincrement=False),
    sa.Column("position", sa.Integer, primary_key=True, nullable=False, autoincrement=False),
    sa.Column("digest", sa.Text, nullable=False),
    sa.Column("sent", sa.LargeBinary, nullable=False),
    sa.Column("received", sa.LargeBinary, nullable=False),
    sa.ForeignKeyConstraint(["case_id", "version"], ["summary_versions.case_id", "summary_versions.number"]),
)

OF_CASE = (summary_versions, summary_exchanges)
