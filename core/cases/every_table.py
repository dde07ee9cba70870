"""All tables together: what migrations are compared with, and what goes with a case wherever it goes."""

from __future__ import annotations

import sqlalchemy as sa

from core.cases import (
    tables_board,
    tables_cohort,
    tables_counts,
    tables_desk,
    tables_people,
    tables_review,
    tables_robustness,
    tables_slides,
    tables_teaching,
    tables_words,
)
from core.cases.tables import metadata

__all__ = ["BOUND", "GO_WITH_CASE", "OF_CASE", "SLICES", "metadata"]

SLICES = (
    tables_review,
    tables_desk,
    tables_people,
    tables_teaching,
    tables_board,
    tables_counts,
    tables_words,
    tables_robustness,
    tables_cohort,
    tables_slides,
)

# Rows with a `case_id`, parents before children: exported and imported with their case, and deleted with it.
OF_CASE: tuple[sa.Table, ...] = (
    *tables_review.OF_CASE,
    *tables_desk.OF_CASE,
    *tables_people.OF_CASE,
    *tables_counts.OF_CASE,
    *tables_words.OF_CASE,
    *tables_robustness.OF_CASE,
    *tables_slides.OF_CASE,
)

# Deleted with the case, and never exported: what lies between it and something that outlives it, requests, and
# what is only kept so that it need not be worked out again.
GO_WITH_CASE = (
    *OF_CASE,
    *tables_teaching.WITH_CASE,
    *tables_board.WITH_CASE,
    *tables_robustness.WITH_CASE,
    *tables_cohort.WITH_CASE,
    *tables_slides.WITH_CASE,
)

# Those whose every row the trail binds by its digest, as it binds reviews.
BOUND = tuple(table for table in OF_CASE if "digest" in table.c)
