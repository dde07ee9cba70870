"""The plotly renderer of a course: large enough for the last row of a room."""

from __future__ import annotations

from html import escape

import plotly.graph_objects as go

from core.charts import screen
from core.charts.board import Course

TALL = 380
GREY = "#7d8b94"
FONT_SIZE = 19
LEAST = 25.0  # percent that the axis reaches at least, so that 1 % does not look like much


def course(of: Course) -> go.Figure:
    """Shares with their intervals, from day to day; samples of one day stand beside one another in their order."""
    apart = len({sample.day for sample in of.samples}) == len(of.samples)
    places = [sample.day if apart else number for number, sample in enumerate(of.samples)]
    told = [(place, sample) for place, sample in zip(places, of.samples, strict=True) if sample.value is not None]
    figure = go.Figure()
    for number, mark in enumerate(of.marks):
        side = "left" if number % 2 else "right"  # 2 and 5 lie too near for labels above one another
        figure.add_hline(
            y=mark, line={"color": GREY, "width": 1.6, "dash": "dot"}, annotation_text=f"{mark} %",
            annotation_position=f"top {side}", annotation_font={"size": 15, "color": GREY},
        )  # fmt: skip
    figure.add_trace(
        go.Scatter(
            x=[place for place, _ in told],
            y=[sample.value for _, sample in told],
            mode="lines+markers",
            line={"color": of.colour, "width": 2.5},
            marker={"size": 14, "color": of.colour},
            error_y={
                "type": "data",
                "symmetric": False,
                "array": [(s.high or 0.0) - (s.value or 0.0) if s.high is not None else 0 for _, s in told],
                "arrayminus": [(s.value or 0.0) - (s.low or 0.0) if s.low is not None else 0 for _, s in told],
                "thickness": 2.4,
                "width": 9,
                "color": of.colour,
            },
            customdata=[[s.name, s.share_text, s.range_text, s.counted] for _, s in told],
            hovertemplate="<b>%{customdata[0]}</b><br>%{customdata[1]} (%{customdata[2]})<br>%{customdata[3]}"
            "<extra></extra>",
        )
    )
    for place, sample in zip(places, of.samples, strict=True):
        if sample.value is None:
            figure.add_annotation(
                x=place, y=0, text=sample.share_text, showarrow=False, textangle=-90, yanchor="bottom", yshift=4,
                bgcolor="rgba(125,139,148,0.18)",
            )  # fmt: skip
    screen.plain(figure, TALL)
    figure.update_layout(font={"family": screen.FONT, "size": FONT_SIZE}, margin={"l": 8, "r": 24, "t": 16, "b": 48})
    top = max([LEAST, *(sample.high or sample.value or 0.0 for sample in of.samples)])
    figure.update_yaxes(ticksuffix=" %", range=[0, min(100.0, top * 1.12)], zeroline=False, fixedrange=True, nticks=6)
    figure.update_xaxes(
        tickvals=places, ticktext=[escape(sample.name) for sample in of.samples], showgrid=False, fixedrange=True,
        zeroline=False, range=_room(places), automargin=True,
    )  # fmt: skip
    return figure


def _room(places: list[int]) -> list[float]:
    spread = max(places, default=0) - min(places, default=0) or 1
    return [min(places, default=0) - 0.08 * spread, max(places, default=0) + 0.08 * spread]
