"""Decks and answers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "decks",
        *_texts("id", "name", "note", "actor", "vocabulary"),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("created", TIME, nullable=False),
        sa.Column("recipe", sa.JSON, nullable=False),
        sa.Column("closed", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_decks"),
        sa.UniqueConstraint("number", name="uq_decks_number"),
    )
    op.create_table(
        "deck_cells",
        *_texts("deck_id", "case_id", "cell_id", "label", "origin", "said_by"),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("synthetic", sa.Boolean, nullable=False),
        sa.ForeignKeyConstraint(["deck_id"], ["decks.id"], name="fk_deck_cells_deck_id_decks"),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_deck_cells_case_id_cases"),
        sa.PrimaryKeyConstraint("deck_id", "position", name="pk_deck_cells"),
    )
    op.create_index("ix_deck_cells_case_id", "deck_cells", ["case_id"])
    op.create_table(
        "answers",
        sa.Column("number", sa.Integer, autoincrement=True, nullable=False),
        *_texts("id", "learner", "session", "deck", "vocabulary", "drawn", "label", "origin", "given"),
        sa.Column("at", TIME, nullable=False),
        sa.Column("synthetic", sa.Boolean, nullable=False),
        sa.Column("seconds", sa.Double, nullable=False),
        sa.Column("again", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_answers"),
        sa.UniqueConstraint("learner", "id", name="uq_answers_learner_id"),
    )
    op.create_index("ix_answers_learner", "answers", ["learner"])
    op.create_table(
        "answer_cells",
        sa.Column("answer", sa.Integer, autoincrement=False, nullable=False),
        *_texts("case_id", "cell_id"),
        sa.ForeignKeyConstraint(["answer"], ["answers.number"], name="fk_answer_cells_answer_answers"),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_answer_cells_case_id_cases"),
        sa.PrimaryKeyConstraint("answer", name="pk_answer_cells"),
    )
    op.create_index("ix_answer_cells_case_id", "answer_cells", ["case_id"])


def _texts(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text, nullable=False) for name in names]
