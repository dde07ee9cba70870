"""Drift of patients' figures: in control it keeps quiet, a shift of many in a row is found."""

from __future__ import annotations

import numpy as np
import pytest

from core.charts.levey_jennings import Standing
from core.cohort.drift import FOLLOWED, REFERENCE, drifts
from tests.core.cohort import made


def rows(values: np.ndarray, **more: object) -> list[dict[str, object]]:
    return [made.row(n, 10, 100, **({"brightness": float(v), "confidence": 0.9} | more)) for n, v in enumerate(values)]


def brightness(held: list[dict[str, object]], by: str = "scanner"):
    return next(one for one in drifts(held, by) if one.series.id == "brightness")


def test_before_the_reference_window_is_full_nothing_is_judged() -> None:
    found = brightness(rows(np.linspace(80, 95, REFERENCE - 1)))
    assert (found.series.mean, found.series.standing) == (None, Standing.ESTABLISHING)
    assert set(found.smooth) == {None}


def test_a_lasting_shift_is_found_and_a_single_odd_case_is_none() -> None:
    rng = np.random.default_rng(1)
    quiet = rng.normal(90, 1, REFERENCE + 40)
    quiet[REFERENCE + 20] += 4
    assert {point.standing for point in brightness(rows(quiet)).series.points[REFERENCE:]} == {Standing.IN}
    shifted = quiet.copy()
    shifted[REFERENCE + 21 :] += 3
    found = brightness(rows(shifted)).series
    assert found.standing is Standing.OUT
    assert {point.standing for point in found.points[: REFERENCE + 20]} == {Standing.ESTABLISHING, Standing.IN}


def test_figures_that_keep_quiet_seldom_cry() -> None:
    """200 cases after the reference window, 100 times: a chart of 3 SD cries about once in 560."""
    rng = np.random.default_rng(5)
    cried = 0
    for _ in range(60):
        held = rows(rng.normal(90, 1, REFERENCE + 100))
        cried += any(point.standing is Standing.OUT for point in brightness(held).series.points)
    assert cried <= 9


def test_each_scanner_is_judged_by_its_own_first_cases_in_the_order_of_time() -> None:
    one = rows(np.full(REFERENCE + 5, 90.0))
    other = [row | {"case": f"o{row['case']}", "scanner": "S2", "brightness": 70.0} for row in one]
    found = [drift for drift in drifts([*reversed(other), *one], "scanner") if drift.series.id == "brightness"]
    assert [(drift.group, drift.series.mean) for drift in found] == [("S1", 90.0), ("S2", 70.0)]
    assert [point.case for point in found[0].series.points] == [row["case"] for row in one]
    assert {drift.series.standing for drift in found} == {Standing.IN}
    assert {drift.group for drift in drifts(one, "centre")} == {"north"}


def test_another_network_or_engine_is_marked_where_it_begins() -> None:
    """What is not written down (a run of before) is no change, and neither is what comes back after such a gap."""
    ran = ["torch 2", "", "torch 2", "openvino 1", "torch 2|openvino 1"]
    held = [row | {"classifier_engine": one} for row, one in zip(rows(np.full(5, 90.0)), ran, strict=True)]
    held[4]["detector_digest"], held[3]["detector_digest"] = "b" * 64, "a" * 64
    del held[2]["brightness"]
    found = {one.series.id: one.changes for one in drifts(held, "scanner")}
    assert [(one.number, one.what, one.before, one.now) for one in found["certain"]] == [
        (4, "engine of the classifier", "torch 2", "openvino 1"),
        (5, "detector", "a" * 8, "b" * 8),
        (5, "engine of the classifier", "openvino 1", "torch 2 and openvino 1"),
    ]
    assert [one.number for one in found["brightness"]] == [3, 4, 4]  # of the points of that chart
    assert found["certain"][0].said == "engine of the classifier openvino 1 from C-0003 on, torch 2 before"
    other = [row | {"scanner": "S2", "classifier_engine": "openvino 9"} for row in rows(np.full(5, 90.0))]
    assert {one.group: len(one.changes) for one in drifts([*held, *other], "scanner")} == {"S1": 3, "S2": 0}


def test_more_charts_have_wider_limits_and_shares_are_in_per_cent() -> None:
    held = rows(np.random.default_rng(2).normal(90, 1, REFERENCE + 1))
    alone = brightness([{k: v for k, v in row.items() if k != "confidence"} for row in held])
    both = brightness(held)
    assert alone.high[-1] < both.high[-1]
    certain = next(one for one in drifts(held, "scanner") if one.series.id == "certain")
    assert certain.series.mean == pytest.approx(90)
    assert len({one.figure.id for one in FOLLOWED}) == len(FOLLOWED)
