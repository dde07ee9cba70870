"""The tables of whole slides. What changes here needs a migration beside it.

slides ── slide_parts (files, in the blob store)      slide_plans (which fields, in which order, until when)
  └────── slide_fields (images that are read from the slide when asked)      slide_looks (how far a run went)
          slide_drafts (regions that somebody drew and nothing was started with yet)
"""

from __future__ import annotations

import sqlalchemy as sa

from core.cases.tables import UtcTime, metadata


def _case() -> sa.Column[str]:
    return sa.Column("case_id", sa.Text, sa.ForeignKey("cases.id"), primary_key=True, nullable=False)


def _whole(name: str, *, key: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.Integer, primary_key=key, nullable=False, autoincrement=False)


def _text(name: str, *, key: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text, primary_key=key, nullable=False)


slides = sa.Table(
    "slides",
    metadata,
    _case(),
    _text("id", key=True),
    _whole("position"),  # 0, 1, 2 … within the case
    _text("sha256"),
    _text("format"),
    _whole("width"),
    _whole("height"),
    sa.Column("um_per_px", sa.Double),
    sa.Column("size", sa.Text, nullable=False),  # bytes, as text: whole numbers here end at 2³¹
    sa.Column("at", UtcTime, nullable=False),
    _text("actor"),
)

slide_parts = sa.Table(
    "slide_parts",
    metadata,
    _case(),
    _text("slide_id", key=True),
    _text("name", key=True),  # what the reading library looks for; never the name it came with
    sa.Column("blob", sa.Text, sa.ForeignKey("blobs.digest"), nullable=False, index=True),
)

slide_plans = sa.Table(
    "slide_plans",
    metadata,
    _case(),
    _whole("number", key=True),
    _text("digest"),  # a plan is declared before anything is seen: the trail binds it
    _text("slide_id"),
    sa.Column("um_per_px", sa.Double),
    sa.Column("regions", sa.JSON, nullable=False),
    sa.Column("fields", sa.JSON, nullable=False),  # in the order in which they are looked at
    _text("ordered"),
    _whole("seed"),
    sa.Column("stop", sa.JSON, nullable=False),
    sa.Column("at", UtcTime, nullable=False),
    _text("actor"),
)

slide_fields = sa.Table(
    "slide_fields",
    metadata,
    _case(),
    _text("image_id", key=True),
    _text("slide_id"),
    sa.Column("place", sa.JSON, nullable=False),  # as core.cases.slide_rows writes a field
    sa.ForeignKeyConstraint(["case_id", "image_id"], ["images.case_id", "images.id"]),
)

slide_looks = sa.Table(
    "slide_looks",
    metadata,
    _case(),
    _text("run", key=True),
    _whole("plan"),
    _text("asked"),  # who asked to end early
    _text("stopped"),  # why it ended early
    sa.ForeignKeyConstraint(["run"], ["runs.id"]),
)

slide_drafts = sa.Table(
    "slide_drafts",
    metadata,
    _case(),
    _text("slide_id", key=True),
    _text("actor", key=True),
    sa.Column("regions", sa.JSON, nullable=False),
    sa.Column("at", UtcTime, nullable=False),
)

OF_CASE = (slides, slide_plans, slide_fields, slide_looks)
# An export holds the fields that were looked at as pictures, and of the slide its digest; drafts declare nothing.
WITH_CASE = (slide_parts, slide_drafts)
