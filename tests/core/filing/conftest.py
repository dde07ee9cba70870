"""A store with a case in it whose run is done."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from core.cases.store import CaseStore, open_store
from core.settings import Settings
from tests.core.cases import made


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data=str(tmp_path / "data"))


@pytest.fixture
def store(settings: Settings) -> Iterator[CaseStore]:
    opened = open_store(settings)
    yield opened
    opened.close()


@pytest.fixture
def case(store: CaseStore) -> str:
    return made.full(store)
