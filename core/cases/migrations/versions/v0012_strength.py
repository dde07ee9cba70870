"""Curves of shares against worse pictures, kept as tests of the surroundings are; requests for either kind of test.

Curves are append-only on both engines. A request is changed while it is worked on, and goes with its case.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

REFUSED = "curves of worse pictures are append-only"


def upgrade() -> None:
    op.create_table(
        "strength_curves",
        sa.Column("case_id", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("run", sa.Text(), nullable=False),
        sa.Column("calls", sa.Text(), nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("result", sa.JSON(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_strength_curves_case_id")),
        sa.PrimaryKeyConstraint("case_id", "number", name=op.f("pk_strength_curves")),
    )
    op.create_table(
        "robustness_jobs",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("case_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("asked", sa.JSON(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("done", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("total", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("started", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_robustness_jobs_case_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_robustness_jobs")),
    )
    op.create_index(op.f("ix_robustness_jobs_case_id"), "robustness_jobs", ["case_id"])
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "create trigger strength_curves_no_update before update on strength_curves "
            f"begin select raise(abort, '{REFUSED}'); end"
        )
        return
    op.execute(
        "create or replace function strength_refuse() returns trigger language plpgsql as "
        f"$$ begin raise exception '{REFUSED}'; end $$"
    )
    op.execute(
        "create trigger strength_curves_no_update before update on strength_curves "
        "for each row execute function strength_refuse()"
    )
