"""Figures as plain values: what is laid over them looks as if plotly had drawn it, and plotly draws them so."""

from __future__ import annotations

import json

import numpy as np
import plotly.io
import plotly.tools
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.charts import screen, screen_label_free
from core.charts.label_free import Cloud, Point

CLOUDS = tuple(
    Cloud(f"kind {k}", "#336699", tuple(Point(f"{k}-{n}", n / 7, k + n / 3, "a", "said") for n in range(5 + k)))
    for k in range(3)
)
CELLS = [point.cell for cloud in CLOUDS for point in cloud.points]


def drawn(figure) -> dict:
    """As Streamlit draws a figure."""
    plain = plotly.tools.return_figure_from_figure_or_data(figure, validate_figure=True)
    return json.loads(plotly.io.to_json(plain, validate=False))


@pytest.fixture(scope="module")
def plain() -> dict:
    return screen_label_free.plain(CLOUDS, "x", "y", "lasso")


@settings(max_examples=20, deadline=None)
@given(
    picked=st.sets(st.sampled_from(CELLS)),
    cuts=st.tuples(*[st.one_of(st.none(), st.floats(-3, 3, allow_nan=False))] * 2),
)
def test_lines_and_picked_points_are_those_that_plotly_would_have_drawn(plain, picked, cuts):
    over = screen.Ready(plain, screen.line(x=cuts[0], y=cuts[1]), screen_label_free.places(CLOUDS, picked))
    assert drawn(over) == drawn(screen_label_free.scatter(CLOUDS, "x", "y", picked=picked, cuts=cuts))


def test_a_line_comes_after_those_that_the_figure_has():
    values = np.linspace(0, 1, 30)
    curves = [screen_label_free.Curve("a", "#336699", tuple(values), tuple(values), 0.5)]
    over = screen.Ready(screen_label_free.ridges(curves, "u").to_dict(), screen.line(x=0.25, width=1.6))
    assert drawn(over) == drawn(screen_label_free.ridges(curves, "u", 0.25))
    assert len(drawn(over)["layout"]["shapes"]) == 2


def test_drawing_and_laying_over_leave_the_values_as_they_were(plain):
    before = json.loads(plotly.io.to_json(plain, validate=False))
    over = screen.Ready(plain, screen.line(x=1.0), [[0], [], [1]])
    assert drawn(over) == drawn(over)
    assert json.loads(plotly.io.to_json(plain, validate=False)) == before
