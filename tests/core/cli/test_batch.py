"""`batch`: rows are told one by one, good ones stored and analysed, bad ones left out."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from core.cases.store import open_store
from core.cli.exits import Exit
from core.cli.main import main
from core.jobs import runs as jobs
from core.protocols import RunState
from core.settings import Settings
from tests import fakes

MANIFEST = "folder,pseudonym,specimen,note\na,A-1,blood,\nb,A-2,blood,\n../a,A-3,blood,\n"


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HEMABOARD_DATA", str(tmp_path / "data"))
    (tmp_path / "in" / "a").mkdir(parents=True)
    (tmp_path / "in" / "a" / "1.png").write_bytes(fakes.png(fakes.field([(60, 60, 20, "blast")])))
    (tmp_path / "in" / "stray.png").write_bytes(b"x")
    (tmp_path / "m.csv").write_text(MANIFEST)
    return tmp_path


def stored(place: Path) -> list[tuple[str, RunState | None]]:
    with closing(open_store(Settings(data=str(place / "data")))) as store:
        return [(row.info.pseudonym, row.run and row.run.state) for row in store.cases()]


def test_a_check_tells_of_every_row_and_stores_nothing(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["batch", "m.csv", "--images", "in", "--check"]) == Exit.PARTIAL
    said = capsys.readouterr().err
    assert "row 3: left out: Expected a folder 'b'" in said
    assert "row 4: left out: folder: Expected a name within the given folder" in said
    assert "no row names stray.png" in said
    assert stored(place) == []


def test_good_rows_are_stored_and_analysed(
    place: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "assemble", lambda settings, _: fakes.tools(settings))
    assert main(["batch", "m.csv", "--images", "in"]) == Exit.PARTIAL
    assert capsys.readouterr().out.split("\t")[1] == "A-1\n"
    assert stored(place) == [("A-1", RunState.DONE)]


def test_what_cannot_be_used_at_all_is_one_line(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["batch", "none.csv", "--images", "in"]) == Exit.NOT_FOUND
    assert main(["batch", "m.csv", "--images", "nowhere"]) == Exit.NOT_FOUND
    (place / "bad.csv").write_text("name\nJo\n")
    assert main(["batch", "bad.csv", "--images", "in"]) == Exit.BAD_INPUT
    (place / "bad.csv").write_text("folder,pseudonym,specimen\nb,A-1,blood\n")
    capsys.readouterr()
    assert main(["batch", "bad.csv", "--images", "in", "--check"]) == Exit.BAD_INPUT
    assert "at least one row" in capsys.readouterr().err
