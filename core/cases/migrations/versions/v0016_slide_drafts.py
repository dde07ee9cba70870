"""Regions of slides as somebody left them, before anything was started."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "slide_drafts",
        sa.Column("case_id", sa.Text(), nullable=False),
        sa.Column("slide_id", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("regions", sa.JSON(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_slide_drafts_case_id")),
        sa.PrimaryKeyConstraint("case_id", "slide_id", "actor", name=op.f("pk_slide_drafts")),
    )
