"""The plotly renderer, for pages. Colours of text and grid are left to the page's theme."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from core.charts.markers import Row

FONT = "Inter, system-ui, sans-serif"
CONFIG: dict[str, Any] = {"displayModeBar": False, "displaylogo": False, "responsive": True, "scrollZoom": False}

RIDGE = 74  # pixels of one group of cells
GREY = "#7d8b94"


def distributions(rows: Sequence[Row], units: str, cut: float | None = None) -> go.Figure:
    """One half violin a group with its middle half and median, all cells on top; a dotted line at the cut-off."""
    figure = go.Figure()
    for row in rows:
        figure.add_trace(
            go.Violin(
                x=np.asarray(row.values, dtype=float),  # a list is looked at number by number, several times
                name=row.name,
                y0=row.name,
                orientation="h",
                side="negative",  # upwards, since the axis runs down
                width=1.5,
                points=False,
                line={"color": row.colour, "width": 1.6},
                fillcolor=faint(row.colour),
                box={"visible": True, "width": 0.13, "fillcolor": row.colour, "line": {"width": 0}},
                meanline={"visible": False},
                spanmode="hard",
                hoveron="violins",
                hovertemplate="<b>%{y}</b><br>%{x:.2f}<extra></extra>",
            )
        )
    if cut is not None:
        figure.add_vline(x=cut, line={"color": "#7d8b94", "width": 1.4, "dash": "dot"})
    plain(figure, RIDGE * max(len(rows), 1) + 70)
    figure.update_xaxes(title={"text": units, "font": {"size": 12}}, zeroline=False, fixedrange=True, nticks=7)
    figure.update_yaxes(autorange="reversed", title=None, fixedrange=True, ticks="", automargin=True, showgrid=False)
    return figure


class Ready(go.Figure):  # type: ignore[misc]  # plotly has no types
    """A figure in plain values, made once and drawn again and again: plotly checks and copies any other each time.

    Lines across it, and which points are picked, are laid over those values. It can be drawn and nothing else: none of
    plotly's own ways to change it work.
    """

    def __init__(
        self,
        plain: Mapping[str, Any],
        lines: Sequence[Mapping[str, Any]] = (),
        picked: Sequence[Sequence[int]] | None = None,
    ) -> None:
        """`plain` is a figure's `to_dict()`; `picked` has places of points, for each trace."""
        layout = plain["layout"]
        shapes = [*layout.get("shapes", ()), *lines]
        marks = [{} for _ in plain["data"]] if picked is None else [{"selectedpoints": list(some)} for some in picked]
        traces = [{**trace, **mark} for trace, mark in zip(plain["data"], marks, strict=True)]
        self._plain = {**plain, "data": traces, "layout": {**layout, "shapes": shapes} if shapes else layout}

    def to_dict(self) -> dict[str, Any]:
        """Who draws it takes the traces' ids out of it."""
        return {**self._plain, "data": [dict(trace) for trace in self._plain["data"]]}


def line(*, x: float | None = None, y: float | None = None, width: float = 1.4) -> list[dict[str, Any]]:
    """A dotted line across a figure at a value, as plotly's `add_vline` and `add_hline` draw it; none for None."""
    look = {"type": "line", "line": {"color": GREY, "dash": "dot", "width": width}}
    found = [] if x is None else [{**look, "x0": x, "x1": x, "xref": "x", "y0": 0, "y1": 1, "yref": "y domain"}]
    if y is not None:
        found.append({**look, "x0": 0, "x1": 1, "xref": "x domain", "y0": y, "y1": y, "yref": "y"})
    return found


def faint(colour: str) -> str:
    """'#rrggbb' so thin that the text behind it can be read."""
    red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return f"rgba({red},{green},{blue},0.22)"


def plain(figure: go.Figure, height: int) -> None:
    figure.update_layout(
        height=height,
        margin={"l": 8, "r": 12, "t": 6, "b": 34},
        showlegend=False,
        dragmode=False,
        font={"family": FONT, "size": 13},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        hoverlabel={"font": {"family": FONT}},
    )
