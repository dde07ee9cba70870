"""The whole evaluation: seeded, grouped, written, readable, quick."""

from __future__ import annotations

import csv
import io
import json
import time
from dataclasses import replace

import jsonschema
import numpy as np
import pytest

from core.evaluate import report, written
from core.evaluate.evaluation import evaluate
from core.evaluate.figures import VERSION
from core.records import Confusion, Specimen
from tests.core.evaluate import made


@pytest.fixture(scope="module")
def found():
    return evaluate(made.cohort(18, 50, centres=2), source="made up", replicates=100)


def test_the_same_cells_give_the_same_figures(found):
    again = evaluate(made.cohort(18, 50, centres=2), source="made up", replicates=100)
    assert written.as_json(again) == written.as_json(found)
    other = evaluate(made.cohort(18, 50, centres=2), source="made up", replicates=100, seed=2)
    assert other.cells.accuracy.value == found.cells.accuracy.value
    assert other.cells.accuracy.low != found.cells.accuracy.low


def test_the_order_of_rows_changes_nothing():
    cells = made.cohort(6, 40, centres=2)
    turned = cells.only(np.random.default_rng(5).permutation(len(cells.ids)))
    one, other = (written.as_json(evaluate(some, source="x", replicates=100)) for some in (cells, turned))
    assert one == other


def test_the_schema_admits_what_is_written_and_nothing_else(found):
    schema = json.loads(written.SCHEMA_FILE.read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    one = (((90.0, 8.0, 2.0), (8.0, 90.0, 2.0), (2.0, 8.0, 90.0)),) * 6
    both = dict.fromkeys(("cblc", "blasts"), Confusion(one, one))
    by_card = evaluate(made.cohort(6, 30), source="x", replicates=100, confusions=both)
    poor = evaluate(made.cells([("A", "smudge", "smudge")] * 3), source="x", replicates=100)
    for one in (found, by_card, poor):
        validator.validate(json.loads(written.as_json(one)))
    told = json.loads(written.as_json(found))
    for wrong in ({"extra": 1}, {"version": "hemaboard.evaluation/1"}, {"cells": {}}):
        assert not validator.is_valid(told | wrong)


def test_the_card_and_other_centres_correct_beside_the_patients_here(found):
    assert [one.source for one in found.shares[0].by_other_confusions] == ["patients of other centres"]
    assert "by the confusion of patients of other centres" in report.text(found)
    assert {d.score.split(", ")[-1] for d in found.diagnoses if d.name == "APL vs other AML"} == {
        "each patient left out in turn",
        "each centre left out in turn",
    }
    exact = (((100.0, 0.0, 0.0), (0.0, 100.0, 0.0), (0.0, 0.0, 100.0)),) * 8
    got = evaluate(made.cohort(6, 40), source="x", replicates=100, confusions={"cblc": Confusion(exact, exact)})
    (card,) = got.shares[0].by_other_confusions
    assert card.source == "the card's 8 calibration patients"
    assert card.corrected.bias["acc"].value == pytest.approx(card.corrected.bias["raw"].value)  # a card without error
    assert got.shares[1].by_other_confusions == ()


def test_groups_are_the_parts(found):
    centres = [g for g in found.groups if g.kind == "centre"]
    assert [g.name for g in centres] == ["centre 0", "centre 1"]
    assert sum(g.cells.cells for g in centres) == found.cells.cells
    right = sum(g.cells.accuracy.value * g.cells.cells for g in centres) / found.cells.cells
    assert right == pytest.approx(found.cells.accuracy.value)
    assert len([g for g in found.groups if g.kind == "fold"]) == 4


def test_files_hold_what_was_found(found):
    told = json.loads(written.as_json(found))
    assert told["version"] == VERSION
    assert told["cells"]["accuracy"]["value"] == found.cells.accuracy.value
    patients = list(csv.DictReader(io.StringIO(written.patients_csv(found))))
    assert [row["patient"] for row in patients] == [row.patient for row in found.patients]
    mean = np.mean([abs(float(r["cblc_predicted"]) - float(r["cblc_expert"])) for r in patients])
    assert mean == pytest.approx(found.shares[0].mean_absolute.value, abs=1e-5)
    classes = list(csv.DictReader(io.StringIO(written.classes_csv(found))))
    assert sum(int(row["labelled"]) for row in classes) == found.cells.cells
    assert sum(int(v) for row in classes for k, v in row.items() if k.startswith("called_")) == found.cells.cells


def test_no_formula_leaves_through_a_patients_name():
    cells = made.cohort(3, 10)
    cells = replace(cells, patients=np.char.add("=", cells.patients))
    assert ",=" not in written.patients_csv(evaluate(cells, source="x", replicates=100))
    assert "'=P00" in written.patients_csv(evaluate(cells, source="x", replicates=100))


def test_the_report_says_the_figures(found):
    text = report.text(found)
    assert f"{found.cells.weighted_f1.value:.3f} [" in text
    assert "Research Use Only" in text
    assert "## Patient by patient: CBLC-3, 18 patients" in text
    assert "centre: centre 1" in text
    widths = {len(block.split("|")) for block in text.splitlines() if block.startswith("| --- | ---")}
    assert widths
    assert "nan" not in text.replace("Bland", "")


def test_a_missed_cell_and_a_patient_in_two_folds_are_said():
    cells = made.cohort(6, 30)
    lost = cells.probabilities.copy()
    lost[3] = np.nan
    fold = cells.fold.copy()
    fold[0] = "fold 9"
    got = evaluate(replace(cells, probabilities=lost, fold=fold), source="x", replicates=100)
    assert any("1 of 180 labelled cells were not found" in w for w in got.warnings)
    assert any("1 patients have more than one fold" in w for w in got.warnings)
    assert got.patients[0].not_found == 1


def test_marrow_counts_erythroblasts():
    rows = [(f"P{p}", code, code) for p in range(6) for code in ("blast", "erythroblast", "smudge")]
    blood, marrow = (
        evaluate(made.cells(rows), source="x", specimen=s, replicates=100) for s in (Specimen.BLOOD, Specimen.MARROW)
    )
    assert blood.patients[0].counted_expert == 1
    assert marrow.patients[0].counted_expert == 2


def test_one_patient_and_no_sets_make_a_report_and_no_interval():
    got = evaluate(made.cells([("A", "smudge", "smudge")] * 3), source="x", replicates=100)
    assert got.cells.accuracy.value == 1
    assert got.shares[0].patients == 0
    assert got.shares[0].pearson.value is None
    assert "not estimable" in report.text(got)
    withheld = json.loads(written.as_json(got))["shares"][0]["intervals"][1]["withheld"]
    assert withheld == {"fewer than 10 counted cells in a half": 1}


def test_a_whole_cohort_takes_seconds():
    cells = made.cohort(42, 40)  # replicates cost by the patient, not by the cell
    began = time.process_time()
    evaluate(cells, source="x")
    assert time.process_time() - began < 60
