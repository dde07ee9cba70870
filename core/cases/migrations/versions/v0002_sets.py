"""Possible classes and oddness of a call, and how a model mistakes groups of cells."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("calls", sa.Column("possible", sa.JSON(), nullable=True))
    op.add_column("calls", sa.Column("oddness", sa.Double(), nullable=True))
    op.add_column("stamps", sa.Column("confusion", sa.JSON(), nullable=True))
