"""The tables of users, legal holds and control slides. What changes here needs a migration beside it.

users              holds, controls, control_figures (a case's, and gone with it)
lots (expected values of a control material: no case's)
"""

from __future__ import annotations

import sqlalchemy as sa

from core.cases.tables import UtcTime, metadata


def _text(name: str, *more: sa.ForeignKey, key: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text, *more, primary_key=key, nullable=False)


users = sa.Table(
    "users",
    metadata,
    _text("subject", key=True),
    _text("actor"),  # how the trail calls the person; never given twice
    _text("name"),
    _text("email"),
    sa.Column("role", sa.Text),  # nothing: nobody has given one
    sa.Column("active", sa.Boolean, nullable=False),
    sa.Column("met", UtcTime, nullable=False),
    sa.Column("seen", UtcTime, nullable=False),
    sa.UniqueConstraint("actor"),
)

holds = sa.Table(
    "holds",  # cases that no retention may delete
    metadata,
    _text("case_id", sa.ForeignKey("cases.id"), key=True),
    _text("actor"),
    sa.Column("at", UtcTime, nullable=False),
    _text("reason"),
)

controls = sa.Table(
    "controls",  # cases that show a control slide
    metadata,
    _text("case_id", sa.ForeignKey("cases.id"), key=True),
    sa.Column("lot", sa.Text, nullable=False, index=True),
    _text("actor"),
    sa.Column("at", UtcTime, nullable=False),
)

control_figures = sa.Table(
    "control_figures",  # what a finished run of a control measured; made once, since a run never changes
    metadata,
    _text("case_id", sa.ForeignKey("cases.id"), key=True),
    _text("run", key=True),
    sa.Column("figures", sa.JSON, nullable=False),
)

lots = sa.Table(
    "lots",  # expected mean and SD of a control material, where somebody states them
    metadata,
    _text("lot", key=True),
    _text("figure", key=True),
    sa.Column("mean", sa.Double, nullable=False),
    sa.Column("sd", sa.Double, nullable=False),
)

OF_CASE = (holds, controls, control_figures)
