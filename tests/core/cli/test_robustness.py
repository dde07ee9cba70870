"""`python -m core robustness`: a stored case tested, told as a table or as JSON, and kept with the case."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest

from core.cases.store import open_store
from core.cli import robustness
from core.cli.exits import Exit
from core.cli.main import main
from core.protocols import Tools
from core.robustness import plain
from core.robustness.curves import AskedCurves
from core.robustness.records import Word
from core.settings import PREFIX, Settings
from models.imaging.perturb import Change
from tests.core.robustness import planted


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[Tools], str]:
    """A stored, analysed case of planted fields; the stand-in network that analysed it is the installed one."""
    monkeypatch.setenv(f"{PREFIX}DATA", str(tmp_path))

    def make(tools: Tools) -> str:
        monkeypatch.setattr(robustness, "assemble", lambda settings, modality: tools)  # noqa: ARG005
        monkeypatch.setattr(robustness, "drawn_backgrounds", planted.bank)
        return planted.stored(Settings(data=str(tmp_path)), tools)

    return make


def test_a_table_says_what_moves_and_the_store_keeps_the_result(
    kept: Callable[[Tools], str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    case = kept(planted.tools(around=True))
    assert main(["robustness", case]) == Exit.OK
    said = capsys.readouterr().out
    assert said.startswith("FRAGILE. ")
    assert "96 of 96 cells, 72 of them fragile" in said
    assert "other class: 96 of 96 called otherwise [96–100 %]" in said
    assert "96 of these as the cell was whose surroundings they were given" in said
    assert "same class: 0 of 96" in said
    assert "convention of this program" in said
    with closing(open_store(Settings(data=str(tmp_path)))) as store:
        (found,) = store.robustness.results(case)
        assert (found.verdict.word, found.run) == (Word.FRAGILE, f"{case}-1")
        assert store.verify_trail() == len(store.trail())
        assert store.trail(case)[-1].action == "background.tested"


def test_as_json_it_is_what_is_kept_and_a_sample_is_the_same_again(
    kept: Callable[[Tools], str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    case = kept(planted.tools(around=False))
    told = []
    for _ in range(2):
        assert main(["robustness", case, "--cells", "20", "--seed", "7", "--json"]) == Exit.OK
        told.append(json.loads(capsys.readouterr().out))
    assert [one["number"] for one in told] == [1, 2]
    with closing(open_store(Settings(data=str(tmp_path)))) as store:
        results = [plain.as_table(one) for one in store.robustness.results(case)]
    assert results[0] == results[1] == {key: told[0][key] for key in results[0]}
    assert len(results[0]["tested"]) == 20
    assert results[0]["verdict"]["word"] == "undecided"


@pytest.mark.parametrize("more", [[], ["--json"]])
def test_numbers_that_are_withheld_on_the_page_are_withheld_here_too(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str], more: list[str]
) -> None:
    """Of 24 cells no share is told."""
    monkeypatch.setenv(f"{PREFIX}DATA", str(tmp_path))
    tools = planted.tools(around=True)
    monkeypatch.setattr(robustness, "assemble", lambda settings, modality: tools)  # noqa: ARG005
    monkeypatch.setattr(robustness, "drawn_backgrounds", planted.bank)
    case = planted.stored(Settings(data=str(tmp_path)), tools, 24)
    assert main(["robustness", case, *more]) == Exit.OK
    said = capsys.readouterr().out
    assert "Numbers withheld" in said
    assert "CBLC" not in said
    with closing(open_store(Settings(data=str(tmp_path)))) as store:
        (kept,) = store.robustness.results(case)
    assert any(one.moved for one in kept.settings), "what is kept is whole"


def test_curves_whose_shares_are_withheld_are_not_called_untried(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(f"{PREFIX}DATA", str(tmp_path))
    monkeypatch.setattr(robustness, "AskedCurves", partial(AskedCurves, changes=(Change.JPEG,)))
    tools = planted.tools(around=True)
    monkeypatch.setattr(robustness, "assemble", lambda settings, modality: tools)  # noqa: ARG005
    case = planted.stored(Settings(data=str(tmp_path)), tools, 24)
    assert main(["robustness", case, "--curves"]) == Exit.OK
    said = capsys.readouterr().out
    assert "called otherwise at quality 80" in said
    assert "Numbers withheld" in said
    assert "nothing could be tried" not in said


def test_a_case_that_was_not_analysed_or_is_not_there_is_refused(kept: Callable[[Tools], str], tmp_path: Path) -> None:
    kept(planted.tools(around=True))
    with closing(open_store(Settings(data=str(tmp_path)))) as store:
        bare = store.add_case(planted.INFO, actor="test")
    assert main(["robustness", bare]) == Exit.CONFLICT
    assert main(["robustness", "nowhere"]) == Exit.NOT_FOUND


def test_other_weights_than_those_that_named_the_cells_are_refused(
    kept: Callable[[Tools], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    case = kept(planted.tools(around=True))
    others = planted.tools(around=False)
    monkeypatch.setattr(robustness, "assemble", lambda settings, modality: others)  # noqa: ARG005
    assert main(["robustness", case]) == Exit.NO_NETWORK


def test_curves_are_kept_and_told_with_their_crossings(
    kept: Callable[[Tools], str], tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    changes = (Change.JPEG, Change.BLUR)
    monkeypatch.setattr(robustness, "AskedCurves", partial(AskedCurves, changes=changes))
    case = kept(planted.tools(around=False))
    assert main(["robustness", case, "--curves", "--cells", "24"]) == Exit.OK
    said = capsys.readouterr().out
    assert said.startswith("24 of 96 cells in worse pictures")
    assert "called otherwise at quality 80: 0 of 24" in said
    assert "nearest change that alters a reading: " in said
    assert "JPEG: blasts and blast equivalents crossing a mark: " in said
    with closing(open_store(Settings(data=str(tmp_path)))) as store:
        (found,) = store.robustness.curves(case)
        assert (found.asked.changes, len(found.tested)) == (changes, 24)
        assert store.robustness.results(case) == []
    assert main(["robustness", case, "--curves", "--cells", "24", "--json"]) == Exit.OK
    assert json.loads(capsys.readouterr().out)["curves"][0]["change"] == "jpeg"
