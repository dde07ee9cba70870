"""Users and their roles, legal holds, control slides; indexes that keep a long trail quick to browse."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "users",
        *(sa.Column(name, sa.Text, nullable=False) for name in ("subject", "actor", "name", "email")),
        sa.Column("role", sa.Text),
        sa.Column("active", sa.Boolean, nullable=False),
        sa.Column("met", TIME, nullable=False),
        sa.Column("seen", TIME, nullable=False),
        sa.PrimaryKeyConstraint("subject", name="pk_users"),
        sa.UniqueConstraint("actor", name="uq_users_actor"),
    )
    op.create_table(
        "holds",
        *_of_case("holds"),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("case_id", name="pk_holds"),
    )
    op.create_table(
        "controls",
        *_of_case("controls"),
        sa.Column("lot", sa.Text, nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("case_id", name="pk_controls"),
    )
    op.create_index("ix_controls_lot", "controls", ["lot"])
    op.create_table(
        "control_figures",
        *_of_case("control_figures"),
        sa.Column("run", sa.Text, nullable=False),
        sa.Column("figures", sa.JSON, nullable=False),
        sa.PrimaryKeyConstraint("case_id", "run", name="pk_control_figures"),
    )
    op.create_table(
        "lots",
        *(sa.Column(name, sa.Text, nullable=False) for name in ("lot", "figure")),
        *(sa.Column(name, sa.Double, nullable=False) for name in ("mean", "sd")),
        sa.PrimaryKeyConstraint("lot", "figure", name="pk_lots"),
    )
    for column in ("at", "actor", "action"):
        op.create_index(f"ix_trail_{column}", "trail", [column])


def _of_case(table: str) -> tuple[sa.Column[str], sa.ForeignKeyConstraint]:
    key = sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=f"fk_{table}_case_id_cases")
    return sa.Column("case_id", sa.Text, nullable=False), key
