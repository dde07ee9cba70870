"""The version is the one that the project declares."""

from __future__ import annotations

import tomllib
from importlib import metadata
from pathlib import Path

import pytest

from core import product

DECLARED = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def test_it_is_known_where_nothing_was_installed(monkeypatch: pytest.MonkeyPatch):
    def missing(name: str) -> str:
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "version", missing)
    assert product.version() == DECLARED["version"]
