"""The table of measured rows of cohorts. What changes here needs a migration beside it.

It is a cache: a row is replaced when its case changed, and gone with its case. Nothing of it is exported.
"""

from __future__ import annotations

import sqlalchemy as sa

from core.cases.tables import metadata

cohort_rows = sa.Table(
    "cohort_rows",
    metadata,
    sa.Column("case_id", sa.Text, sa.ForeignKey("cases.id"), primary_key=True, nullable=False),
    sa.Column("state", sa.Text, nullable=False),  # digest of what the row was worked out from
    sa.Column("run", sa.Text, nullable=False),
    sa.Column("stain", sa.JSON, nullable=False),  # of the run's pictures: no review changes it
    sa.Column("row", sa.JSON, nullable=False),  # column → value, as core.cohort.columns names them
)

WITH_CASE = (cohort_rows,)
