"""Run by Alembic, always on the connection that `core.cases.database` hands over.

Migrations that begin alike (an append-only table, its triggers) share no code all the same: each says what was done to
the databases that are there, and a helper that is changed later would do something else to new ones.
"""

from __future__ import annotations

from alembic import context

from core.cases.database import VERSION_TABLE
from core.cases.every_table import metadata

context.configure(
    connection=context.config.attributes["connection"], target_metadata=metadata, version_table=VERSION_TABLE
)
with context.begin_transaction():
    context.run_migrations()
