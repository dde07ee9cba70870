"""`python -m core verify FILE`: one plain line and an exit code, for every file that is made of a case."""

from __future__ import annotations

import pytest

from core import filed
from core.cases.store import open_store
from core.cli.exits import Exit
from core.cli.main import main
from core.filing.files import files
from core.filing.filing import file
from core.settings import Settings
from tests.core.cases import made


@pytest.fixture
def settings(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HEMABOARD_DATA", str(tmp_path / "data"))
    return Settings(data=str(tmp_path / "data"))


@pytest.fixture
def store(settings):
    opened = open_store(settings)
    yield opened
    opened.close()


def test_from_now_to_filed_to_changed_to_altered(store, settings, tmp_path, capsys):
    case = made.full(store)
    for name, content in files(filed.gather(store, case, settings), store, settings).items():
        (tmp_path / name).write_bytes(content)
        assert main(["verify", name]) == Exit.OK == 0
        assert capsys.readouterr().out.startswith("now: This is what the case says now")
    file(store, case, settings, actor="dr a")
    store.add_review(case, made.review(store.seen(case).cells[1].id, "monocyte", 5))
    for name in ("report-Letter.pdf", "fhir.json", "filed.json", "differential.csv", "cells.csv"):
        assert main(["verify", name]) == 1
        said = capsys.readouterr().out
        assert said.startswith("changed: This was filed on ")
        assert "by dr a, as a draft; the case has changed since: 1 cell was named by a person." in said
    report = tmp_path / "report-A4.pdf"
    report.write_bytes(report.read_bytes() + b"\n")
    assert main(["verify", "report-A4.pdf"]) == 2
    assert capsys.readouterr().out.startswith("altered: This file was altered")
    (tmp_path / "notes.txt").write_text("hello")
    assert main(["verify", "notes.txt"]) == 2
    assert capsys.readouterr().out.startswith("unknown: This file is not of this house")


def test_a_folder_alone_and_a_name_that_is_none_are_refused(settings, tmp_path, capsys):
    assert main(["verify", "none.pdf"]) == Exit.BAD_INPUT
    assert main(["verify", str(tmp_path)]) == Exit.BAD_INPUT
    assert "--specimen and --out" in capsys.readouterr().err
    assert settings.folder == tmp_path / "data"
    assert not (tmp_path / "data").exists()
