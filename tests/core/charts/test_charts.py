"""Chart data: what stands where, what is withheld, how numbers are written."""

from __future__ import annotations

import datetime as dt
import io
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image as Picture

from core import analyse
from core.charts import differential, field, gallery, picture, progress, words
from core.charts.gauge import ruler
from core.protocols import RunRow, RunState
from core.readings import Interval, Odds, Share
from core.records import CaseInfo, Modality, Seen, Specimen
from core.vocabulary import vocabulary
from tests import fakes

WORDS = vocabulary("shipped16")
AT = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


def share(count: int, total: int, low: float, high: float, withheld: str = "") -> Share:
    return Share("blasts.ratio", "blasts", count, total, count / total, Interval(low, high), withheld=withheld)


@pytest.fixture(scope="module")
def seen() -> Seen:
    discs = [
        (25.0 + 38 * (i % 5), 25.0 + 38 * (i // 5), 12.0, ("blast", "lymphocyte", "smudge")[i % 3]) for i in range(20)
    ]
    return analyse.see([fakes.upload(fakes.field(discs, seed=n)) for n in range(4)], fakes.tools())


# --- the ruler -----------------------------------------------------------------------------------------------


def test_marks_stand_at_their_place_on_a_ruler_of_forty_per_cent():
    gauge = ruler(share(40, 200, 0.15, 0.261), (0.05, 0.10, 0.20))
    assert [mark.at for mark in gauge.marks] == pytest.approx([12.5, 25, 50])
    assert [mark.text for mark in gauge.marks] == ["5", "10", "20"]
    assert (gauge.value, gauge.low, gauge.high) == pytest.approx((50, 37.5, 65.25))
    assert gauge.end.text == "40 %"


@given(st.integers(0, 300), st.integers(1, 300), st.floats(0, 1), st.floats(0, 1))
def test_nothing_leaves_the_ruler_and_the_value_lies_in_its_interval(count, more, one, two):
    total = count + more
    low, high = min(one, two, count / total), max(one, two, count / total)
    gauge = ruler(share(count, total, low, high), (0.05, 0.2))
    assert gauge.low is not None
    assert gauge.value is not None
    assert gauge.high is not None
    assert 0 <= gauge.low <= gauge.value <= gauge.high <= 100
    assert all(0 <= mark.at <= 100 for mark in gauge.marks)


def test_a_withheld_share_is_not_on_the_ruler_but_the_marks_are():
    gauge = ruler(share(5, 20, 0.1, 0.4, withheld="20 counted cells, fewer than 50"), (0.2,))
    assert (gauge.value, gauge.low, gauge.high) == (None, None, None)
    assert len(gauge.marks) == 1


# --- words ---------------------------------------------------------------------------------------------------


def test_numbers_are_written_one_way():
    assert words.percent(0.2034) == "20.3 %"
    assert words.percent(None) == "–"
    assert words.percent_range(Interval(0.15, 0.261)) == "15.0–26.1 %"
    assert words.number_range(Interval(1.8, 3.0)) == "1.8–3.0"
    assert words.of_total(Odds("me.ratio", "M:E", 210, 90, 2.33, None)) == "210 : 90"
    assert words.size(1, "field") == "1 field"
    assert words.size(1200, "cell") == "1 200 cells"
    assert words.unbroken("AML range (≥ 20 %)") == "AML range (≥\u00a020\u00a0%)"


# --- progress ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("state", "done", "fraction", "text"),
    [
        (RunState.QUEUED, 0, 0.0, "waiting its turn: 5 fields"),
        (RunState.RUNNING, 2, 0.4, "2 of 5 fields, batch 1 of 3 kept"),
        (RunState.RUNNING, 5, 1.0, "5 of 5 fields, batch 3 of 3 kept"),
        (RunState.DONE, 5, 1.0, "5 fields analysed"),
        (RunState.CANCELLED, 4, 0.8, "4 of 5 fields, batch 2 of 3 kept"),
    ],
)
def test_progress_in_fields_and_batches(state, done, fraction, text):
    shown = progress.of(RunRow("r", "c", state, done, 5, AT), 2)
    assert (shown.fraction, shown.text) == (pytest.approx(fraction), text)
    assert shown.active is (state in (RunState.QUEUED, RunState.RUNNING))


def test_no_run_is_not_a_finished_one():
    shown = progress.of(None, 2)
    assert (shown.state, shown.active, shown.fraction) == (RunState.NONE, False, 0.0)


# --- the differential ----------------------------------------------------------------------------------------


def test_bars_are_the_counted_classes_in_order_with_their_numbers(seen):
    reading = analyse.read(seen, (), CaseInfo("A-1", Specimen.MARROW), WORDS)
    bars = differential.bars(reading, WORDS)
    assert [bar.code for bar in bars] == [c.code for c in WORDS.counted(Specimen.MARROW)]
    assert sum(bar.count for bar in bars) == reading.quality.counted
    assert sum(bar.share for bar in bars) == pytest.approx(100)
    assert all(bar.low <= bar.share <= bar.high for bar in bars)


def test_withheld_shares_are_counted_but_not_drawn(seen):
    few = analyse.read(
        replace(seen, cells=seen.cells[:9], calls=seen.calls[:9]), (), CaseInfo("A", Specimen.BLOOD), WORDS
    )
    bars = differential.bars(few, WORDS)
    assert {bar.share for bar in bars} == {None}
    assert {bar.share_text for bar in bars} == {"withheld"}
    assert sum(bar.count for bar in bars) > 0


# --- field and cells -----------------------------------------------------------------------------------------


def test_each_cell_of_the_field_has_one_outline_in_its_colour(seen):
    image = seen.images[1]
    svg = field.outlines(image, seen, WORDS)
    assert svg.count("<polygon") == sum(cell.image == image.id for cell in seen.cells) == 20
    assert f'viewBox="0 0 {image.width} {image.height}"' in svg
    assert svg.count(WORDS["blast"].colour) == 7
    assert "<title>blast, 90 %</title>" in svg


@pytest.mark.parametrize(
    ("names", "told"),
    [
        ([], ""),
        (["blast"], "blast"),
        (["blast", "band"], "blast or band"),
        (["blast", "band", "monocyte"], "blast, band or monocyte"),
        (["blast", "band", "monocyte", "smudge", "other"], "blast, band or 3 more"),
    ],
)
def test_a_set_is_written_as_people_say_it(names, told):
    assert gallery.either(names) == told


# --- pictures ------------------------------------------------------------------------------------------------


def test_a_large_picture_is_shrunk_and_keeps_its_shape():
    stored = fakes.png(np.full((300, 600, 3), 200, dtype=np.uint8))
    with Picture.open(io.BytesIO(picture.for_screen(stored, Modality.SMEAR, longest=150))) as small:
        assert (small.format, small.size) == ("WEBP", (150, 75))
    with Picture.open(io.BytesIO(picture.for_screen(stored, Modality.SMEAR))) as whole:
        assert whole.size == (600, 300)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
def test_a_label_free_picture_shows_its_first_view_stretched(dtype):
    views = np.stack([np.tile(np.linspace(10, 60, 50), (40, 1)), np.zeros((40, 50))]).astype(dtype)
    out = io.BytesIO()
    np.save(out, views)
    with Picture.open(io.BytesIO(picture.for_screen(out.getvalue(), Modality.DPC))) as shown:
        grey = np.asarray(shown.convert("L"))
    assert grey.shape == (40, 50)
    assert grey[:, 0].max() < 30
    assert grey[:, -1].min() > 225


def test_boxes_are_drawn_where_they_lie_also_when_shrunk():
    pixels = np.full((100, 200, 3), 255, dtype=np.uint8)
    with Picture.open(
        io.BytesIO(picture.with_boxes(pixels, Modality.SMEAR, ((20, 10, 120, 60),), longest=100))
    ) as small:
        drawn = np.asarray(small.convert("RGB")).astype(int)
    red = np.argwhere((drawn[..., 0] - drawn[..., 1]) > 100)
    assert small.size == (100, 50)
    assert (red.min(axis=0) == (5, 10)).all()
    assert (red.max(axis=0) == (29, 59)).all()
