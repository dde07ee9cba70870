"""`health` of a real house, with the shipped models."""

from __future__ import annotations

import json

import pytest

from core.cli.exits import Exit
from core.cli.main import main


@pytest.fixture(autouse=True)
def house(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HEMABOARD_DATA", str(tmp_path / "data"))


def test_a_fresh_house_works(capsys):
    assert main(["health", "--json"]) == Exit.OK
    told = json.loads(capsys.readouterr().out)
    states = {check["id"]: check["state"] for check in told["checks"]}
    assert states["database"] == states["model.cell-detector"] == states["model.cell-classifier"] == "good"
    assert states["backup"] == "unknown"


def test_without_a_database_the_rest_is_told_and_the_exit_code_says_so(capsys, monkeypatch):
    monkeypatch.setenv("HEMABOARD_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none")
    assert main(["health"]) == Exit.UNWELL
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].endswith(": bad")
    assert any(line.startswith("bad\tDatabase\t") for line in lines)
    assert any(line.startswith("good\tModel cell-detector\t") for line in lines)
