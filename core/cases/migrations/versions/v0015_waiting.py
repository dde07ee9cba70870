"""Runs by their state: every worker asks every other second what waits, however many cases lie in the store."""

from __future__ import annotations

from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(op.f("ix_runs_state"), "runs", ["state"])
