"""The tables of tests of the surroundings and of worse pictures. What changes here needs a migration beside it.

Nothing in the results is ever changed: the database refuses it, and the trail binds each row by its digest. A request
for a test changes while it is worked on; it goes with its case and is never exported.
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

strength_curves = sa.Table(
    "strength_curves",
    metadata,
    sa.Column("case_id", sa.Text, sa.ForeignKey("cases.id"), primary_key=True, nullable=False),
    sa.Column("number", sa.Integer, primary_key=True, nullable=False, autoincrement=False),  # 1, 2, 3 … in the case
    sa.Column("digest", sa.Text, nullable=False),
    sa.Column("run", sa.Text, nullable=False),
    sa.Column("calls", sa.Text, nullable=False),
    sa.Column("model", sa.Text, nullable=False),
    sa.Column("result", sa.JSON, nullable=False),
    sa.Column("at", UtcTime, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
)

robustness_jobs = sa.Table(
    "robustness_jobs",
    metadata,
    sa.Column("id", sa.Text, primary_key=True, nullable=False),
    sa.Column("case_id", sa.Text, sa.ForeignKey("cases.id"), nullable=False, index=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("asked", sa.JSON, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("step", sa.Text, nullable=False),
    sa.Column("done", sa.Integer, nullable=False, autoincrement=False),
    sa.Column("total", sa.Integer, nullable=False, autoincrement=False),
    sa.Column("message", sa.Text, nullable=False),
    sa.Column("started", UtcTime, nullable=False),
    sa.Column("finished", UtcTime),
)

OF_CASE = (robustness_results, strength_curves)
WITH_CASE = (robustness_jobs,)
