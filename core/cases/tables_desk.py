"""The tables of tags, notes, saved filters. What changes here needs a migration beside it."""

from __future__ import annotations

import sqlalchemy as sa

from core.cases.tables import UtcTime, images, metadata

tags = sa.Table(
    "tags",
    metadata,
    sa.Column("case_id", sa.Text, sa.ForeignKey("cases.id"), primary_key=True, nullable=False),
    sa.Column("tag", sa.Text, primary_key=True, nullable=False, index=True),
    sa.Column("at", UtcTime, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
)

notes = sa.Table(
    "notes",
    metadata,
    sa.Column("case_id", sa.Text, sa.ForeignKey("cases.id"), primary_key=True, nullable=False),
    sa.Column("number", sa.Integer, primary_key=True, nullable=False, autoincrement=False),
    sa.Column("digest", sa.Text, nullable=False),  # the trail binds each note by it: none is ever changed
    sa.Column("at", UtcTime, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
)

filters = sa.Table(
    "filters",
    metadata,
    sa.Column("owner", sa.Text, primary_key=True, nullable=False),
    sa.Column("name", sa.Text, primary_key=True, nullable=False),
    sa.Column("at", UtcTime, nullable=False),
    sa.Column("content", sa.JSON, nullable=False),
)

OF_CASE = (tags, notes)

# The same picture in another case is looked for at every upload; the key of `images` begins with the case.
images_by_id = sa.Index("ix_images_id", images.c.id)
