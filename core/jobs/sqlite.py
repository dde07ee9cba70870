"""Which SQLite the durable engine needs, said before it fails for want of it."""

from __future__ import annotations

import sqlite3
import sys

from core.errors import BadSettings
from core.settings import Settings


def check(settings: Settings) -> None:
    """Under Python 3.12 and newer DBOS asks SQLite for a function it has from 3.42 on, and fails far from here."""
    if not settings.database.startswith("sqlite") or tuple(sys.version_info) < (3, 12):
        return
    if sqlite3.sqlite_version_info < (3, 42):
        raise BadSettings(
            "SQLite 3.42 or newer under Python 3.12 and newer",
            f"SQLite {sqlite3.sqlite_version}",
            "Use Python 3.11, or a Python built with a newer SQLite, or PostgreSQL (HEMABOARD_DATABASE_URL).",
        )
