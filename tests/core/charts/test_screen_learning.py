"""The way from sitting to sitting: every point with its interval, in per cent."""

import pytest

from core.charts.screen_learning import Sitting, sittings


def test_every_sitting_is_a_point_with_its_interval():
    points = [Sitting("1 May", 0.5, 0.2, 0.8, "4 of 8"), Sitting("2 May", 0.75, 0.4, 0.9, "6 of 8")]
    (line,) = sittings(points).data
    assert list(line.x) == [1, 2]
    assert list(line.y) == [50, 75]
    assert list(line.error_y.array) == pytest.approx([30, 15])
    assert list(line.error_y.arrayminus) == pytest.approx([30, 35])
    assert list(line.customdata[1]) == ["2 May", "6 of 8", "40–90 %"]


def test_no_sitting_is_an_empty_chart():
    assert len(sittings([]).data[0].x) == 0
