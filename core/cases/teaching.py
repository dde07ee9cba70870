"""The store's decks and answers."""

from __future__ import annotations

from core.cases.database import Database


class Teaching:
    """Every write is one transaction together with its event of the trail."""

    def __init__(self, database: Database) -> None:
        self._database = database
