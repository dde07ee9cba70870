"""Ratios, their intervals, and the share of patients that leave theirs."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.studies import proportions
from models.studies.flips import flips

LABELS = ("blast", "lymphocyte", "smudge")


def sure(names: list[str]) -> np.ndarray:
    return np.eye(3, dtype=np.float32)[[LABELS.index(n) for n in names]]


@given(st.floats(0, 1), st.integers(1, 2000))
def test_an_interval_holds_its_share_and_narrows_with_the_count(share: float, count: int) -> None:
    low, high = proportions.wilson(share, count)
    wider = proportions.wilson(share, max(1, count // 4))
    assert -1e-9 <= low <= share + 1e-9
    assert share - 1e-9 <= high <= 1 + 1e-9
    assert wider[1] - wider[0] >= high - low - 1e-9


def test_the_published_interval_of_a_fifth_of_two_hundred() -> None:
    assert proportions.wilson(0.2, 200) == pytest.approx((0.150, 0.261), abs=5e-4)


def test_smudges_are_outside_the_ratio() -> None:
    called = np.array(["blast", "lymphocyte", "smudge", "smudge"])
    assert proportions.ratio(called, ["blast"]) == 0.5
    assert np.isnan(proportions.ratio(called[2:], ["blast"]))


def test_patients_whose_calls_turn_on_a_background_leave_their_interval() -> None:
    truth = ["blast", "lymphocyte"] * 30
    turned = ["blast"] * 60
    calls = proportions.Calls(sure(truth), sure(truth), {"blast": sure(turned), "lymphocyte": sure(truth)}, LABELS)
    patients = np.array([f"p{k // 30}" for k in range(60)])
    told = proportions.study(calls, np.array(truth), patients, ["blast"])
    assert told["patients"] == 2
    assert told["outside"]["all on blast"]["outside"] == 1
    assert told["outside"]["all on blast"]["mean_move"] == pytest.approx(0.5)
    assert told["outside"]["all on lymphocyte"]["outside"] == 0
    assert told["outside"]["all on blast"]["outside_longer"] == 1
    assert told["outside"]["masked"]["outside"] == 0
    assert told["by_strength"]["-1.0"]["masked"]["mean"] == 0
    assert told["by_strength"]["-1.0"]["on_them"]["mean"] > 0


def test_too_few_cells_are_said_so() -> None:
    calls = proportions.Calls(sure(["blast"]), sure(["blast"]), {"blast": sure(["blast"])}, LABELS)
    with pytest.raises(ValueError, match="Draw more cells"):
        proportions.study(calls, np.array(["blast"]), np.array(["p"]), ["blast"])


def test_flips_count_each_cell_for_as_many_as_it_stands_for() -> None:
    before, after = sure(["blast", "lymphocyte"]), sure(["blast", "blast"])
    truth, patients = np.array(["blast", "lymphocyte"]), np.array(["p", "q"])
    told = flips(before, after, truth, LABELS, patients, np.array([3.0, 1.0]), ["blast"], bootstraps=50)
    assert told.flipped[0] == 0.25
    assert told.moved[0] == 0.25
    assert told.shifted[0] == 0.25
    assert told.by_class == {"blast": 0, "lymphocyte": 1}
    assert told.gained[0] < 0
    assert told.flipped[1][0] <= 0.25 <= told.flipped[1][1]
