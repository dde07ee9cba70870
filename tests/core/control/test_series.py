"""A lot over its runs: established first, then judged."""

from __future__ import annotations

import datetime as dt
import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as some

from core.charts import levey_jennings
from core.charts.levey_jennings import Standing
from core.charts.screen_control import levey_jennings as drawn
from core.control.series import FIRST, judged
from core.doors.laboratory import Expected, Measured

AT = dt.datetime(2026, 11, 1, 8, tzinfo=dt.UTC)
STEADY = [20.0, 21.0, 19.0, 20.5, 19.5, 20.0, 21.0, 19.0, 20.5, 19.5]  # mean 20, SD 0.745


def runs(values: list[float], figure: str = "cblc") -> list[Measured]:
    return [
        Measured("c", "QC-1", f"run-{n}", AT + dt.timedelta(days=n), {figure: value}) for n, value in enumerate(values)
    ]


def test_fewer_than_ten_runs_are_no_ground_to_judge_by():
    lot = judged("L-1", runs([*STEADY[:8], 90.0]))
    (one,) = lot.series
    assert (lot.standing, one.standing, one.mean) == (Standing.ESTABLISHING, Standing.ESTABLISHING, None)
    assert one.origin == "establishing: 9 of the first 10 runs"
    assert {point.score for point in one.points} == {None}


def test_the_first_ten_make_the_limits_and_are_not_judged_by_them():
    (one,) = judged("L-1", runs([*STEADY, 20.0])).series
    assert one.mean == pytest.approx(20.0)
    assert one.sd == pytest.approx(statistics.stdev(STEADY))
    assert [point.standing for point in one.points] == [Standing.ESTABLISHING] * FIRST + [Standing.IN]
    assert one.standing is Standing.IN


@pytest.mark.parametrize(
    ("later", "standing", "rules"),
    [
        ([21.7], Standing.WARNING, ("1-2s",)),
        ([23.0], Standing.OUT, ("1-3s",)),
        ([21.7, 21.8], Standing.OUT, ("2-2s",)),
        ([21.7, 18.3], Standing.OUT, ("R-4s",)),
        ([23.0, 20.0], Standing.IN, ()),
    ],
)
def test_the_latest_run_says_whether_a_figure_is_in_control(later, standing, rules):
    lot = judged("L-1", runs(STEADY + later))
    (one,) = lot.series
    assert (one.standing, one.points[-1].rules, lot.standing) == (standing, rules, standing)
    assert lot.out == ((one,) if standing is Standing.OUT else ())


def test_limits_are_never_narrower_than_what_means_anything():
    (one,) = judged("L-1", runs([20.0] * FIRST + [20.2])).series
    assert one.sd == 0.1
    assert one.standing is Standing.IN
    assert judged("L-1", runs([20.0] * FIRST + [20.4])).standing is Standing.OUT


def test_stated_values_judge_from_the_first_run_on():
    (one,) = judged("L-1", runs([25.0]), {"cblc": Expected(20.0, 1.0)}).series
    assert (one.points[0].score, one.standing, one.origin) == (5.0, Standing.OUT, "as stated for this lot")


def test_a_figure_that_some_runs_lack_counts_its_own_runs():
    mixed = [*runs(STEADY), Measured("c", "QC-1", "x", AT + dt.timedelta(days=20), {"odd": 1.0})]
    lot = judged("L-1", mixed)
    assert [(one.id, len(one.points)) for one in lot.series] == [("cblc", 10), ("odd", 1)]
    assert lot.series[1].points[0].number == 11


def test_a_lot_without_runs_has_nothing_to_show():
    assert judged("L-1", []).series == ()
    assert judged("L-1", []).standing is Standing.ESTABLISHING


@given(some.lists(some.floats(0, 100), min_size=FIRST, max_size=30))
def test_everything_is_on_the_chart(values: list[float]):
    (one,) = judged("L-1", runs(values)).series
    low, high = levey_jennings.extent(one)
    assert one.mean is not None
    assert one.sd is not None
    assert all(low < point.value < high for point in one.points)
    assert low < one.mean - 3 * one.sd < one.mean + 3 * one.sd < high


def test_shape_says_what_colour_says():
    lot = judged("L-1", runs([*STEADY, 20.0, 21.7, 25.0]))
    marker = drawn(lot.series[0]).data[0].marker
    assert list(marker.symbol[-4:]) == ["circle-open", "circle", "diamond", "x"]
    assert len(set(marker.color[-4:])) == 4
    assert levey_jennings.span(lot.series[0]) == "mean ± SD 20.0 ± 0.75 %"
