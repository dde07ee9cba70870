"""`retention` on a real store: it lists, and deletes only when told to."""

from __future__ import annotations

import datetime as dt
from contextlib import closing
from types import SimpleNamespace

import pytest

from core.cases.store import open_store
from core.cli import retention as command
from core.cli.exits import Exit
from core.cli.main import main
from core.records import CaseInfo, Specimen
from core.settings import Settings


@pytest.fixture
def settings(tmp_path, monkeypatch) -> Settings:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HEMABOARD_DATA", str(tmp_path / "data"))
    settings = Settings(data=str(tmp_path / "data"))
    with closing(open_store(settings)) as store:
        store.add_case(CaseInfo("P-1", Specimen.BLOOD), actor="a", case_id="one")
    return settings


@pytest.fixture
def in_a_year(monkeypatch):
    later = dt.datetime.now(dt.UTC) + dt.timedelta(days=366)
    clock = SimpleNamespace(datetime=SimpleNamespace(now=lambda _: later), UTC=dt.UTC)
    monkeypatch.setattr(command, "dt", clock)


def cases(settings: Settings) -> list[str]:
    with closing(open_store(settings)) as store:
        return [row.id for row in store.cases()]


def test_by_default_everything_is_kept(settings, capsys):
    assert main(["retention", "--apply"]) == Exit.OK
    assert "Everything is kept" in capsys.readouterr().err
    assert cases(settings) == ["one"]


def test_it_lists_first_and_deletes_when_told(settings, capsys, monkeypatch, in_a_year):  # noqa: ARG001
    monkeypatch.setenv("HEMABOARD_RETENTION_DAYS", "365")
    assert main(["retention"]) == Exit.OK
    said = capsys.readouterr()
    assert said.out.startswith("due\tone\tP-1\tuntouched since ")
    assert "1 case due. Nothing was deleted" in said.err
    assert cases(settings) == ["one"]
    assert main(["retention", "--apply"]) == Exit.OK
    assert "1 case deleted" in capsys.readouterr().err
    assert cases(settings) == []
