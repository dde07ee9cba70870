"""Run by Alembic, always on the connection that `core.cases.database` hands over."""

from __future__ import annotations

from alembic import context

from core.cases.database import VERSION_TABLE
from core.cases.every_table import metadata

context.configure(
    connection=context.config.attributes["connection"], target_metadata=metadata, version_table=VERSION_TABLE
)
with context.begin_transaction():
    context.run_migrations()
