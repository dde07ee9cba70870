"""Versions of summaries and what language models were sent: append-only on both engines, gone only with their case.

The first version's tables of summaries and reports go: nothing was ever written to them.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

TABLES = ("summary_versions", "summary_exchanges")
REFUSED = "versions of summaries are append-only"


def upgrade() -> None:
    op.drop_table("summaries")
    op.drop_table("reports")
    op.create_table(
        "summary_versions",
        sa.Column("case_id", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("parent", sa.Integer(), nullable=True),
        sa.Column("summary", sa.JSON(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_summary_versions_case_id")),
        sa.PrimaryKeyConstraint("case_id", "number", name=op.f("pk_summary_versions")),
    )
    op.create_table(
        "summary_exchanges",
        sa.Column("case_id", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("sent", sa.LargeBinary(), nullable=False),
        sa.Column("received", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id", "version"],
            ["summary_versions.case_id", "summary_versions.number"],
            name=op.f("fk_summary_exchanges_case_id_version"),
        ),
        sa.PrimaryKeyConstraint("case_id", "version", "position", name=op.f("pk_summary_exchanges")),
    )
    if op.get_bind().dialect.name == "sqlite":
        for table in TABLES:
            op.execute(
                f"create trigger {table}_no_update before update on {table} begin select raise(abort, '{REFUSED}'); end"
            )
        return
    op.execute(
        "create or replace function summaries_refuse() returns trigger language plpgsql as "
        f"$$ begin raise exception '{REFUSED}'; end $$"
    )
    for table in TABLES:
        op.execute(
            f"create trigger {table}_no_update before update on {table} "
            "for each row execute function summaries_refuse()"
        )
