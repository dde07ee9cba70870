"""The plotly renderer of label-free cells: values of groups in three ways, points to pick cells from."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from html import escape
from typing import Any

import numpy as np
import plotly.graph_objects as go

from core.charts import screen
from core.charts.label_free import Bars, Cloud, Curve

RIDGE = 62  # pixels of one group
CLOUD = 430
GREY = "#7d8b94"
SYMBOLS = ("circle", "square", "diamond", "triangle-up", "cross", "star")  # classes differ in shape too


def ridges(curves: Sequence[Curve], units: str, cut: float | None = None) -> go.Figure:
    """One curve above the other, all groups on top; a tick at each median."""
    figure = go.Figure()
    names = [curve.name for curve in curves]
    for place, curve in enumerate(curves):
        foot = len(curves) - 1 - place
        figure.add_trace(_line(curve.at, [foot] * len(curve.at), "rgba(0,0,0,0)", fill=None))
        top = [foot + 0.86 * height for height in curve.height]
        figure.add_trace(_line(curve.at, top, curve.colour, fill="tonexty", name=curve.name))
        tick = {"x0": curve.median, "x1": curve.median, "y0": foot, "y1": foot + 0.3}
        figure.add_shape(type="line", **tick, line={"color": curve.colour, "width": 3})
    _laid(figure, units, cut, RIDGE * max(len(curves), 1) + 80)
    figure.update_yaxes(
        tickvals=[len(names) - 1 - n for n in range(len(names))], ticktext=list(map(escape, names)), showgrid=False,
        range=[-0.06, len(names) + 0.02], zeroline=False, fixedrange=True, ticks="", automargin=True,
    )  # fmt: skip
    return figure


def histograms(groups: Sequence[Bars], units: str, cut: float | None = None) -> go.Figure:
    """One row of bars a group, each in shares of its own cells."""
    figure = go.Figure()
    highest = max((max(group.shares) for group in groups), default=1.0) or 1.0
    for place, group in enumerate(groups):
        foot = len(groups) - 1 - place
        middles = [(a + b) / 2 for a, b in zip(group.edges, group.edges[1:], strict=False)]
        figure.add_trace(
            go.Bar(
                x=middles,
                y=[0.86 * share / highest for share in group.shares],
                base=foot,
                width=group.edges[1] - group.edges[0],
                marker={"color": group.colour, "line": {"width": 0}},
                customdata=[[count, 100 * share] for count, share in zip(group.counts, group.shares, strict=True)],
                hovertemplate=f"<b>{escape(group.name)}</b><br>about %{{x:.2f}}<br>%{{customdata[0]}} cells, "
                "%{customdata[1]:.1f} % of the group<extra></extra>",
            )
        )
    _laid(figure, units, cut, RIDGE * max(len(groups), 1) + 80)
    figure.update_layout(barmode="overlay", bargap=0)
    figure.update_yaxes(
        tickvals=[len(groups) - 1 - n for n in range(len(groups))], ticktext=[escape(g.name) for g in groups],
        showgrid=False, range=[-0.06, len(groups) + 0.02], zeroline=False, fixedrange=True, ticks="", automargin=True,
    )  # fmt: skip
    return figure


def scatter(
    clouds: Sequence[Cloud],
    across: str,
    up: str,
    *,
    picked: Collection[str] = (),
    drag: str = "lasso",
    cuts: tuple[float | None, float | None] = (None, None),
    told: bool = True,
) -> go.Figure:
    """A point a cell, its id with it; what was picked stays drawn as picked. `drag`: 'lasso' or 'select' (a box)."""
    figure, marks = go.Figure(), places(clouds, picked)
    for place, cloud in enumerate(clouds):
        figure.add_trace(
            go.Scatter(
                x=np.asarray([point.x for point in cloud.points], dtype=float),
                y=np.asarray([point.y for point in cloud.points], dtype=float),
                mode="markers",
                name=escape(cloud.name),
                customdata=np.asarray(_told(cloud), dtype=object) if told else None,
                selectedpoints=marks[place] if marks else None,
                marker={
                    "color": cloud.colour,
                    "symbol": SYMBOLS[place % len(SYMBOLS)],
                    "size": 6.5,
                    "opacity": 0.8,
                    "line": {"width": 1, "color": GREY},  # dark colours alone are lost on a dark ground
                },
                selected={"marker": {"opacity": 1}},
                unselected={"marker": {"opacity": 0.13}},
                hovertemplate="%{customdata[1]}<br>%{x:.2f} · %{y:.2f}<extra></extra>",
            )
        )
    if cuts[0] is not None:
        figure.add_vline(x=cuts[0], line={"color": GREY, "width": 1.4, "dash": "dot"})
    if cuts[1] is not None:
        figure.add_hline(y=cuts[1], line={"color": GREY, "width": 1.4, "dash": "dot"})
    screen.plain(figure, CLOUD)
    figure.update_layout(
        dragmode=drag, showlegend=True, legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
        margin={"l": 8, "r": 12, "t": 8, "b": 40},
    )  # fmt: skip
    figure.update_xaxes(title={"text": escape(across), "font": {"size": 12}}, zeroline=False, nticks=8)
    figure.update_yaxes(title={"text": escape(up), "font": {"size": 12}}, zeroline=False, nticks=8)
    return figure


def plain(clouds: Sequence[Cloud], across: str, up: str, drag: str) -> dict[str, Any]:
    """`scatter` in plain values. What each point is goes in afterwards: plotly copies every word, several times."""
    found: dict[str, Any] = scatter(clouds, across, up, drag=drag, told=False).to_dict()
    for trace, cloud in zip(found["data"], clouds, strict=True):
        trace["customdata"] = _told(cloud)
    return found


def _told(cloud: Cloud) -> list[list[str]]:
    return [[point.cell, escape(point.said)] for point in cloud.points]


def places(clouds: Sequence[Cloud], picked: Collection[str]) -> list[list[int]] | None:
    """Which points of each cloud these cells are; None where none was picked."""
    chosen = set(picked)
    if not chosen:
        return None
    return [[n for n, point in enumerate(cloud.points) if point.cell in chosen] for cloud in clouds]


def _line(x: Sequence[float], y: Sequence[float], colour: str, fill: str | None, name: str = "") -> go.Scatter:
    """The foot of a ridge, which is not seen, or with `fill` its top."""
    if fill is None:
        return go.Scatter(x=x, y=y, mode="lines", line={"color": colour, "width": 0}, hoverinfo="skip")
    hover = f"<b>{escape(name)}</b><br>%{{x:.2f}}<extra></extra>"
    line = {"color": colour, "width": 1.7}
    return go.Scatter(x=x, y=y, mode="lines", fill=fill, fillcolor=screen.faint(colour), line=line, hovertemplate=hover)


def _laid(figure: go.Figure, units: str, cut: float | None, height: int) -> None:
    if cut is not None:
        figure.add_vline(x=cut, line={"color": GREY, "width": 1.6, "dash": "dot"})
    screen.plain(figure, height)
    figure.update_xaxes(title={"text": escape(units), "font": {"size": 12}}, zeroline=False, fixedrange=True, nticks=7)
