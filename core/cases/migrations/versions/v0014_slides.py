"""Whole slides: what they are, their files, plans of fields, and how far runs went."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _slides()
    op.create_table(
        "slide_plans",
        *_keys("slide_plans", sa.Column("number", sa.Integer(), nullable=False)),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("slide_id", sa.Text(), nullable=False),
        sa.Column("um_per_px", sa.Double(), nullable=True),
        sa.Column("regions", sa.JSON(), nullable=False),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.Column("ordered", sa.Text(), nullable=False),
        sa.Column("seed", sa.Integer(), nullable=False),
        sa.Column("stop", sa.JSON(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
    )
    op.create_table(
        "slide_fields",
        *_keys("slide_fields", sa.Column("image_id", sa.Text(), nullable=False)),
        sa.Column("slide_id", sa.Text(), nullable=False),
        sa.Column("place", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id", "image_id"], ["images.case_id", "images.id"], name=op.f("fk_slide_fields_case_id_image_id")
        ),
    )
    op.create_table(
        "slide_looks",
        *_keys("slide_looks", sa.Column("run", sa.Text(), nullable=False)),
        sa.Column("plan", sa.Integer(), nullable=False),
        sa.Column("asked", sa.Text(), nullable=False),
        sa.Column("stopped", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["run"], ["runs.id"], name=op.f("fk_slide_looks_run")),
    )


def _slides() -> None:
    op.create_table(
        "slides",
        *_keys("slides", sa.Column("id", sa.Text(), nullable=False)),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("format", sa.Text(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("um_per_px", sa.Double(), nullable=True),
        sa.Column("size", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
    )
    op.create_table(
        "slide_parts",
        *_keys(
            "slide_parts",
            sa.Column("slide_id", sa.Text(), nullable=False),
            sa.Column("name", sa.Text(), nullable=False),
        ),
        sa.Column("blob", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["blob"], ["blobs.digest"], name=op.f("fk_slide_parts_blob")),
    )
    op.create_index(op.f("ix_slide_parts_blob"), "slide_parts", ["blob"])


def _keys(table: str, *more: sa.Column[Any]) -> list[sa.schema.SchemaItem]:
    """The case and what else names a row, as primary key."""
    return [
        sa.Column("case_id", sa.Text(), nullable=False),
        *more,
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f(f"fk_{table}_case_id")),
        sa.PrimaryKeyConstraint("case_id", *(column.name for column in more), name=op.f(f"pk_{table}")),
    ]
