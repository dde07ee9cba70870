"""The tables. What changes here needs a migration beside it; a test compares the two on both engines.

cases ── images ──────────────┐
  ├──── runs ── run_images ───┴── cells ── calls
  │       └──── stamps
  ├──── reviews, carried
blobs (what may lie in the blob store)      trail, trail_head (no key to a case: they outlive it)
"""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.engine import Dialect

metadata = sa.MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    }
)


class UtcTime(sa.TypeDecorator[dt.datetime]):
    """Time with its zone, always UTC; SQLite keeps no zone, so it is put back on the way out."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: dt.datetime | None, dialect: Dialect) -> dt.datetime | None:  # noqa: ARG002
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a zone cannot be stored")
        return value.astimezone(dt.UTC)

    def process_result_value(self, value: dt.datetime | None, dialect: Dialect) -> dt.datetime | None:  # noqa: ARG002
        if value is None:
            return None
        return value.replace(tzinfo=dt.UTC) if value.tzinfo is None else value.astimezone(dt.UTC)


def _text(name: str, *more: sa.ForeignKey, key: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text, *more, primary_key=key, nullable=False)


def _whole(name: str, *, key: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.Integer, primary_key=key, nullable=False, autoincrement=False)


def _number(name: str, *, nullable: bool = False) -> sa.Column[float]:
    return sa.Column(name, sa.Double, nullable=nullable)


def _blob(*, nullable: bool = False) -> sa.Column[str]:
    return sa.Column("blob", sa.Text, sa.ForeignKey("blobs.digest"), nullable=nullable, index=True)


blobs = sa.Table("blobs", metadata, _text("digest", key=True))

cases = sa.Table(
    "cases",
    metadata,
    _text("id", key=True),
    _text("pseudonym"),
    _text("specimen"),
    _text("modality"),
    _text("stain"),
    _text("centre"),
    _text("scanner"),
    _number("um_per_px", nullable=True),
    _text("domain"),
    _text("vocabulary"),
    sa.Column("findings", sa.JSON, nullable=False),
    _text("note"),
    sa.Column("created", UtcTime, nullable=False, index=True),
    _text("salt"),  # of digests in the trail; gone with the case, so that they then say nothing
)

images = sa.Table(
    "images",
    metadata,
    _text("case_id", sa.ForeignKey("cases.id"), key=True),
    _text("id", key=True),
    _whole("position"),
    _text("sha256"),
    _whole("page"),
    _text("label"),
    _text("modality"),
    _whole("width"),
    _whole("height"),
    _number("um_per_px", nullable=True),
    _whole("bits"),
    sa.Column("views", sa.JSON, nullable=False),
    _text("source_format"),
    sa.Column("warnings", sa.JSON, nullable=False),
    _blob(),
)

runs = sa.Table(
    "runs",
    metadata,
    _text("id", key=True),
    _text("case_id", sa.ForeignKey("cases.id")),
    _whole("number"),  # 1, 2, 3 … within the case: the highest is the latest
    sa.Column("state", sa.Text, nullable=False, index=True),  # workers ask every other second what is not ended
    _whole("done"),
    _whole("total"),
    sa.Column("started", UtcTime, nullable=False),
    sa.Column("finished", UtcTime),
    _text("message"),
    _text("actor"),
    sa.UniqueConstraint("case_id", "number"),
)

stamps = sa.Table(
    "stamps",
    metadata,
    _text("run_id", sa.ForeignKey("runs.id"), key=True),
    _text("task", key=True),
    _text("digest", key=True),
    _text("name"),
    _text("domain"),
    _text("notice"),
    _text("vocabulary"),
    _whole("number"),
    sa.Column("confusion", sa.JSON(none_as_null=True)),  # nothing: the model's card tells none
    sa.Column("markers", sa.JSON(none_as_null=True)),  # names, truth, units, cuts; nothing: it estimates none
)

run_images = sa.Table(
    "run_images",
    metadata,
    _text("run_id", sa.ForeignKey("runs.id"), key=True),
    _text("image_id", key=True),
    _text("case_id"),
    sa.ForeignKeyConstraint(["case_id", "image_id"], ["images.case_id", "images.id"]),
)

cells = sa.Table(
    "cells",
    metadata,
    _text("run_id", key=True),
    _text("id", key=True),
    _text("image_id"),
    _whole("number"),  # within the image
    _number("x0"),
    _number("y0"),
    _number("x1"),
    _number("y1"),
    sa.Column("contour", sa.LargeBinary, nullable=False),  # little-endian float32: x, y, x, y …
    _number("score"),
    sa.Column("touches_edge", sa.Boolean, nullable=False),
    sa.Column("measures", sa.JSON, nullable=False),
    _blob(nullable=True),  # the pack of its batch's crops, and where in it the cell's crop lies
    sa.Column("crop_start", sa.Integer),
    sa.Column("crop_length", sa.Integer),
    sa.Column("crop_sha256", sa.Text),
    sa.ForeignKeyConstraint(["run_id", "image_id"], ["run_images.run_id", "run_images.image_id"]),
)

calls = sa.Table(
    "calls",
    metadata,
    _text("run_id", key=True),
    _text("cell_id", key=True),
    _text("model", key=True),
    _text("label"),
    sa.Column("probabilities", sa.JSON, nullable=False),
    sa.Column("measures", sa.JSON, nullable=False),
    sa.Column("possible", sa.JSON(none_as_null=True)),  # nothing, here and below: the model has no such thing
    _number("oddness", nullable=True),
    sa.Column("markers", sa.JSON(none_as_null=True)),  # name → value, low, high
    sa.Column("gate", sa.JSON(none_as_null=True)),
    sa.Column("views", sa.JSON(none_as_null=True)),
    sa.ForeignKeyConstraint(["run_id", "cell_id"], ["cells.run_id", "cells.id"]),
)

reviews = sa.Table(
    "reviews",
    metadata,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
    _text("case_id", sa.ForeignKey("cases.id")),
    _text("digest"),  # of the content: the same word twice is one
    _text("cell_id"),
    _text("actor"),
    sa.Column("at", UtcTime, nullable=False),
    _text("was"),
    _text("now"),
    _text("reason"),
    sa.Column("saw_call", sa.Boolean, nullable=False),
    _text("stream"),
    _number("probability", nullable=True),
    sa.UniqueConstraint("case_id", "digest"),
)

carried = sa.Table(
    "carried",  # an imported case's history in the store it came from; our own trail binds its digest
    metadata,
    _text("case_id", sa.ForeignKey("cases.id"), key=True),
    _whole("position", key=True),
    sa.Column("event", sa.JSON, nullable=False),
)

trail = sa.Table(
    "trail",
    metadata,
    _whole("number", key=True),
    sa.Column("at", UtcTime, nullable=False, index=True),
    sa.Column("actor", sa.Text, nullable=False, index=True),
    sa.Column("action", sa.Text, nullable=False, index=True),
    sa.Column("case_id", sa.Text, nullable=False, index=True),
    sa.Column("detail", sa.JSON, nullable=False),
    _text("previous"),
    _text("hash"),
)

trail_head = sa.Table("trail_head", metadata, _whole("id", key=True), _whole("count"), _text("hash"))
