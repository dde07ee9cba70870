"""A test of the surroundings as a page shows it: places on rulers, shades, words, who comes first."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.appraisals import Rate
from core.charts import robustness as charts
from core.readings import Interval
from core.robustness.records import (
    Asked,
    Badge,
    ClassFlips,
    Flipped,
    InSetting,
    Moved,
    Robustness,
    Surroundings,
    Turn,
    Verdict,
    Word,
)
from core.vocabulary import vocabulary

WORDS = vocabulary("shipped16")
OWN = Interval(14.9, 23.3)
BLASTS = Moved("blasts.ratio", "blasts", "%", 18.5, 19.9, OWN, 1.4, Interval(-0.04, 2.8), False, 20, 18.7)
SAME, MASKED, DRAWN = Surroundings.SAME_CLASS, Surroundings.MASKED, Surroundings.DRAWN


def rate(count: int, total: int) -> Rate:
    return Rate(count, total, count / total, Interval(max(0, count / total - 0.05), min(1, count / total + 0.05)))


def result(*settings: InSetting, flipped: tuple[Flipped, ...] = ()) -> Robustness:
    verdict = Verdict(Word.ROBUST, "All is well.", (), ())
    return Robustness("r", "c", "m", Asked(), tuple("abcdefgh"), 9, (), settings, flipped, verdict)


BY_CLASS = (ClassFlips("blast", rate(2, 4)), ClassFlips("lymphocyte", rate(0, 4)))
DOWN = replace(BLASTS, move=-9.0, leaves=True, interval=Interval(-12.0, -6.0), crosses=10)
FOUND = result(
    InSetting(SAME, rate(2, 8), BY_CLASS, None, (BLASTS,)),
    InSetting(MASKED, rate(1, 7), (ClassFlips("lymphocyte", rate(1, 4)),), None, (DOWN,)),
    InSetting(DRAWN, Rate(0, 0), skipped="no bank"),
    flipped=(
        Flipped("b", "lymphocyte", 0.5, (Turn(SAME, "blast", "a", 0.6),), False),
        Flipped("a", "blast", 0.7, (Turn(SAME, "lymphocyte", "b", 0.9), Turn(MASKED, "lymphocyte", "", None)), True),
    ),
)


def test_the_table_has_a_row_for_each_class_that_was_tested_and_one_for_all() -> None:
    blast, lymphocyte, whole = charts.table(FOUND, WORDS)
    assert [square.text for square in blast.squares] == ["2 of 4", ""]
    assert [square.shade for square in lymphocyte.squares] == [0, 0.25]
    assert (blast.tested, lymphocyte.tested, whole.tested) == (4, 4, 8)
    assert [square.text for square in whole.squares] == ["2 of 8", "1 of 7"]
    assert blast.colour == WORDS["blast"].colour
    assert whole.colour == ""
    assert "50 %" in blast.squares[0].title


def test_bars_share_a_ruler_and_a_setting_that_was_not_made_says_why() -> None:
    (same, masked, drawn), end = charts.bars(FOUND)
    assert end == pytest.approx(30)
    assert same.wide == pytest.approx(100 * 25 / end)
    assert same.low < same.wide < same.high <= 100
    assert "1 of 7" in masked.text
    assert drawn.skipped == "no bank"


def test_a_course_shows_where_the_case_would_stand_against_its_own_interval() -> None:
    (course,) = charts.courses(FOUND, {"blasts.ratio": (5, 20)})
    assert course.stands == "18.7 %"
    assert course.place == pytest.approx(100 * 18.7 / 40)
    assert course.own == pytest.approx((100 * 14.9 / 40, 100 * 23.3 / 40))
    assert [text for _, text in course.marks] == ["5", "20"]
    up, down = course.steps
    assert up.value == pytest.approx(100 * 20.1 / 40)
    assert up.text == "+1.4 points (0.0 to +2.8)"
    assert up.tags == ("crosses 20 %, maybe by chance",)
    assert down.text == "−9.0 points (−12.0 to −6.0)"
    assert down.tags == ("leaves its interval", "crosses 10 %")
    assert down.low < down.value < down.high
    assert (course.first, course.last) == ("0", "40 %")


def test_a_marker_has_a_ruler_of_its_own_and_a_number_without_a_case_none() -> None:
    median = Moved("marker.cd16.median", "CD16, median", "log10", 2.0, 2.1, Interval(1.9, 2.2), 0.1, None, case=2.0)
    nothing = Moved("cblc.ratio", "CBLC", "%", None, None, None, None, None)
    (course,) = charts.courses(result(InSetting(SAME, rate(0, 8), (), None, (median, nothing))))
    assert course.stands == "2.00 log10"
    assert 0 < course.own[0] < course.place < course.own[1] < 100
    assert course.steps[0].text == "+0.10 log10 (+0.10 to +0.10)"
    assert charts.courses(result()) == ()


def test_no_number_of_a_ruler_stands_on_another() -> None:
    """2 % of a ruler of 70 is where the nought would stand."""
    far = replace(BLASTS, own=Interval(40.0, 65.0), case=50.0)
    (course,) = charts.courses(result(InSetting(SAME, rate(0, 8), (), None, (far,))), {"blasts.ratio": (2, 20)})
    assert course.last == "70 %"
    assert course.first == ""
    assert [text for _, text in course.marks] == ["2", "20"]


@given(case=st.floats(0, 100), move=st.floats(-100, 100), wide=st.floats(0, 50))
def test_every_place_lies_on_its_ruler(case: float, move: float, wide: float) -> None:
    own = Interval(max(0.0, case - wide), min(100.0, case + wide))
    moved = replace(BLASTS, case=case, move=move, own=own, interval=Interval(move - wide, move + wide))
    (course,) = charts.courses(result(InSetting(SAME, rate(0, 8), (), None, (moved,))))
    step = course.steps[0]
    assert 0 <= course.own[0] <= course.place <= course.own[1] <= 100
    assert 0 <= step.low <= step.value <= step.high <= 100


def test_fragile_cells_come_first_each_with_a_picture_of_every_setting_that_was_made() -> None:
    first, second = charts.turned(FOUND, WORDS)
    assert (first.cell, first.fragile, second.cell) == ("a", True, "b")
    assert [shown.setting for shown in first.pictures] == [None, SAME, MASKED]
    field, same, masked = first.pictures
    assert (field.call, field.probability, field.flipped) == (WORDS["blast"].name, "70 %", False)
    assert (same.call, same.probability, same.flipped, same.donor) == (WORDS["lymphocyte"].name, "90 %", True, "b")
    assert masked.probability == "–"
    assert second.pictures[2].call == "same call"
    assert charts.flips_of(FOUND, WORDS) == (
        (WORDS["blast"].name, WORDS["lymphocyte"].name, 1),
        (WORDS["lymphocyte"].name, WORDS["blast"].name, 1),
    )


def test_every_setting_word_and_badge_has_its_words() -> None:
    assert set(charts.SHORT) == set(charts.MEANING) == set(Surroundings)
    assert set(charts.TITLES) == set(charts.LEVELS) == set(Word)
    assert set(charts.TAGS) == set(Badge) - {Badge.NOT_TESTED}
