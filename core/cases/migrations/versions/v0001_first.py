"""The first tables, and the triggers that keep the trail append-only on both engines."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

GENESIS = "0" * 64

SQLITE = (
    """create trigger trail_no_update before update on trail
       begin select raise(abort, 'the trail is append-only'); end""",
    """create trigger trail_no_delete before delete on trail
       begin select raise(abort, 'the trail is append-only'); end""",
    """create trigger trail_head_forward before update on trail_head
       when new.count <> old.count + 1 or new.id <> old.id
       begin select raise(abort, 'the head of the trail moves one event at a time'); end""",
    """create trigger trail_head_no_delete before delete on trail_head
       begin select raise(abort, 'the trail is append-only'); end""",
)
POSTGRESQL = (
    """create function trail_refuse() returns trigger language plpgsql as
       $$ begin raise exception 'the trail is append-only'; end $$""",
    """create function trail_head_forward() returns trigger language plpgsql as
       $$ begin
         if new.count <> old.count + 1 or new.id <> old.id then
           raise exception 'the head of the trail moves one event at a time';
         end if;
         return new;
       end $$""",
    """create trigger trail_no_change before update or delete on trail
       for each row execute function trail_refuse()""",
    """create trigger trail_no_truncate before truncate on trail
       for each statement execute function trail_refuse()""",
    """create trigger trail_head_forward before update on trail_head
       for each row execute function trail_head_forward()""",
    """create trigger trail_head_no_delete before delete on trail_head
       for each row execute function trail_refuse()""",
    """create trigger trail_head_no_truncate before truncate on trail_head
       for each statement execute function trail_refuse()""",
)


def upgrade() -> None:
    _tables()
    for statement in SQLITE if op.get_bind().dialect.name == "sqlite" else POSTGRESQL:
        op.execute(statement)
    op.bulk_insert(
        sa.table("trail_head", sa.column("id"), sa.column("count"), sa.column("hash")),
        [{"id": 1, "count": 0, "hash": GENESIS}],
    )


def _tables() -> None:
    op.create_table(
        "blobs",
        sa.Column("digest", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_blobs")),
    )
    op.create_table(
        "cases",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("pseudonym", sa.Text(), nullable=False),
        sa.Column("specimen", sa.Text(), nullable=False),
        sa.Column("modality", sa.Text(), nullable=False),
        sa.Column("stain", sa.Text(), nullable=False),
        sa.Column("centre", sa.Text(), nullable=False),
        sa.Column("scanner", sa.Text(), nullable=False),
        sa.Column("um_per_px", sa.Double(), nullable=True),
        sa.Column("domain", sa.Text(), nullable=False),
        sa.Column("vocabulary", sa.Text(), nullable=False),
        sa.Column("findings", sa.JSON(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("salt", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cases")),
    )
    op.create_index(op.f("ix_cases_created"), "cases", ["created"], unique=False)
    op.create_table(
        "trail",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("case_id", sa.Text(), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.Column("previous", sa.Text(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_trail")),
    )
    op.create_index(op.f("ix_trail_case_id"), "trail", ["case_id"], unique=False)
    op.create_table(
        "trail_head",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("count", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trail_head")),
    )
    op.create_table(
        "carried",
        sa.Column("case_id", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("event", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_carried_case_id")),
        sa.PrimaryKeyConstraint("case_id", "position", name=op.f("pk_carried")),
    )
    op.create_table(
        "images",
        sa.Column("case_id", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("page", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("modality", sa.Text(), nullable=False),
        sa.Column("width", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("height", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("um_per_px", sa.Double(), nullable=True),
        sa.Column("bits", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("views", sa.JSON(), nullable=False),
        sa.Column("source_format", sa.Text(), nullable=False),
        sa.Column("warnings", sa.JSON(), nullable=False),
        sa.Column("blob", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["blob"], ["blobs.digest"], name=op.f("fk_images_blob")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_images_case_id")),
        sa.PrimaryKeyConstraint("case_id", "id", name=op.f("pk_images")),
    )
    op.create_index(op.f("ix_images_blob"), "images", ["blob"], unique=False)
    op.create_table(
        "reports",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("case_id", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("content_hash", sa.Text(), nullable=False),
        sa.Column("signed", sa.DateTime(timezone=True), nullable=True),
        sa.Column("signed_by", sa.Text(), nullable=True),
        sa.Column("blob", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["blob"], ["blobs.digest"], name=op.f("fk_reports_blob")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_reports_case_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reports")),
    )
    op.create_index(op.f("ix_reports_blob"), "reports", ["blob"], unique=False)
    op.create_index(op.f("ix_reports_case_id"), "reports", ["case_id"], unique=False)
    op.create_table(
        "reviews",
        sa.Column("number", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("case_id", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("cell_id", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("was", sa.Text(), nullable=False),
        sa.Column("now", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("saw_call", sa.Boolean(), nullable=False),
        sa.Column("stream", sa.Text(), nullable=False),
        sa.Column("probability", sa.Double(), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_reviews_case_id")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_reviews")),
        sa.UniqueConstraint("case_id", "digest", name=op.f("uq_reviews_case_id_digest")),
    )
    op.create_table(
        "runs",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("case_id", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("done", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("total", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("started", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished", sa.DateTime(timezone=True), nullable=True),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_runs_case_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_runs")),
        sa.UniqueConstraint("case_id", "number", name=op.f("uq_runs_case_id_number")),
    )
    op.create_table(
        "summaries",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("case_id", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("writer", sa.Text(), nullable=False),
        sa.Column("content_hash", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_summaries_case_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_summaries")),
    )
    op.create_index(op.f("ix_summaries_case_id"), "summaries", ["case_id"], unique=False)
    op.create_table(
        "run_images",
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("image_id", sa.Text(), nullable=False),
        sa.Column("case_id", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id", "image_id"], ["images.case_id", "images.id"], name=op.f("fk_run_images_case_id_image_id")
        ),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_run_images_run_id")),
        sa.PrimaryKeyConstraint("run_id", "image_id", name=op.f("pk_run_images")),
    )
    op.create_table(
        "stamps",
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("task", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("domain", sa.Text(), nullable=False),
        sa.Column("notice", sa.Text(), nullable=False),
        sa.Column("vocabulary", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_stamps_run_id")),
        sa.PrimaryKeyConstraint("run_id", "task", "digest", name=op.f("pk_stamps")),
    )
    op.create_table(
        "cells",
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("image_id", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("x0", sa.Double(), nullable=False),
        sa.Column("y0", sa.Double(), nullable=False),
        sa.Column("x1", sa.Double(), nullable=False),
        sa.Column("y1", sa.Double(), nullable=False),
        sa.Column("contour", sa.LargeBinary(), nullable=False),
        sa.Column("score", sa.Double(), nullable=False),
        sa.Column("touches_edge", sa.Boolean(), nullable=False),
        sa.Column("measures", sa.JSON(), nullable=False),
        sa.Column("blob", sa.Text(), nullable=True),
        sa.Column("crop_start", sa.Integer(), nullable=True),
        sa.Column("crop_length", sa.Integer(), nullable=True),
        sa.Column("crop_sha256", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["blob"], ["blobs.digest"], name=op.f("fk_cells_blob")),
        sa.ForeignKeyConstraint(
            ["run_id", "image_id"], ["run_images.run_id", "run_images.image_id"], name=op.f("fk_cells_run_id_image_id")
        ),
        sa.PrimaryKeyConstraint("run_id", "id", name=op.f("pk_cells")),
    )
    op.create_index(op.f("ix_cells_blob"), "cells", ["blob"], unique=False)
    op.create_table(
        "calls",
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("cell_id", sa.Text(), nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("probabilities", sa.JSON(), nullable=False),
        sa.Column("measures", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["run_id", "cell_id"], ["cells.run_id", "cells.id"], name=op.f("fk_calls_run_id_cell_id")
        ),
        sa.PrimaryKeyConstraint("run_id", "cell_id", "model", name=op.f("pk_calls")),
    )
