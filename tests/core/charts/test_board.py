"""What a board is drawn from: slides of what was chosen, courses that mix nothing, no name on a masked one."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import analyse
from core.aggregate.criteria import MARKS
from core.charts import board as charts
from core.charts import screen_board
from core.doors.board import Board, Layout, Shown
from core.records import Specimen
from core.vocabulary import vocabulary
from tests import label_free_fakes as fakes
from tests.core import counted
from tests.core.exchange.test_withholding import seen as label_free_seen

WORDS, DPC = vocabulary("shipped16"), vocabulary("dpc4")
FIELD = {"blast": 3, "lymphocyte": 7, "promyelocyte": 2, "smudge": 1}
START = dt.datetime(2026, 3, 1, 9, tzinfo=dt.UTC)


def held(day: int, specimen: Specimen = Specimen.BLOOD, fields: int = 6, case: str = "") -> charts.Held:
    info = counted.info(specimen)
    reading = analyse.read(counted.seen([FIELD] * fields), (), info, WORDS)
    return charts.Held(case or f"case-{day}", START + dt.timedelta(days=day), reading, WORDS)


def test_slides_are_what_was_chosen_under_its_present_name():
    seen = counted.seen([FIELD] * 2)
    shown = Shown("c", ("0-blast-1", "0-lymphocyte-0", "gone"), ("image1",))
    said = [counted.review("0-blast-1", "monocyte")]
    cell, other, field = charts.slides(shown, seen, WORDS, said)
    assert (cell.kind, cell.name, cell.said) == ("cell", "monocyte", "reviewed by a person")
    assert (other.name, other.said) == ("lymphocyte", "100 %, the model's call")
    assert (field.kind, field.name, field.said) == ("field", "Image 2", "13 cells")
    assert field.outlines.count("<polygon") == 13
    reviewed_field = charts.slides(Shown("c", (), ("image0",)), seen, WORDS, said)[0]
    assert reviewed_field.outlines.count(f'stroke="{WORDS["monocyte"].colour}"') == 1


def test_strips_are_wide():
    seen = label_free_seen(("granulocyte",) * 3)
    assert [slide.wide for slide in charts.slides(Shown("c", ("c0", "c2")), seen, DPC)] == [True, True]


@given(st.dictionaries(st.sampled_from(sorted(FIELD)), st.integers(0, 30), min_size=1), st.integers(1, 5))
def test_proposed_cells_are_a_few_of_every_class_that_there_is(counts, each):
    seen = counted.seen([counts])
    found = charts.proposed(seen, WORDS, each=each)
    called = {call.cell: call.label for call in seen.calls}
    assert len(set(found)) == len(found) <= charts.MOST
    for code, number in counts.items():
        assert sum(called[cell] == code for cell in found) == min(number, each)


def test_a_reviewed_cell_is_proposed_before_a_sure_one():
    seen = counted.seen([FIELD])
    found = charts.proposed(seen, WORDS, [counted.review("0-blast-2", "blast")], each=1)
    assert found[0] == "0-blast-2"


def test_blasts_and_the_composite_are_two_courses_and_only_one_has_marks():
    blasts, cblc = charts.courses([held(14), held(0)], MARKS, masked=True)
    assert (blasts.id, cblc.id) == ("blasts.ratio", "cblc.ratio")
    assert (blasts.marks, cblc.marks) == (MARKS[Specimen.BLOOD], ())
    assert [sample.name for sample in blasts.samples] == ["day 0", "day 14"]
    first = blasts.samples[0]
    assert first.value == pytest.approx(25.0)  # 18 of 72
    assert first.low < first.value < first.high
    assert first.counted == "18 of 72 cells"


def test_other_specimens_are_other_courses():
    found = charts.courses([held(0), held(5, Specimen.MARROW), held(9)], MARKS, masked=True)
    assert sorted((course.where, len(course.samples)) for course in found if course.id == "blasts.ratio") == [
        ("bone marrow · stained smear", 1), ("peripheral blood · stained smear", 2),
    ]  # fmt: skip


def test_label_free_samples_have_a_course_a_class():
    reading = analyse.read_label_free(label_free_seen(("granulocyte",) * 60), (), fakes.SYNTHETIC, DPC)
    found = charts.courses([charts.Held("c", START, reading, DPC)], MARKS, masked=True)
    assert [course.name for course in found] == ["Lymphocytes", "Granulocytes", "Monocytes"]
    assert all(course.marks == () for course in found)


def test_a_withheld_share_is_no_number_anywhere():
    course = charts.courses([held(0, fields=1), held(3)], MARKS, masked=True)[0]
    small = course.samples[0]
    assert (small.value, small.low, small.share_text) == (None, None, "withheld")
    assert "fewer than 50" in small.withheld
    drawn = screen_board.course(course)
    assert len(drawn.data[0].x) == 1
    assert [note.text for note in drawn.layout.annotations if note.text == "withheld"] == ["withheld"]


def test_days_that_repeat_are_laid_out_one_after_another():
    course = charts.courses([held(0, case="a"), held(0, case="b"), held(7)], MARKS, masked=True)[0]
    drawn = screen_board.course(course)
    assert list(drawn.data[0].x) == [0, 1, 2]
    assert list(drawn.layout.xaxis.ticktext) == ["day 0", "day 0", "day 7"]
    far = screen_board.course(charts.courses([held(0), held(2), held(30)], MARKS, masked=True)[0])
    assert list(far.data[0].x) == [0, 2, 30]


def test_days_that_were_entered_count_where_every_sample_has_one():
    late, early = replace(held(0), day=40), replace(held(5), day=-2)
    course = charts.courses([late, early], MARKS, masked=False)[0]
    assert [(sample.name, sample.day) for sample in course.samples] == [("day -2", -2), ("day 40", 40)]
    mixed = charts.courses([late, held(5)], MARKS, masked=True)[0]
    assert [sample.day for sample in mixed.samples] == [0, 5]


def test_dates_and_pseudonyms_stand_on_an_unmasked_board_alone():
    infos = [replace(counted.info(), pseudonym=name) for name in ("AML-1", "AML-2")]
    board = Board("Monday", Layout.TWO, (Shown("a"), Shown("b")))
    assert charts.names(board, infos) == ("Case A", "Case B")
    assert charts.names(replace(board, layout=Layout.SERIAL), infos) == ("Sample 1", "Sample 2")
    assert charts.names(replace(board, masked=False), infos) == ("AML-1", "AML-2")
    assert charts.courses([held(0)], MARKS, masked=False)[0].samples[0].name == "01 Mar 2026"
    assert "2026" not in str(charts.courses([held(0)], MARKS, masked=True))
    assert charts.told(infos[0]) == "peripheral blood · stained smear"
