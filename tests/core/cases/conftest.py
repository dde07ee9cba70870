"""A store on each engine."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from core.cases.store import CaseStore, open_store
from core.settings import Settings


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    return Settings(data=str(tmp_path / "data"), database_url=database_url, user="somebody")


@pytest.fixture
def store(settings: Settings) -> Iterator[CaseStore]:
    opened = open_store(settings)
    yield opened
    opened.close()


@pytest.fixture
def elsewhere(tmp_path: Path) -> Iterator[Callable[[], CaseStore]]:
    """Makes further, empty stores (on SQLite), as on other machines."""
    opened: list[CaseStore] = []

    def another() -> CaseStore:
        opened.append(open_store(Settings(data=str(tmp_path / f"elsewhere-{len(opened)}"))))
        return opened[-1]

    yield another
    for other in opened:
        other.close()
