"""The parts of the smear's page: what they say, what they withhold, what may be picked."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from core import analyse
from core.appraisals import Budget, Part
from core.charts import budget
from core.doors.counts import Count, Kind
from core.readings import Corrected, Interval
from core.records import Review, Specimen
from core.vocabulary import vocabulary
from pages.components import smear_budget, smear_counts, smear_differential, smear_fields, state
from tests.core import counted
from tests.pages.conftest import words

WORDS = vocabulary("shipped16")
AT = dt.datetime(2026, 11, 21, tzinfo=dt.UTC)


def read(fields, specimen=Specimen.BLOOD):
    return analyse.read(counted.seen(fields), (), counted.info(specimen), WORDS)


@pytest.fixture
def case(house, marrow):
    return house.finished(marrow)


def test_the_members_of_both_sums_are_named_and_only_blasts_have_marks(opened, case):
    said = words(opened("case", case=case))
    assert "Cells: blast + promonocyte." in said
    assert "Early cells: blast + promyelocyte + promonocyte." in said
    blasts, cblc = said.index("Blasts and blast equivalents"), said.index("<h3>CBLC-3</h3>")
    end = said.index("Counted cells")
    assert 'class="tick"' in said[blasts:cblc]
    assert 'class="tick"' not in said[cblc:end]
    assert "no diagnostic band" in said[cblc:end]


def test_marrow_is_marked_and_a_straddled_mark_says_how_many_more_cells_would_settle_it(opened, case):
    said = words(opened("case", case=case))
    assert "marrow: not validated" in said
    assert said.index("ICC 2022") < said.index("extend the count")


def test_where_no_mark_is_straddled_nothing_is_to_be_extended(house, opened, marrow):
    case_id = house.finished(replace(marrow, specimen=Specimen.BLOOD))
    calls = house.store.seen(case_id).calls
    house.store.add_reviews(case_id, [Review(call.cell, "reader", AT, call.label, "blast") for call in calls])
    said = words(opened("case", case=case_id))
    assert "marrow: not validated" not in said
    assert "extend the count" not in said
    assert "AML range" in said


def test_targets_of_marrow_are_told_with_what_they_are_for(opened, case):
    said = words(opened("case", case=case))
    assert "300 where no precise share is needed" in said
    assert "500 for a precise share" in said


def test_only_classes_with_cells_can_be_picked_with_mouse_and_keyboard():
    said = smear_differential.markup(read([{"blast": 30, "segmented": 40, "smudge": 3}]), WORDS)
    assert said.count('<button type="button" data-pick="blast"') == 1
    assert '<tr class="" data-pick="blast">' in said
    assert 'data-pick="smudge"' in said
    assert 'data-pick="myelocyte"' not in said
    assert said.count('class="whisker"') == 13  # every counted class has its interval, also those without cells


def test_a_withheld_case_shows_counts_and_no_share_anywhere():
    few = read([{"blast": 3, "segmented": 4}, {"blast": 2}])
    for said in (
        smear_differential.markup(few, WORDS),
        smear_fields.markup(few, few.blasts.id, {}),
        smear_fields.markup(few, few.cblc.id, {}),
    ):
        assert " %" not in said.replace("0 %</span></th>", "").replace("95 % interval", "")
        assert "whisker" not in said
        assert 'class="dot"' not in said


def test_a_deciding_field_is_marked_for_blasts_only():
    reading = read([{"blast": 40, "segmented": 10}, *[{"blast": 2, "segmented": 48}] * 3])
    labels = {one.image: f"image {place + 1}" for place, one in enumerate(reading.fields)}
    assert smear_fields.markup(reading, reading.blasts.id, labels).count(">decides<") == 1
    assert ">decides<" not in smear_fields.markup(reading, reading.cblc.id, labels)


def test_words_of_others_are_escaped():
    hostile = replace(WORDS, classes=(replace(WORDS.classes[0], name="<b>blast</b>"), *WORDS.classes[1:]))
    reading = read([{"blast": 30, "segmented": 40}])
    assert "<b>blast" not in smear_differential.markup(
        replace(reading, differential=tuple(reading.differential)), hostile
    )
    part = Part("cells", "<i>x</i>", 1.0, 3.0, "<i>y</i>", "<i>z</i>")
    drawn = smear_budget.markup(budget.bar(Budget("b", "b", 0.2, Interval(0.1, 0.3), 3.0, (part,), ())))
    assert "<i>x" not in drawn
    assert "<i>y" not in drawn


def test_a_count_is_entered_flagged_and_taken_back(house, opened, case):
    at = opened("case", case=case)
    share, cells = at.number_input
    share.set_value(99.0)
    cells.set_value(500)
    next(box for box in at.text_input if box.label == "Note").set_value("gate A")
    next(button for button in at.button if button.label == "Enter beside the ratio").click().run()
    assert not at.exception, at.exception
    assert [count.blasts for count in house.store.counts.entered(case)] == [pytest.approx(0.99)]
    said = words(at)
    assert "Counts disagree" in said
    assert said.index("Counts disagree") < said.index("Counted cells")
    assert "“gate A”" in said
    assert "Never merged into the ratio" in said
    assert "10 000" not in said
    at.button(key="count-back-1").click().run()
    assert not at.exception, at.exception
    assert "disagrees" not in words(at)
    assert "taken back" in words(at)
    assert len(house.store.counts.entered(case)) == 2


def test_a_count_without_a_share_is_not_entered(house, opened, case):
    at = opened("case", case=case)
    next(button for button in at.button if button.label == "Enter beside the ratio").click().run()
    assert "Nothing was entered" in words(at)
    assert house.store.counts.entered(case) == []


def test_the_card_of_a_count_escapes_its_note():
    from core.review import beside

    count = Count(Kind.MANUAL, 0.2, 200, "<script>", AT, "<b>", 1)
    said = smear_counts.card(beside.compared(read([{"blast": 30, "segmented": 40}]), [count])[0])
    assert "<script>" not in said
    assert "by <b>" not in said


def test_corrected_lanes_come_under_their_own_names():
    from core.charts import gauge
    from pages.components import smear_shares

    reading = read([{"blast": 30, "segmented": 40}])
    better = Corrected("b", "", "blasts.ratio", 0.4, 0.4, Interval(0.3, 0.5), Interval(0.25, 0.6), 7, "assumes x")
    dial = gauge.dial(reading.blasts, better, (0.2,))
    said = smear_shares.share_card(reading.blasts, "Blasts", "", dial, better)
    same, patient = said.index("Corrected, these cells"), said.index("Corrected, the patient")
    assert "30.0–50.0 %" in said[same:patient]
    assert "25.0–60.0 %" in said[patient:]
    assert 'class="lane same_cells"' in said
    assert 'class="lane patient"' in said
    assert "on 7 patients: assumes x" in said


def test_the_section_is_kept_for_each_case(house, opened, marrow, case):
    other = house.finished(marrow)
    at = opened("case", case=case)
    at.session_state[f"{state.CASE_SECTION}.{case}"] = "Details"
    at.run()
    at.query_params["case"] = other
    at.run()
    assert "WHO 5th ed. 2022" in words(at)
