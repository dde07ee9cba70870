"""`python -m core analyse --modality dpc` on stand-ins: classes, markers or why they are withheld, checks."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import jsonschema
import numpy as np
import pytest

from core.cli import analyse
from core.cli.exits import Exit
from core.cli.main import main
from core.exchange import case_json
from tests import label_free_fakes as fakes


@pytest.fixture(autouse=True)
def stand_ins(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    truth = ["simulated"]
    monkeypatch.setattr(analyse, "assemble", lambda s, m: fakes.tools(s, truth[0]))  # noqa: ARG005
    return truth


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "Smith John"
    made.mkdir()
    for seed in range(5):
        kinds = ("granulocyte",) * 8 + ("lymphocyte",) * 4 + ("other",)
        np.save(made / f"Smith_{seed}.npy", fakes.grid(kinds, seed))
    return made


def run(folder, *more):
    return main(
        [
            "analyse",
            str(folder),
            "--modality",
            "dpc",
            "--specimen",
            "blood",
            "--um-per-px",
            "0.166",
            "--out",
            "out",
            *more,
        ]
    )


def told():
    case = json.loads(Path("out/case.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator(json.loads(case_json.SCHEMA_FILE.read_text())).validate(case)
    return case, list(csv.DictReader(io.StringIO(Path("out/cells.csv").read_text(encoding="utf-8"))))


def test_a_persons_cells_get_classes_and_no_marker(folder, capsys):
    assert run(folder) == Exit.OK
    case, cells = told()
    said = capsys.readouterr().err
    assert [one["count"] for one in case["differential"]] == [20, 40, 0]
    assert (case["case"]["vocabulary"], case["cblc"], case["blasts"], case["smudge"]) == ("dpc4", None, None, None)
    assert len(cells) == len(case["cells"]) == 65
    assert cells[0]["views"] == "left|right|top|bottom"
    assert "granulocyte: 67 %" in said
    assert "markers (CD123/HLA-DR/CD14, CD3/CD19/CD56, CD45, CD16) withheld: this network's marker values" in said
    assert "Domain: warning" in said
    for text in (said, Path("out/case.json").read_text(), Path("out/cells.csv").read_text()):
        assert str(fakes.MARK) not in text
        assert "Smith" not in text


def test_drawn_cells_get_markers_and_a_cut_off_that_was_entered(folder, capsys):
    assert run(folder, "--synthetic", "--cut-off", f"CD16={fakes.MARK + 0.5}") == Exit.OK
    case, cells = told()
    said = capsys.readouterr().err
    assert case["label_free"]["markers_withheld"] == ""
    cd16 = case["label_free"]["markers"][-1]
    assert (cd16["name"], cd16["cut_origin"]) == ("CD16", "entered")
    above = sum(float(cell["marker_CD16"]) > fakes.MARK + 0.5 for cell in cells if cell["class"] != "other")
    assert cd16["distributions"][0]["above"]["count"] == above
    assert "CD16 of all counted cells, median: 777" in said
    assert "above 7771.5 (entered)" in said


def test_a_measured_card_lights_up_a_persons_case(folder, stand_ins):
    stand_ins[0] = "measured"
    assert run(folder) == Exit.OK
    case, cells = told()
    assert case["label_free"]["markers_withheld"] == ""
    assert all(float(cell["marker_CD16"]) > fakes.MARK - 1 for cell in cells)
    assert case["models"][1]["marker_truth"] == "measured"


@pytest.mark.parametrize("cut", ["CD16", "CD16=", "=3", "CD16=nan", "CD16=much"])
def test_a_cut_off_that_is_none_is_not_understood(folder, cut):
    with pytest.raises(SystemExit) as ended:
        run(folder, "--cut-off", cut)
    assert ended.value.code == 2
