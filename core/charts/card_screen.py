"""The plotly renderer of a model's card. Colours of text and grid are left to the page's theme."""

from __future__ import annotations

from html import escape
from typing import Any

import plotly.graph_objects as go

from core.charts.card import Curve, Matrix
from core.charts.screen import FONT

ROW = 26  # pixels a class takes
ACCENT = "#0d8088"
SCALE = [[0.0, "rgba(13,128,136,0.03)"], [1.0, "rgba(13,128,136,1)"]]  # from clear, so that it fits light and dark
CLEAR = "rgba(0,0,0,0)"


def matrix(of: Matrix) -> go.Figure:
    """A heat map of each row's shares; the counts stand on hover. Plotly reads names as markup: they are escaped."""
    names = [escape(name) for name in of.names]
    figure = go.Figure(
        go.Heatmap(
            x=names,
            y=names,
            z=[[None if v is None else 100 * v for v in row] for row in of.shares],
            customdata=of.counts,
            zmin=0,
            zmax=100,
            colorscale=SCALE,
            xgap=1,
            ygap=1,
            colorbar={
                "thickness": 10,
                "outlinewidth": 0,
                "tickvals": [0, 50, 100],
                "ticktext": ["0 %", "50 %", "100 %"],
            },
            hovertemplate="expert: <b>%{y}</b><br>called: <b>%{x}</b><br>%{customdata} cells, %{z:.1f} % of the row"
            "<extra></extra>",
            hoverongaps=False,
        )
    )
    _laid(figure, ROW * len(of.names) + 150)
    figure.update_xaxes(side="bottom", tickangle=-45, showgrid=False, title="called", tickmode="linear")
    figure.update_yaxes(autorange="reversed", showgrid=False, title="expert", tickmode="linear")
    return figure


def curve(of: Curve) -> go.Figure:
    """What was stated against what came true; on the dashed line a probability means what it says."""
    largest = max((n for *_, n in of.points), default=1) or 1
    figure = go.Figure(
        [
            go.Scatter(x=[0, 1], y=[0, 1], mode="lines", line={"dash": "dot", "width": 1.2, "color": "#7d8b94"},
                       hoverinfo="skip"),
            go.Scatter(
                x=[stated for stated, *_ in of.points],
                y=[true for _, true, _ in of.points],
                customdata=[n for *_, n in of.points],
                mode="lines+markers",
                line={"color": ACCENT, "width": 2},
                marker={"size": [6 + 8 * (n / largest) ** 0.5 for *_, n in of.points]},
                hovertemplate="stated %{x:.0%}<br>right %{y:.0%}<br>%{customdata} cells<extra></extra>",
            ),
        ]
    )  # fmt: skip
    _laid(figure, 330)
    figure.update_xaxes(title="probability stated", range=[0, 1.02], tickformat=".0%", zeroline=False)
    figure.update_yaxes(title="share that was right", range=[0, 1.02], tickformat=".0%", zeroline=False)
    return figure


def _laid(figure: go.Figure, height: int) -> None:
    hidden: dict[str, Any] = {"showlegend": False, "dragmode": False}
    figure.update_layout(
        height=height,
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
        font={"family": FONT, "size": 12},
        paper_bgcolor=CLEAR,
        plot_bgcolor=CLEAR,
        hoverlabel={"font": {"family": FONT}},
        **hidden,
    )
    figure.update_xaxes(fixedrange=True, automargin=True)
    figure.update_yaxes(fixedrange=True, automargin=True)
