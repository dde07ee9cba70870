"""Curves as small charts: places within their frames, crossings where they were found, and the words for them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.appraisals import Rate
from core.charts import strength as charts
from core.readings import Interval
from core.robustness.curves import AskedCurves, Crossing, Curve, Curves, Flips, Line, Point
from models.imaging.perturb import Change

POINTS = (
    Point(-50, 30.0, Interval(22, 38)),
    Point(0, 18.0, Interval(14, 23)),
    Point(50, 10.0, Interval(5, 16)),
)
LINE = Line(
    "blasts.ratio", "blasts", POINTS,
    (Crossing(None, -20.83, -50), Crossing(None, 25.0, 50)),
    (Crossing(20.0, -8.33, -50), Crossing(None, None, 50)),
)  # fmt: skip
AZURE = Curve(
    Change.AZURE,
    (Flips(-50, Rate(12, 100, 0.12, Interval(0.07, 0.2))), Flips(50, Rate(8, 100, 0.08, Interval(0.04, 0.15)))),
    (LINE, replace(LINE, id="cblc.ratio", name="CBLC-3", crosses=())),
)


def found(*curves: Curve) -> Curves:
    return Curves("r", "c", "m", AskedCurves(), ("a", "b"), 9, curves)


def test_a_chart_lies_within_its_frame_and_marks_the_crossing() -> None:
    (chart,) = charts.charts(found(AZURE), "blasts.ratio", (2, 5, 10, 20))
    assert chart.path == ((0, 25), (50, 55), (100, 75))  # 40 % is the top
    assert all(0 <= x <= 100 and 0 <= y <= 100 for x, y in chart.band)
    assert len(chart.band) == len(chart.stroke) == 6
    assert chart.own == pytest.approx((100 - 100 * 23 / 40, 100 - 100 * 14 / 40))
    assert [tick.text for tick in chart.marks] == ["2", "5", "10", "20"]
    assert [tick.at for tick in chart.crossings] == pytest.approx([41.67])
    assert [tick.at for tick in chart.leavings] == pytest.approx([29.17, 75.0])
    assert [tick.text for tick in chart.across] == ["−50", "0", "+50"]
    assert [tick.text for tick in chart.up] == ["0", "20", "40 %"]


def test_words_say_where_and_how_far_was_looked() -> None:
    (chart,) = charts.charts(found(AZURE), "blasts.ratio")
    assert "Crosses 20 % at about −8 %, which the case’s own interval holds already." in chart.said
    assert "Crosses no mark up to +50 %, the farthest tried." in chart.said
    assert "Leaves the case’s own interval at about −21 %." in chart.said
    assert chart.flips == "Of 100 cells, called otherwise: 12 at −50, 8 at +50 %."
    (chart,) = charts.charts(found(AZURE), "cblc.ratio")
    assert "mark" not in chart.said
    assert chart.crossings == ()


def test_jpeg_speaks_of_quality_and_blur_of_micrometres() -> None:
    points = (Point(0, 18.0, Interval(14, 23)), Point(0.8, 10.0, Interval(5, 16)))
    blur = Line("b", "blasts", points, (Crossing(None, None, 0.8),), (Crossing(20.0, 0.456, 0.8),))
    jpeg = Line(
        "b", "blasts", tuple(replace(p, strength=100 * p.strength) for p in points), (), (Crossing(5.0, 61.2, 80),)
    )
    shown = charts.charts(found(Curve(Change.BLUR, (), (blur,)), Curve(Change.JPEG, (), (jpeg,))), "b")
    assert shown[0].said == "Crosses 20 % at about 0.46 µm, which the case’s own interval holds already."
    assert shown[1].said == "Crosses 5 % at about quality 39."
    assert shown[0].flips == ""


def test_what_was_not_tried_says_why_and_charts_share_one_scale() -> None:
    flat = replace(LINE, points=tuple(replace(p, value=3.0, interval=Interval(1, 4)) for p in POINTS))
    shown = charts.charts(
        found(AZURE, Curve(Change.SCALE, (), (flat,)), Curve(Change.BLUR, skipped="no scale")), "blasts.ratio"
    )
    assert shown[1].path[0] == (0, pytest.approx(92.5))
    assert shown[2].skipped == "no scale"
    nothing = replace(LINE, points=tuple(replace(p, value=None, interval=None) for p in POINTS))
    (empty,) = charts.charts(found(Curve(Change.AZURE, (), (nothing,))), "blasts.ratio")
    assert "no counted cells" in empty.skipped
    assert charts.choices(found(Curve(Change.BLUR, skipped="x"), AZURE)) == (
        ("blasts.ratio", "Blasts"), ("cblc.ratio", "CBLC-3"),
    )  # fmt: skip
