"""Tests of the surroundings: append-only on both engines, gone only with their case."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

REFUSED = "tests of the surroundings are append-only"


def upgrade() -> None:
    op.create_table(
        "robustness_results",
        sa.Column("case_id", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("run", sa.Text(), nullable=False),
        sa.Column("calls", sa.Text(), nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("word", sa.Text(), nullable=False),
        sa.Column("result", sa.JSON(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_robustness_results_case_id")),
        sa.PrimaryKeyConstraint("case_id", "number", name=op.f("pk_robustness_results")),
    )
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "create trigger robustness_results_no_update before update on robustness_results "
            f"begin select raise(abort, '{REFUSED}'); end"
        )
        return
    op.execute(
        "create or replace function robustness_refuse() returns trigger language plpgsql as "
        f"$$ begin raise exception '{REFUSED}'; end $$"
    )
    op.execute(
        "create trigger robustness_results_no_update before update on robustness_results "
        "for each row execute function robustness_refuse()"
    )
