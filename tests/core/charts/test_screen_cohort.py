"""A cohort's charts: every case is a dot that names it, intervals and limits are drawn, in per cent."""

from __future__ import annotations

import pytest

from core.charts import screen_cohort
from core.charts.cohort import MOST_NAMED
from core.charts.levey_jennings import Standing
from core.cohort.drift import REFERENCE, drifts
from core.cohort.funnel import funnel
from core.cohort.spread import BLASTS, dots, spread
from tests.core.cohort import made


def rows(number: int) -> list[dict[str, object]]:
    return [made.row(n, (n * 7) % 60, 100 + n) for n in range(number)]


@pytest.mark.parametrize("number", [0, 1, 30, MOST_NAMED + 1])
def test_every_case_is_a_dot_with_its_interval(number: int) -> None:
    held = dots(rows(number), BLASTS)
    figure = screen_cohort.in_order(spread(BLASTS, held))
    lines, marks = figure.data
    assert len(marks.x) == number
    assert len(lines.x) == 3 * number
    assert list(marks.x) == sorted(100 * dot.value for dot in held)
    assert [told[0] for told in marks.customdata or ()] == [dot.case for dot in spread(BLASTS, held).dots]
    named = figure.layout.yaxis.ticktext
    assert (named is not None and len(named) == number) is (number <= MOST_NAMED)


def test_a_histogram_holds_all_and_marks_the_median() -> None:
    figure = screen_cohort.bars(spread(BLASTS, dots(rows(40), BLASTS)))
    assert sum(figure.data[0].y) == 40
    assert len(figure.layout.shapes) == 2
    assert figure.layout.yaxis.title.text == "cases"  # what the bars count


def test_an_outlier_is_another_shape_and_few_cases_have_no_limits() -> None:
    held = [made.row(n, 10 + n % 4, 200) for n in range(30)] + [made.row(99, 190, 200)]
    figure = screen_cohort.funnel(funnel(dots(held, BLASTS)), "Blasts")
    marks = figure.data[-1]
    assert [told[1] for told, shape in zip(marks.customdata, marks.marker.symbol, strict=True) if shape == "x"] == [
        "C-0099"
    ]
    few = screen_cohort.funnel(funnel(dots(held[:5], BLASTS)), "Blasts")
    assert set(few.data[-1].marker.symbol) == {"circle-open"}
    assert [len(trace.x) for trace in few.data[:-1]] == [0] * (len(few.data) - 1)


def test_a_drift_chart_marks_the_moving_mean_where_it_is_out() -> None:
    held = [row | {"brightness": 90.0 + n % 2 - (8 if n > REFERENCE + 5 else 0)} for n, row in enumerate(rows(60))]
    found = next(one for one in drifts(held, "scanner") if one.series.id == "brightness")
    figure = screen_cohort.drift(found)
    out = sum(point.standing is Standing.OUT for point in found.series.points)
    assert 0 < out == len(figure.data[-1].x)
    assert [told[0] for told in figure.data[2].customdata] == [row["case"] for row in held]
    young = next(one for one in drifts(held[:9], "scanner") if one.series.id == "brightness")
    assert len(screen_cohort.drift(young).data[0].x) == 9


def test_a_drift_chart_has_an_upright_line_where_a_network_or_its_engine_changed() -> None:
    held = [row | {"classifier_engine": "torch 2" if n < 20 else "openvino 1"} for n, row in enumerate(rows(30))]
    changed, quiet = (
        next(one for one in drifts(some, "scanner") if one.series.id == "brightness") for some in (held, held[20:])
    )
    lines = [shape for shape in screen_cohort.drift(changed).layout.shapes if shape.type == "line"]
    assert [(line.x0, line.x1) for line in lines] == [(20.5, 20.5)]
    assert not screen_cohort.drift(quiet).layout.shapes
