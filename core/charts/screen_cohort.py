"""The plotly renderer of a cohort's charts. Shape says what colour says; a click on a dot tells the case."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

import plotly.graph_objects as go

from core.charts.cohort import MOST_NAMED, Dot, Drift, Funnel, Place, Spread
from core.charts.levey_jennings import Standing
from core.charts.screen import plain
from core.charts.screen_control import MARKS

TEAL, RED, GREY, AMBER = "#2b8085", "#d1495b", "#7d8b94", "#c58a00"
FAINT, BAND, FAR = "rgba(125,139,148,0.92)", "rgba(43,128,133,0.13)", "rgba(125,139,148,0.10)"
PLACES = {
    Place.WITHIN: (TEAL, "circle"),
    Place.OUTSIDE: (RED, "x"),
    Place.NOT_JUDGED: (GREY, "circle-open"),
}
Numbers = Sequence[float] | Sequence[float | None]
LOGS = [part * 10**power for power in range(7) for part in (1, 2, 5)]
ROW = 17  # pixels of one case whose pseudonym stands beside it


def in_order(spread: Spread) -> go.Figure:
    """Every case as a dot with its interval, from the lowest up."""
    times, named = _times(spread.unit), len(spread.dots) <= MOST_NAMED
    ranks = list(range(1, len(spread.dots) + 1))
    across: list[float | None] = []
    up: list[float | None] = []
    for rank, dot in zip(ranks, spread.dots, strict=True):
        if dot.low is not None and dot.high is not None:
            across += [times * dot.low, times * dot.high, None]
            up += [rank, rank, None]
    figure = go.Figure()
    width = 2.4 if named else 1.0
    figure.add_trace(go.Scatter(x=across, y=up, mode="lines", line={"color": FAINT, "width": width}, hoverinfo="skip"))
    figure.add_trace(
        _marks(spread.dots, [times * dot.value for dot in spread.dots], ranks, spread.unit, 8 if named else 5)
    )
    if spread.median is not None:
        figure.add_vline(x=times * spread.median, line={"color": GREY, "width": 1.2, "dash": "dot"})
    plain(figure, max(220, 70 + ROW * len(ranks)) if named else 460)
    figure.update_xaxes(title=_title(spread.name, spread.unit), zeroline=False, fixedrange=True, nticks=8)
    ticks = (
        {"tickvals": ranks, "ticktext": [dot.pseudonym for dot in spread.dots]} if named else {"showticklabels": False}
    )
    figure.update_yaxes(range=[0.2, len(ranks) + 0.8], fixedrange=True, showgrid=False, automargin=True, **ticks)
    return figure


def bars(spread: Spread) -> go.Figure:
    """The histogram, with the median and its interval."""
    times = _times(spread.unit)
    bins = [(times * low, times * high) for low, high in pairwise(spread.edges)]
    figure = go.Figure()
    figure.add_trace(
        go.Bar(
            x=[(low + high) / 2 for low, high in bins],
            y=list(spread.heights),
            width=[high - low for low, high in bins],
            marker={"color": "rgba(43,128,133,0.55)", "line": {"width": 1, "color": FAINT}},
            customdata=[f"{low:.1f}–{high:.1f}" for low, high in bins],
            hovertemplate="%{customdata}<br><b>%{y}</b> cases<extra></extra>",
        )
    )
    if spread.interval is not None:
        low, high = times * spread.interval.low, times * spread.interval.high
        figure.add_vrect(x0=low, x1=high, fillcolor="rgba(125,139,148,0.35)", line_width=0)
    if spread.median is not None:
        figure.add_vline(x=times * spread.median, line={"color": AMBER, "width": 2})
    plain(figure, 250)
    figure.update_layout(bargap=0)
    figure.update_xaxes(title=_title(spread.name, spread.unit), zeroline=False, fixedrange=True, nticks=8)
    step = max(1, math.ceil(max(spread.heights, default=0) / 5))  # whole cases
    figure.update_yaxes(
        title={"text": "cases", "font": {"size": 12}}, fixedrange=True, tick0=0, dtick=step, rangemode="tozero",
        automargin=True,
    )  # fmt: skip
    return figure


def funnel(found: Funnel, name: str) -> go.Figure:
    """Shares by the number of cells they are of; bands of one case and of all cases together."""
    figure = go.Figure()
    sizes = [one.total for one in found.curve]
    ends = {end: [100 * getattr(one, end) for one in found.curve] for end in ("far_low", "far_high", "low", "high")}
    _band(figure, sizes, ends["far_low"], ends["far_high"], FAR, edged=True)
    _band(figure, sizes, ends["low"], ends["high"], BAND)
    if found.middle is not None and sizes:
        _line(figure, [sizes[0], sizes[-1]], [100 * found.middle] * 2, {"color": GREY, "width": 1})
    totals = [dot.total for dot in found.dots]
    figure.add_trace(_marks(found.dots, totals, [100 * dot.value for dot in found.dots], "", 8, upright=True))
    plain(figure, 430)
    wide = bool(totals) and max(totals) > 8 * max(1.0, min(totals))
    scale = {"type": "log", "tickvals": LOGS, "ticktext": [str(one) for one in LOGS]} if wide else {"nticks": 8}
    told = {"text": "independent cells counted", "font": {"size": 12}}
    figure.update_xaxes(title=told, zeroline=False, fixedrange=True, **scale)
    figure.update_yaxes(title=_title(name, "%"), zeroline=False, fixedrange=True, nticks=7, automargin=True)
    return figure


def drift(found: Drift, height: int = 240) -> go.Figure:
    """Cases as faint dots in the order of time, their moving mean, and the limits it should stay within; a broken line
    where a network or its engine changed."""
    series, figure = found.series, go.Figure()
    judged = [at for at, value in enumerate(found.smooth) if value is not None]
    across = [series.points[at].number for at in judged]
    if judged and series.mean is not None:
        figure.add_vrect(x0=0.5, x1=judged[0] + 0.5, fillcolor=FAR, line_width=0, layer="below")
        figure.add_hline(y=series.mean, line={"color": GREY, "width": 1})
        _band(figure, across, [found.low[at] for at in judged], [found.high[at] for at in judged], BAND, edged=True)
    figure.add_trace(
        go.Scatter(
            x=[point.number for point in series.points],
            y=[point.value for point in series.points],
            mode="markers",
            marker={"size": 5, "color": FAINT},
            customdata=[[p.case, p.pseudonym, f"{p.at:%Y-%m-%d %H:%M}", p.text] for p in series.points],
            hovertemplate="<b>%{customdata[1]}</b><br>%{customdata[2]}<br>%{customdata[3]}<extra></extra>",
        )
    )
    _line(figure, across, [found.smooth[at] for at in judged], {"color": TEAL, "width": 2.2})
    colour, symbol = MARKS[Standing.OUT]
    out = [at for at in judged if series.points[at].standing is Standing.OUT]
    figure.add_trace(
        go.Scatter(
            x=[series.points[at].number for at in out],
            y=[found.smooth[at] for at in out],
            mode="markers",
            marker={"color": colour, "symbol": symbol, "size": 7},
            hoverinfo="skip",
        )
    )
    for number in sorted({change.number for change in found.changes}):
        figure.add_vline(x=number - 0.5, line={"color": AMBER, "width": 1.6, "dash": "dash"})
    plain(figure, height)
    low, high = _extent(found)
    figure.update_yaxes(
        range=[low, high], fixedrange=True, zeroline=False, nticks=5, showgrid=False, automargin=True,
        tickformat=f".{series.digits}f", title={"text": series.unit, "font": {"size": 12}},
    )  # fmt: skip
    figure.update_xaxes(
        range=[0, max(len(series.points), 12) + 1], fixedrange=True, zeroline=False, showgrid=False, nticks=8,
        tickformat="d", title={"text": "cases in the order in which they came in", "font": {"size": 12}},
    )  # fmt: skip
    return figure


def _extent(found: Drift) -> tuple[float, float]:
    """Every case and every limit is on it, with a little room."""
    values = [point.value for point in found.series.points]
    values += [end for end in (*found.low, *found.high) if end is not None]
    low, high = (min(values), max(values)) if values else (0.0, 1.0)
    room = 0.06 * (high - low) or 0.5 * 10.0**-found.series.digits
    return low - room, high + room


def _line(figure: go.Figure, across: Numbers, up: Numbers, line: dict[str, object], **more: object) -> None:
    figure.add_trace(go.Scatter(x=list(across), y=list(up), mode="lines", line=line, hoverinfo="skip", **more))


def _band(figure: go.Figure, across: Numbers, low: Numbers, high: Numbers, colour: str, edged: bool = False) -> None:
    edge: dict[str, object] = {"width": 1, "color": GREY, "dash": "dot"} if edged else {"width": 0}
    _line(figure, across, low, edge)
    _line(figure, across, high, edge, fill="tonexty", fillcolor=colour)


def _marks(
    dots: Sequence[Dot], across: Sequence[float], up: Sequence[float], unit: str, size: int, upright: bool = False
) -> go.Scatter:
    told = [[dot.case, dot.pseudonym, _said(dot, "%" if upright else unit)] for dot in dots]
    return go.Scatter(
        x=list(across),
        y=list(up),
        mode="markers",
        marker={
            "color": [PLACES[dot.place][0] if upright else TEAL for dot in dots],
            "symbol": [PLACES[dot.place][1] if upright else "circle" for dot in dots],
            "size": size,
        },
        customdata=told,
        hovertemplate="<b>%{customdata[1]}</b><br>%{customdata[2]}<extra></extra>",
    )


def _said(dot: Dot, unit: str) -> str:
    times = _times(unit)
    value = f"{times * dot.value:.1f}{' %' if unit == '%' else ''}"
    ends = f" ({times * dot.low:.1f}–{times * dot.high:.1f})" if dot.low is not None and dot.high is not None else ""
    cells = f"<br>{dot.total:.0f} independent cells" if dot.total else ""
    return f"{value}{ends}{cells}"


def _times(unit: str) -> float:
    return 100.0 if unit == "%" else 1.0


def _title(name: str, unit: str) -> dict[str, object]:
    return {"text": f"{name}, {unit}", "font": {"size": 12}}
