"""`report` on a real store."""

from __future__ import annotations

import pytest

from core.cases.store import open_store
from core.cli.exits import Exit
from core.cli.main import main
from core.settings import Settings
from tests.core.cases import made
from tests.core.report.made import sheets


@pytest.fixture
def case(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HEMABOARD_DATA", str(tmp_path / "data"))
    store = open_store(Settings(data=str(tmp_path / "data")))
    made.full(store)
    store.close()
    return "case-full"


def test_a_case_is_printed_on_the_paper_asked_for(case, tmp_path, capsys):
    assert main(["report", case, "--out", "a4.pdf"]) == Exit.OK
    assert capsys.readouterr().out == "a4.pdf\n"
    assert main(["report", case, "--out", "new/letter.pdf", "--paper", "Letter"]) == Exit.OK
    assert sheets((tmp_path / "a4.pdf").read_bytes())[0].size == (595, 842)
    letter = sheets((tmp_path / "new/letter.pdf").read_bytes())[0]
    assert letter.size == (612, 792)
    assert "Study-017" in letter.bare


def test_no_such_case_leaves_no_file(case, tmp_path):
    assert main(["report", "other", "--out", "none.pdf"]) == Exit.NOT_FOUND
    assert not (tmp_path / "none.pdf").exists()
    assert case
