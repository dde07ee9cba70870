"""`python -m core verify` end to end on stand-in tools: a laboratory in, a page and an exit code out."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from core.cli import verify
from core.cli.exits import Exit
from core.cli.main import main
from core.verify.limits import SHIPPED
from tests import fakes
from tests.core.verify import laboratory

DOCS = Path(__file__).parents[3] / "docs/verification.md"


@pytest.fixture(autouse=True)
def stand_ins(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(verify, "assemble", lambda settings, _: fakes.tools(settings, doubts=True))
    (tmp_path / "own.toml").write_text(laboratory.limits(SHIPPED.read_text(encoding="utf-8")), encoding="utf-8")


def run(folder, *more, out="out"):
    order = ["verify", str(folder), "--specimen", "blood", "--out", out, "--date", "2026-11-21", *more]
    return main(order)


def told(out="out"):
    return json.loads((Path(out) / "verification.json").read_text(encoding="utf-8"))


def test_networks_that_agree_go(tmp_path, capsys):
    folder = laboratory.table(tmp_path / "lab", 8)
    assert run(folder, "--limits", "own.toml", "--complete", "--site", "Ward 7") == Exit.OK
    found = told()
    assert found["verdict"] == "go"
    assert (found["date"], found["site"], found["amounts"]["found"]) == ("2026-11-21", "Ward 7", 480)
    assert "cases" in found["limits_changed"]
    assert capsys.readouterr().out == ""
    assert run(folder, "--limits", "own.toml", "--complete", "--site", "Ward 7", out="again") == Exit.OK
    for name in ("verification.html", "verification.json", "key-stays-here.csv"):
        assert Path("out", name).read_bytes() == Path("again", name).read_bytes()


def test_an_expert_who_sees_it_otherwise_makes_a_no_go_that_names_bias(tmp_path, capsys):
    folder = laboratory.table(tmp_path / "lab", 8, mistaken=0.6)
    assert run(folder, "--limits", "own.toml") == Exit.NO_GO
    assert "bias of the blast share" in capsys.readouterr().err
    assert told()["verdict"] == "no-go"


def test_three_cases_are_no_verdict(tmp_path):
    assert run(laboratory.table(tmp_path / "lab", 3)) == Exit.NO_VERDICT
    assert told()["verdict"] == "no verdict"


def test_a_file_that_cannot_be_used_shows_in_the_code_of_a_go(tmp_path):
    folder = laboratory.table(tmp_path / "lab", 8)
    next(iter(sorted(folder.glob("*.png")))).write_bytes(b"broken")
    assert run(folder, "--limits", "own.toml") == Exit.PARTIAL


def test_no_file_and_no_patient_is_named_but_in_the_key(tmp_path):
    run(laboratory.table(tmp_path / "Smith John", 3))
    for name in ("verification.html", "verification.json"):
        assert not re.search(r"Miller|Smith|\.png|" + re.escape(str(tmp_path)), Path("out", name).read_text())
    assert Path("out/key-stays-here.csv").read_text().count("Miller") == 3


def test_own_pseudonyms_need_no_key(tmp_path):
    run(laboratory.table(tmp_path / "lab", 2), "--own-pseudonyms")
    assert [case["name"] for case in told()["cases"]] == ["Miller 0", "Miller 1"]
    assert not Path("out/key-stays-here.csv").exists()


def test_wrong_limits_are_refused_before_a_case_is_looked_at(tmp_path, monkeypatch):
    Path("own.toml").write_text("version = 1\n")
    monkeypatch.setattr(verify, "assemble", lambda *_: pytest.fail("looked"))
    assert run(laboratory.table(tmp_path / "lab", 1), "--limits", "own.toml") == Exit.BAD_INPUT
    assert not Path("out").exists()


def test_every_field_is_documented(tmp_path):
    run(laboratory.table(tmp_path / "lab", 6), "--limits", "own.toml")
    text = DOCS.read_text(encoding="utf-8")

    def names(value):
        if isinstance(value, dict):
            for key, inside in value.items():
                yield key
                yield from names(inside)
        elif isinstance(value, list):
            for inside in value:
                yield from names(inside)

    classes = {*told()["missed"], *told()["amounts"]["left_out"]}
    assert f"**`{told()['schema']}`**" in text
    assert not sorted({name for name in names(told()) if f"`{name}`" not in text} - classes)
