"""The tables of random samples, signatures, reads. What changes here needs a migration beside it.

Nothing in them is ever changed: the database refuses it, and the trail binds each row by its digest.
"""

from __future__ import annotations

import sqlalchemy as sa

from core.cases.tables import UtcTime, metadata


def _text(name: str, *, key: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text, primary_key=key, nullable=False)


def _whole(name: str, *, key: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.Integer, primary_key=key, nullable=False, autoincrement=False)


def _case() -> sa.Column[str]:
    return sa.Column("case_id", sa.Text, sa.ForeignKey("cases.id"), primary_key=True, nullable=False)


samples = sa.Table(
    "samples",
    metadata,
    _case(),
    _whole("number", key=True),  # 1, 2, 3 … within the case
    _text("id"),
    _text("digest"),
    _text("run"),
    _text("purpose"),
    sa.Column("at", UtcTime, nullable=False),
    _text("actor"),
    sa.Column("cells", sa.JSON, nullable=False),  # in the order of reading
    sa.Column("chances", sa.JSON, nullable=False),  # how likely each of them was to be drawn
    sa.Column("strata", sa.JSON, nullable=False),  # name, cells, cells drawn; none: simple random
    _whole("frame"),
    _whole("seed"),
    sa.Column("blinded", sa.Boolean, nullable=False),
    sa.UniqueConstraint("case_id", "id"),
)

sample_steps = sa.Table(
    "sample_steps",
    metadata,
    _case(),
    _whole("number", key=True),
    _text("digest"),
    _text("sample_id"),
    _text("kind"),
    sa.Column("at", UtcTime, nullable=False),
    _text("actor"),
    _whole("read"),
    sa.UniqueConstraint("case_id", "sample_id", "kind", "actor"),
)

signatures = sa.Table(
    "signatures",
    metadata,
    _case(),
    _whole("number", key=True),
    _text("digest"),
    _text("deed"),
    sa.Column("at", UtcTime, nullable=False),
    _text("actor"),
    _text("role"),
    sa.Column("authenticated", sa.Boolean, nullable=False),
    sa.Column("content", sa.JSON, nullable=False),  # digests by part
    _text("content_hash"),
    _text("reason"),
)

OF_CASE = (samples, sample_steps, signatures)
