"""The plotly renderer, for pages. Colours of text and grid are left to the page's theme."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import plotly.graph_objects as go

from core.charts.differential import Bar

FONT = "Inter, system-ui, sans-serif"
ROW = 27  # pixels a bar takes, with its gap
CONFIG: dict[str, Any] = {"displayModeBar": False, "displaylogo": False, "responsive": True, "scrollZoom": False}


def differential(bars: Sequence[Bar]) -> go.Figure:
    """Horizontal bars with 95 % intervals, first class on top."""
    shown = [bar for bar in bars if bar.share is not None]
    figure = go.Figure(
        go.Bar(
            orientation="h",
            y=[bar.name for bar in shown],
            x=[bar.share for bar in shown],
            marker={"color": [bar.colour for bar in shown], "cornerradius": 3},
            error_x={
                "type": "data",
                "symmetric": False,
                "array": [(bar.high or 0.0) - (bar.share or 0.0) for bar in shown],
                "arrayminus": [(bar.share or 0.0) - (bar.low or 0.0) for bar in shown],
                "thickness": 1.4,
                "width": 3.5,
                "color": "#7d8b94",
            },
            customdata=[[bar.count, bar.share_text, bar.range_text] for bar in shown],
            hovertemplate="<b>%{y}</b><br>%{customdata[0]} cells · %{customdata[1]} (%{customdata[2]})<extra></extra>",
        )
    )
    figure.update_layout(
        height=ROW * max(len(shown), 1) + 54,
        margin={"l": 8, "r": 12, "t": 6, "b": 34},
        bargap=0.34,
        showlegend=False,
        dragmode=False,
        font={"family": FONT, "size": 13},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        hoverlabel={"font": {"family": FONT}},
    )
    figure.update_xaxes(title=None, ticksuffix=" %", rangemode="tozero", zeroline=False, fixedrange=True, nticks=6)
    figure.update_yaxes(autorange="reversed", title=None, fixedrange=True, ticks="", automargin=True)
    return figure
