"""`python -m core evaluate`, end to end: from pictures or predictions to the report, files and exit codes."""

from __future__ import annotations

import json

import pytest

from core import tools
from core.cli import evaluate
from core.cli.exits import Exit
from core.cli.main import main
from models.synthesis import smear
from tests import fakes


@pytest.fixture
def stand_ins(monkeypatch):
    monkeypatch.setattr(evaluate, "assemble", lambda s, _: fakes.tools(s))


def drawn(tmp_path, patients=3):
    for p in range(patients):
        for k, label in enumerate(("blast", "lymphocyte", "segmented")):
            folder = tmp_path / f"cases/P{p}/{label}"
            folder.mkdir(parents=True)
            cell = smear.single(10 * p + k, label, size=144, look=smear.draw_look(p))
            (folder / "1.png").write_bytes(fakes.png(cell.pixels))
    return tmp_path / "cases"


def discs(tmp_path):
    for p in range(6):
        for k, label in enumerate(("blast", "lymphocyte")):
            folder = tmp_path / f"cases/P{p}/{label}"
            folder.mkdir(parents=True)
            pixels = fakes.field([(60, 60, 14, label)], size=(120, 120), seed=10 * p + k)
            (folder / "1.png").write_bytes(fakes.png(pixels))
    return tmp_path / "cases"


def test_procedural_cells_through_the_baselines(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(tools, "DETECTOR", "baseline-detector")  # the trained networks are slower, the way is the same
    monkeypatch.setattr(tools, "CLASSIFIER", "baseline-classifier")
    out = tmp_path / "out"
    assert main(["evaluate", str(drawn(tmp_path)), "--bootstraps", "100", "--out", str(out)]) == Exit.OK
    printed = capsys.readouterr().out
    assert printed.startswith("# Evaluation of cases by ")
    told = json.loads((out / "evaluation.json").read_text(encoding="utf-8"))
    assert told["cells"]["cells"] == 9
    assert told["cells"]["patients"] == 3
    assert told["cells"]["not_found"] <= 2
    assert {p.name for p in out.iterdir()} == {"evaluation.json", "patients.csv", "classes.csv"}


@pytest.mark.usefixtures("stand_ins")
def test_perfect_stand_ins_are_perfect_and_a_broken_picture_is_told(tmp_path, capsys):
    cases = discs(tmp_path)
    assert main(["evaluate", str(cases), "--bootstraps", "100"]) == Exit.OK
    assert "| weighted F1 | 1.000 [1.000 to 1.000] |" in capsys.readouterr().out
    (cases / "P0/blast/2.png").write_bytes(b"broken")
    assert main(["evaluate", str(cases), "--bootstraps", "100"]) == Exit.PARTIAL
    said = capsys.readouterr()
    assert "1 pictures could not be used" in said.out
    assert "P0/blast/2.png" in said.err


def test_predictions_with_names_of_their_own(tmp_path, capsys):
    table, names = tmp_path / "p.csv", tmp_path / "c.toml"
    rows = [
        f"{n},P{n % 6},{'MY' if n % 2 else 'LY'},{0.9 if n % 2 else 0.2},{0.1 if n % 2 else 0.8}" for n in range(36)
    ]
    table.write_text("cell,patient,class,p_blast,p_lymphocyte\n" + "\n".join(rows), encoding="utf-8")
    names.write_text('[classes]\nMY = "blast"\nLY = "lymphocyte"\n', encoding="utf-8")
    argv = ["evaluate", "--predictions", str(table), "--bootstraps", "100"]
    assert main(argv) == Exit.BAD_INPUT
    assert "--classes" in capsys.readouterr().err
    assert main([*argv, "--classes", str(names)]) == Exit.OK
    assert "| accuracy | 1.000" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("argv", "code"),
    [
        (["evaluate"], Exit.BAD_INPUT),
        (["evaluate", "cases", "--predictions", "p.csv"], Exit.BAD_INPUT),
        (["evaluate", "nowhere"], Exit.NOT_FOUND),
        (["evaluate", "--predictions", "nowhere.csv"], Exit.NOT_FOUND),
    ],
)
def test_what_cannot_be_done_has_its_code(argv, code, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(argv) == code
    assert capsys.readouterr().err.count("\n") == 1


def test_too_few_bootstraps_are_usage():
    with pytest.raises(SystemExit) as stopped:
        main(["evaluate", "x", "--bootstraps", "3"])
    assert stopped.value.code == Exit.USAGE


def test_summaries_are_evaluated_on_generated_cases(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("core.cli.summaries.SETS", ("third", "ninth", "tenth"))  # the others are read the same way
    out = tmp_path / "out"
    assert main(["evaluate", "summaries", "--cases", "1", "--out", str(out)]) == Exit.OK
    printed = capsys.readouterr().out
    assert printed.count("| unsupported, let through (goal: none) | 0 of ") == 2  # the ninth has no hostile ones
    told = json.loads((out / "summaries.json").read_text(encoding="utf-8"))
    assert [one["cases"] for one in told["sets"]] == [1, 1, 1]
    assert (out / "summaries.md").read_text(encoding="utf-8") == printed


def test_a_number_of_cases_that_will_not_do_is_told():
    with pytest.raises(SystemExit):
        main(["evaluate", "summaries", "--cases", "none"])
