"""Counts made elsewhere, beside the ratio: append-only on both engines, gone only with their case."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "counts_entered",
        sa.Column("case_id", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("blasts", sa.Double(), nullable=True),
        sa.Column("total", sa.Integer(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_counts_entered_case_id")),
        sa.PrimaryKeyConstraint("case_id", "number", name=op.f("pk_counts_entered")),
    )
    refused = "entered counts are append-only"
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "create trigger counts_entered_no_update before update on counts_entered "
            f"begin select raise(abort, '{refused}'); end"
        )
        return
    op.execute(
        "create or replace function counts_refuse() returns trigger language plpgsql as "
        f"$$ begin raise exception '{refused}'; end $$"
    )
    op.execute(
        "create trigger counts_entered_no_update before update on counts_entered "
        "for each row execute function counts_refuse()"
    )
