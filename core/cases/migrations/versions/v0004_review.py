"""Samples, signatures and reads: append-only on both engines, gone only with their case."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

TABLES = ("samples", "sample_steps", "signatures")


def upgrade() -> None:
    _samples()
    _signatures()
    sqlite = op.get_bind().dialect.name == "sqlite"
    if not sqlite:
        op.execute(
            """create or replace function review_refuse() returns trigger language plpgsql as
               $$ begin raise exception 'samples and signatures are append-only'; end $$"""
        )
    for table in TABLES:  # deletion stays possible: a deleted case takes them along, and the trail notices any other
        op.execute(
            f"create trigger {table}_no_update before update on {table} "
            + (
                "begin select raise(abort, 'samples and signatures are append-only'); end"
                if sqlite
                else "for each row execute function review_refuse()"
            )
        )


def _samples() -> None:
    op.create_table(
        "samples",
        sa.Column("case_id", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("run", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("cells", sa.JSON(), nullable=False),
        sa.Column("chances", sa.JSON(), nullable=False),
        sa.Column("strata", sa.JSON(), nullable=False),
        sa.Column("frame", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("seed", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("blinded", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_samples_case_id")),
        sa.PrimaryKeyConstraint("case_id", "number", name=op.f("pk_samples")),
        sa.UniqueConstraint("case_id", "id", name=op.f("uq_samples_case_id_id")),
    )
    op.create_table(
        "sample_steps",
        sa.Column("case_id", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("sample_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("read", sa.Integer(), autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_sample_steps_case_id")),
        sa.PrimaryKeyConstraint("case_id", "number", name=op.f("pk_sample_steps")),
        sa.UniqueConstraint(
            "case_id", "sample_id", "kind", "actor", name=op.f("uq_sample_steps_case_id_sample_id_kind_actor")
        ),
    )


def _signatures() -> None:
    op.create_table(
        "signatures",
        sa.Column("case_id", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("deed", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("authenticated", sa.Boolean(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("content_hash", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_signatures_case_id")),
        sa.PrimaryKeyConstraint("case_id", "number", name=op.f("pk_signatures")),
    )
