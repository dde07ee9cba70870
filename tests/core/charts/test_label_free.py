"""Label-free pictures: shapes that add up, points with their cell, nothing that must not be seen."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core import analyse
from core.charts import label_free as charts
from core.charts import markers, screen_label_free
from core.charts.markers import Row
from core.records import MarkerValue
from core.vocabulary import vocabulary
from tests import label_free_fakes as fakes
from tests.core.exchange.test_withholding import seen

WORDS = vocabulary("dpc4")
LABELS = ("granulocyte",) * 40 + ("lymphocyte",) * 25 + ("monocyte",) * 5 + ("other",) * 7
VALUES = st.lists(st.floats(-5, 5, allow_nan=False), min_size=2, max_size=60).map(lambda v: tuple(sorted(v)))


def read(info=fakes.SYNTHETIC, cuts=None):
    found = seen(LABELS)
    return found, analyse.read_label_free(found, (), info, WORDS, cuts or {})


@settings(max_examples=25, deadline=None)
@given(st.lists(VALUES, min_size=1, max_size=3))
def test_bars_hold_every_cell_once_and_curves_stay_between_nought_and_one(groups):
    rows = [Row(f"g{n}", "#123456", values) for n, values in enumerate(groups)]
    for row, bars in zip(rows, charts.bars(rows), strict=True):
        assert sum(bars.counts) == len(row.values)
        assert sum(bars.shares) == pytest.approx(1)
    for curve in charts.curves(rows):
        assert max(curve.height) == pytest.approx(1)
        assert min(curve.height) >= 0
        assert curve.at[0] <= curve.median <= curve.at[-1]
    low, high = charts.reach(rows)
    assert low <= min(row.values[0] for row in rows)
    assert high >= max(row.values[-1] for row in rows)
    assert low < high


def test_a_curve_stands_highest_where_the_values_lie():
    row = Row("two", "#123456", tuple(sorted([1.0] * 50 + [3.0] * 10)))
    curve = charts.curves([row])[0]
    assert curve.at[int(np.argmax(curve.height))] == pytest.approx(1.0, abs=0.05)


def test_a_point_is_its_cell_and_a_class_is_a_cloud():
    found, reading = read()
    clouds = charts.clouds("probability.granulocyte", "marker.CD16", reading, found, WORDS)
    assert [len(cloud.points) for cloud in clouds] == [25, 40, 5, 7]
    assert [cloud.points[0].code for cloud in clouds] == list(WORDS.codes)
    for cloud in clouds:
        for point in cloud.points:
            assert point.y == reading.values[point.cell]["CD16"].value
    drawn = screen_label_free.scatter(clouds, "x", "y", picked=[clouds[0].points[1].cell])
    assert drawn.data[0].customdata[1][0] == clouds[0].points[1].cell
    assert list(drawn.data[0].selectedpoints) == [1]
    assert list(drawn.data[1].selectedpoints) == []


def test_a_persons_case_offers_no_marker_to_stand_at():
    found, reading = read(fakes.REAL)
    assert [axis.id for axis in charts.axes(reading, found, WORDS)] == [
        "area", "phase", *(f"probability.{code}" for code in WORDS.codes)
    ]  # fmt: skip
    assert charts.clouds("marker.CD16", "area", reading, found, WORDS) == ()
    assert charts.above(reading.markers[0], reading, found) == ()
    assert charts.beyond(reading) == ()


def test_cells_above_the_cut_off_are_those_the_reading_counts():
    found, reading = read(cuts={"CD16": fakes.MARK + 0.4})
    marker = next(m for m in reading.markers if m.name == "CD16")
    codes = {c.code for c in WORDS.counted(reading.info.specimen)}
    named = {call.cell: call.label for call in found.calls}
    cells = charts.above(marker, reading, found)
    assert sum(named[cell] in codes for cell in cells) == marker.whole.above.count
    assert [reading.values[c]["CD16"].value for c in cells] == sorted(
        (reading.values[c]["CD16"].value for c in cells), reverse=True
    )


def test_the_branches_are_told_by_class_and_one_that_decides_alone_is_named():
    found, _ = read()
    rows = charts.gates(0, found, WORDS)
    assert [(row.name, len(row.values)) for row in rows][:1] == [("All cells", len(LABELS))]
    assert all(row.values[0] == pytest.approx(50) for row in rows)
    assert charts.one_sided(rows) == ""
    alone = replace(found, calls=tuple(replace(call, gate=(1.0, 0.0)) for call in found.calls))
    assert "convolutional branch decides" in charts.one_sided(charts.gates(0, alone, WORDS))
    assert "Attention decides" in charts.one_sided(charts.gates(1, alone, WORDS))
    assert charts.gates(0, replace(found, calls=()), WORDS) == ()


@pytest.mark.parametrize(("value", "flag"), [(1.0, "below"), (2.0, ""), (3.0, ""), (3.01, "above")])
def test_a_value_beyond_what_was_learned_is_flagged(value, flag):
    models = (replace(fakes.Spectrum().stamp, marker_ranges={"CD16": (2.0, 3.0)}),)
    told = charts.told({"CD16": MarkerValue(value, value - 0.1, value + 0.1), "CD45": MarkerValue(9.0)}, models)
    assert told[0].flag[: len(flag)] == flag
    assert bool(told[0].flag) == bool(flag)
    assert (told[1].flag, told[1].interval) == ("", "no interval could be made")


@pytest.mark.parametrize("draw", ["ridges", "histograms"])
def test_every_group_is_drawn_under_its_name_with_the_cut_off(draw):
    found, reading = read()
    rows = markers.rows(reading.markers[-1], reading, found, WORDS)
    shapes = charts.curves(rows) if draw == "ridges" else charts.bars(rows)
    figure = getattr(screen_label_free, draw)(shapes, "log10", 7771.3)
    assert list(figure.layout.yaxis.ticktext) == [row.name for row in rows]
    assert [shape.x0 for shape in figure.layout.shapes if shape.y0 == 0 and shape.y1 == 1] == [7771.3]
    assert len(getattr(screen_label_free, draw)((), "log10").data) == 0


def test_areas_are_micrometres_only_where_every_field_has_a_scale():
    found, reading = read()
    um, px = {"area_um2": 50.0, "area_px": 1800.0}, {"area_px": 1700.0}
    scaled = replace(found, cells=tuple(replace(cell, measures=um) for cell in found.cells))
    mixed = replace(scaled, cells=(replace(scaled.cells[0], measures=px), *scaled.cells[1:]))
    for given_, name, at in ((scaled, "Area, µm²", {50.0}), (mixed, "Area, pixels", {1700.0, 1800.0})):
        assert name in [axis.name for axis in charts.axes(reading, given_, WORDS)]
        clouds = charts.clouds("area", "area", reading, given_, WORDS)
        assert {point.x for cloud in clouds for point in cloud.points} == at
