"""What the smear case's page draws: lanes, targets, fields, budget, differential."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import analyse
from core.appraisals import Budget, Outside, Part
from core.charts import budget, differential, per_field
from core.charts.gauge import dial, longest
from core.charts.target import target
from core.readings import Adequacy, Corrected, Interval, Reading, Share
from core.records import Specimen
from core.vocabulary import vocabulary
from tests.core import counted

WORDS = vocabulary("shipped16")
RAW = Share("blasts.ratio", "blasts", 40, 200, 0.2, Interval(0.15, 0.26))
BETTER = Corrected(
    "blasts.corrected", "", "blasts.ratio", 0.24, 0.23, Interval(0.2, 0.28), Interval(0.16, 0.33), 9, "assumes"
)


def read(fields: list[dict[str, int]], specimen: Specimen = Specimen.BLOOD) -> Reading:
    return analyse.read(counted.seen(fields), (), counted.info(specimen), WORDS)


def per(reading: Reading, marks: tuple[float, ...] = (0.2,)) -> per_field.Contribution:
    names = {one.image: f"image {place + 1}" for place, one in enumerate(reading.fields)}
    return per_field.contribution(reading, reading.blasts, names, marks)


# --- lanes -----------------------------------------------------------------------------------------------------


def test_same_cells_and_patient_are_lanes_of_their_own_under_their_own_names():
    found = dial(RAW, BETTER, (0.1, 0.2))
    assert [lane.id for lane in found.lanes] == ["raw", "same_cells", "patient"]
    assert len({lane.meaning for lane in found.lanes}) == 3
    assert [lane.range_text for lane in found.lanes] == ["15.0–26.0 %", "20.0–28.0 %", "16.0–33.0 %"]
    assert found.lanes[1].value_text == "24.0 %"
    assert [mark.text for mark in found.marks] == ["10", "20"]


def test_what_is_withheld_has_no_lane():
    assert dial(replace(RAW, withheld="too few"), replace(BETTER, withheld="too few")).lanes == ()
    assert [lane.id for lane in dial(RAW, replace(BETTER, withheld="unknown")).lanes] == ["raw"]
    assert [lane.id for lane in dial(RAW, None).lanes] == ["raw"]


def test_two_rulers_of_one_length():
    wide = replace(RAW, interval=Interval(0.15, 0.72))
    assert dial(RAW, BETTER, least=longest((RAW, BETTER), (wide, None))).end == dial(wide, None).end


@given(st.floats(0, 1), st.floats(0, 1), st.floats(0, 1))
def test_no_lane_leaves_its_ruler(one, two, three):
    low, middle, high = sorted((one, two, three))
    share = replace(RAW, ratio=middle, interval=Interval(low, high))
    for lane in dial(share, replace(BETTER, value=middle, patient=Interval(low, high)), (0.2,)).lanes:
        assert 0 <= lane.low <= lane.high <= 100
        assert lane.value is not None
        assert 0 <= lane.value <= 100


# --- targets ---------------------------------------------------------------------------------------------------


def test_marrow_has_two_goals_and_blood_one():
    marrow = target(Adequacy(340, 500, "inadequate"), Specimen.MARROW)
    assert [(goal.cells, goal.reached) for goal in marrow.goals] == [(300, True), (500, False)]
    assert marrow.filled == pytest.approx(68)
    blood = target(Adequacy(400, 200, "adequate"), Specimen.BLOOD)
    assert [(goal.cells, goal.reached, goal.at) for goal in blood.goals] == [(200, True, 50)]
    assert blood.filled == 100


# --- one field after another left out -----------------------------------------------------------------------------


def test_a_field_that_decides_is_named():
    fields = [{"blast": 40, "segmented": 10}, *[{"blast": 2, "segmented": 48}] * 3]  # 23 %; without the first 4 %
    found = per(read(fields))
    assert [field.decides for field in found.fields] == [True, False, False, False]
    assert found.fields[0].without == pytest.approx(6 / 150)
    assert "Image 1 decides: without it the share would lie on the other side of a mark." in found.said
    assert not any(field.decides for field in per(read(fields), ()).fields)


def test_the_range_and_the_pull():
    found = per(read([{"blast": 10, "segmented": 10}, {"blast": 5, "segmented": 35}]), ())
    assert (found.low, found.high) == pytest.approx((5 / 40, 10 / 20))
    assert found.fields[0].pull == pytest.approx(100 * (15 / 60 - 5 / 40))
    assert found.fields[0].pull_text == "+12.5 points"
    assert "from 12.5 to 50.0 %" in found.said
    assert "Image 2 pulls most, by −25.0 points." in found.said


def test_one_field_leaves_nothing_and_a_withheld_share_shows_nothing():
    assert "nothing to leave out" in per(read([{"blast": 30, "segmented": 40}])).said
    few = per(read([{"blast": 3, "segmented": 4}, {"blast": 3}]))
    assert few.said.startswith("Withheld")
    assert all(field.share is None and field.without is None and not field.decides for field in few.fields)
    assert [field.count for field in few.fields] == [3, 3]


@given(st.lists(st.tuples(st.integers(10, 30), st.integers(20, 40)), min_size=2, max_size=8))
def test_the_share_lies_in_its_range(fields):
    found = per(read([{"blast": blasts, "segmented": rest} for blasts, rest in fields]))
    assert found.whole is not None
    assert found.low is not None
    assert found.high is not None
    assert found.low - 1e-12 <= found.whole <= found.high + 1e-12


# --- the budget --------------------------------------------------------------------------------------------------


def test_parts_of_the_budget_make_the_bar():
    parts = (
        Part("cells", "number of cells", 0.62, 4.1, "200 counted cells", "100 more would narrow it"),
        Part("classifier", "classifier", 0.36, 3.0, "wrong calls", "reads"),
        Part("quality", "doubtful cells", 0.02, 0.7, "3 cells", "name them."),
    )
    found = budget.bar(
        Budget("b", "blasts", 0.2, Interval(0.1, 0.3), 6.1, parts, (Outside("domain", "elsewhere", "who knows", "x"),))
    )
    assert sum(one.wide for one in found.slices) == pytest.approx(100)
    assert [one.percent for one in found.slices] == ["62 %", "36 %", "2 %"]
    assert [one.written for one in found.slices] == [True, True, False]
    assert found.whole == "±6.1 points"
    assert found.slices[2].shrink == "Name them."
    assert found.outside == (("Elsewhere", "Who knows.", "X."),)
    assert len({one.colour for one in found.slices}) == 3


def test_a_part_that_was_not_measured_is_not_told_as_nothing():
    parts = (
        Part("cells", "number of cells", 1.0, 4.1, "200 counted cells", "x"),
        Part("classifier", "classifier", 0.0, 0.0, "not measured: marrow", "x"),
        Part("quality", "doubtful cells", 0.0, 0.0, "9 cells", "x"),
    )
    found = budget.bar(Budget("b", "blasts", 0.2, Interval(0.1, 0.3), 4.1, parts, ()))
    assert [one.percent for one in found.slices] == ["100 %", "not known", "not known"]
    assert [one.points for one in found.slices] == ["alone ±4.1 points", "", ""]


def test_a_withheld_budget_says_why_and_has_no_bar():
    found = budget.bar(Budget("b", "blasts", None, None, None, (), (), (), "20 counted cells, fewer than 50"))
    assert (found.whole, found.slices) == ("", ())
    assert "fewer than 50" in found.withheld


# --- the differential ----------------------------------------------------------------------------------------------


def test_every_class_has_its_row_and_what_is_not_counted_stands_last():
    rows, end = differential.rows(read([{"blast": 30, "segmented": 40, "smudge": 7, "erythroblast": 2}]), WORDS)
    assert {row.code for row in rows} == set(WORDS.codes)
    assert [row.code for row in rows if not row.counted] == ["erythroblast", "smudge", "other"]
    assert [row.count for row in rows if not row.counted] == [2, 7, 0]
    assert end == 70
    blast = next(row for row in rows if row.code == "blast")
    assert blast.low is not None
    assert blast.at == pytest.approx(100 * (30 / 70) / 0.7)
    assert blast.low < blast.at


def test_a_withheld_differential_keeps_its_counts():
    rows, _ = differential.rows(read([{"blast": 3, "segmented": 4}]), WORDS)
    blast = next(row for row in rows if row.code == "blast")
    assert (blast.count, blast.at, blast.share_text) == (3, None, "withheld")
