"""Label-free calls: marker values, gate and views of a call, and what a model's marker values were learned from.

Label-free cases that were stored before there was a network for them are read in its vocabulary from now on.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name in ("markers", "gate", "views"):
        op.add_column("calls", sa.Column(name, sa.JSON(), nullable=True))
    op.add_column("stamps", sa.Column("markers", sa.JSON(), nullable=True))
    op.execute("update cases set vocabulary = 'dpc4' where modality = 'dpc' and vocabulary = 'shipped16'")
