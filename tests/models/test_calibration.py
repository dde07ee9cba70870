"""Temperature, sets and oddness travel with card and weights and come back the same."""

from __future__ import annotations

import json
import tomllib
from dataclasses import replace

import numpy as np
import pytest
from safetensors.numpy import load, save

from models import calibration
from models.calibration import Calibration, Labelled
from models.temperature import softmax
from tests.models.patients import LINEAGES, NAMES, labelled


def toml(table: dict, head: str = "") -> str:
    """Just enough of TOML for this test; floats as Python writes them."""
    plain = [f"{json.dumps(k)} = {json.dumps(v)}" for k, v in table.items() if not isinstance(v, dict)]
    deeper = [toml(v, f"{head}.{k}".strip(".")) for k, v in table.items() if isinstance(v, dict)]
    return "\n".join([f"[{head}]" if head else "", *plain, *deeper])


@pytest.mark.parametrize("score", ["distance", "energy"])
def test_card_and_weights_bring_back_the_same_to_the_last_bit(score):
    cells = labelled(0, heat=2)
    others = {"blur": (cells.logits - (30 if score == "energy" else 0), cells.features + (score == "distance") * 9)}
    made, _ = calibration.fit(cells, LINEAGES, others=others)
    assert made.oddness.score == score
    table = tomllib.loads(toml({"calibration": made.card()}))["calibration"]
    arrays = load(save({"backbone.weight": np.zeros(3, np.float32)} | made.arrays()))
    again = calibration.read(NAMES, table, arrays)
    new = labelled(1, patients=6)
    for one, other in zip(made.named(new.logits, new.features), again.named(new.logits, new.features), strict=True):
        assert np.array_equal(one, other) if isinstance(one, np.ndarray) else one == other
    assert again.fitted_on == {"patients": 40, "cells": len(cells.labels)}
    assert all(key.startswith("calibration.") for key in made.arrays())


def test_thresholds_are_matched_by_name_not_by_place():
    cells = labelled(0)
    made, _ = calibration.fit(cells, LINEAGES)
    order = [3, 1, 4, 0, 2]
    turned = calibration.read([NAMES[c] for c in order], made.card(), made.arrays())
    assert made.named(cells.logits, cells.features)[1] == turned.named(cells.logits[:, order], cells.features)[1]


def test_a_card_without_calibration_gives_a_plain_softmax():
    plain = calibration.read(NAMES, {}, {})
    logits = np.array([[1.0, 2, 3, 4, 5]])
    probabilities, possible, odd = plain.named(logits)
    assert probabilities.dtype == np.float32
    assert np.array_equal(probabilities, softmax(logits).astype(np.float32))
    assert (possible, odd, plain.arrays()) == ((), None, {})
    assert Calibration(NAMES).card() == {"temperature": 1.0}


def test_weights_without_what_the_card_names_are_refused():
    made, _ = calibration.fit(labelled(0), LINEAGES)
    with pytest.raises(ValueError, match=r"calibration\..*make card and weights anew"):
        calibration.read(NAMES, made.card(), {})
    with pytest.raises(ValueError, match="expected 'erythroblast'"):
        calibration.read(("erythroblast",), made.card(), made.arrays())


def test_figures_are_those_of_patients_the_fit_did_not_see():
    """With cells that carry no news at all, in-sample coverage would flatter; cross-fitted ECE and coverage do not."""
    cells = labelled(7, patients=60, heat=3)
    made, figures = calibration.fit(cells, LINEAGES, alpha=0.1)
    assert figures["calibration_error"] < 0.06 < figures["calibration_error_plain"]
    assert figures["log_loss"] < figures["log_loss_plain"]
    assert figures["coverage"]["mean"] >= 0.88
    assert figures["coverage"]["size"] == min(figures["size_by_score"].values())
    assert made.sets.score == min(figures["size_by_score"], key=figures["size_by_score"].get)
    assert figures["temperature"] == made.temperature == pytest.approx(3, rel=0.2)
    json.dumps(figures, allow_nan=False)


def test_a_patient_has_no_part_in_its_own_calibration():
    cells = labelled(8, patients=30)
    its = cells.patients == cells.patients[0]
    wrong = replace(cells, labels=np.where(its, (cells.labels + 1) % 5, cells.labels))
    for one, other in zip(
        calibration.cross_fitted(cells, LINEAGES), calibration.cross_fitted(wrong, LINEAGES), strict=True
    ):
        assert np.array_equal(one[its], other[its])
        assert not np.array_equal(one[~its], other[~its])


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"labels": np.zeros(3, int)}, "as many labels"),
        ({"labels": np.full(2, 7)}, "from 0 to 4"),
        ({"labels": np.zeros(2)}, "whole numbers"),
        ({"patients": np.array(["a", "a"])}, "two patients"),
        ({"logits": np.full((2, 5), np.nan)}, "finite"),
        ({"logits": np.zeros((2, 4))}, r"logits \(2, 4\)"),
        ({"features": np.zeros((1, 3))}, "features of 2"),
    ],
)
def test_what_does_not_fit_together_is_refused(changed, told):
    whole = {"logits": np.zeros((2, 5)), "labels": np.array([0, 1]), "patients": np.array(["a", "b"]), "names": NAMES}
    Labelled(**whole)
    with pytest.raises(ValueError, match=told):
        Labelled(**(whole | changed))
