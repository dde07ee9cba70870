"""A learner's way from sitting to sitting, drawn with plotly."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import plotly.graph_objects as go

from core.charts.screen import plain

ACCENT, BAND = "#2b8085", "rgba(43,128,133,0.2)"


@dataclass(frozen=True, slots=True)
class Sitting:
    """One point. Shares in 0–1."""

    when: str
    share: float
    low: float
    high: float
    said: str  # '7 of 9 right at first sight'


def sittings(points: Sequence[Sitting], height: int = 250) -> go.Figure:
    """The share named rightly at first sight, one point a sitting, with its interval."""
    figure = go.Figure(
        go.Scatter(
            x=list(range(1, len(points) + 1)),
            y=[100 * point.share for point in points],
            mode="lines+markers",
            line={"color": ACCENT, "width": 1.6},
            marker={"color": ACCENT, "size": 8},
            error_y={
                "type": "data",
                "symmetric": False,
                "array": [100 * (point.high - point.share) for point in points],
                "arrayminus": [100 * (point.share - point.low) for point in points],
                "thickness": 5,
                "width": 0,
                "color": BAND,
            },
            customdata=[[p.when, p.said, f"{100 * p.low:.0f}–{100 * p.high:.0f} %"] for p in points],
            hovertemplate="<b>%{customdata[0]}</b><br>%{customdata[1]}<br>%{y:.0f} % (%{customdata[2]})<extra></extra>",
        )
    )
    plain(figure, height)
    figure.update_yaxes(range=[-2, 102], ticksuffix=" %", fixedrange=True, zeroline=False, nticks=6)
    names = [point.when for point in points]
    figure.update_xaxes(
        tickvals=list(range(1, len(points) + 1)), ticktext=names, fixedrange=True, zeroline=False, showgrid=False,
        range=[0.5, max(len(points), 6) + 0.5],
    )  # fmt: skip
    return figure
