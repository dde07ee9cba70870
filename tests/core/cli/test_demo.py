"""`python -m core demo --out`: pictures in one folder, the truth about them in another."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace

import pytest

from core import demo
from core.cli.exits import Exit
from core.cli.main import main
from models.synthesis.demo import demo_cases


@pytest.fixture(autouse=True)
def small(monkeypatch, tmp_path):
    plans = tuple(replace(plan, fields=1, cells_per_field=2) for plan in demo_cases()[:2])
    monkeypatch.setattr(demo.synthesis, "demo_cases", lambda: plans)
    monkeypatch.setattr(demo.dpc_demo, "DEMO", replace(demo.dpc_demo.DEMO, frames=1, cells_per_frame=2, side=160))
    monkeypatch.chdir(tmp_path)


def test_each_picture_has_its_truth(tmp_path):
    assert main(["demo", "--out", "drawn"]) == Exit.OK
    pictures = sorted((tmp_path / "drawn" / "fields").rglob("*.*"))
    assert [path.name for path in pictures] == ["field-01.png", "field-01.npy", "field-01.png"]
    for picture in pictures:
        truth = tmp_path / "drawn" / "truth" / picture.parent.name / "field-01.json"
        told = json.loads(truth.read_text(encoding="utf-8"))
        assert told["file"] == picture.name
        assert told["sha256"] == hashlib.sha256(picture.read_bytes()).hexdigest()
        assert told["cells"]
    assert not list(tmp_path.rglob(".part-*"))
    assert not (tmp_path / ".hemaboard").exists()


def test_a_place_that_cannot_be_written_is_one_line(tmp_path, capsys):
    (tmp_path / "taken").write_text("")
    assert main(["demo", "--out", "taken"]) == Exit.BAD_INPUT
    assert capsys.readouterr().err.count("\n") == 1
