"""The plotly renderer of a Levey–Jennings chart. Shape says what colour says."""

from __future__ import annotations

import plotly.graph_objects as go

from core.charts.levey_jennings import Series, Standing, extent
from core.charts.screen import plain

MARKS = {  # colour, symbol: told apart without colour too
    Standing.ESTABLISHING: ("#7d8b94", "circle-open"),
    Standing.IN: ("#2b8085", "circle"),
    Standing.WARNING: ("#c58a00", "diamond"),
    Standing.OUT: ("#d1495b", "x"),
}
BANDS = ((3, "rgba(125,139,148,0.10)"), (2, "rgba(125,139,148,0.13)"), (1, "rgba(43,128,133,0.16)"))


def levey_jennings(series: Series, height: int = 230) -> go.Figure:
    """Runs from left to right in their order; bands of 1, 2 and 3 SD around the mean."""
    figure = go.Figure()
    if series.mean is not None and series.sd is not None:
        for times, colour in BANDS:
            low, high = series.mean - times * series.sd, series.mean + times * series.sd
            figure.add_hrect(y0=low, y1=high, fillcolor=colour, line_width=0, layer="below")
        figure.add_hline(y=series.mean, line={"color": "#7d8b94", "width": 1.2})
    points = series.points
    figure.add_trace(
        go.Scatter(
            x=[point.number for point in points],
            y=[point.value for point in points],
            mode="lines+markers",
            line={"color": "#7d8b94", "width": 1},
            marker={
                "color": [MARKS[point.standing][0] for point in points],
                "symbol": [MARKS[point.standing][1] for point in points],
                "size": 9,
                "line": {"width": 1.6, "color": [MARKS[point.standing][0] for point in points]},
            },
            customdata=[
                [
                    point.text,
                    f"{point.at:%Y-%m-%d %H:%M}",
                    "" if point.score is None else f" · {point.score:+.1f} SD".replace("-", "−"),
                    f"<br>{', '.join(point.rules)}" if point.rules else "",
                ]
                for point in points
            ],
            hovertemplate="run %{x}, %{customdata[1]}<br><b>%{customdata[0]}</b>%{customdata[2]}%{customdata[3]}"
            "<extra></extra>",
        )
    )
    plain(figure, height)
    low, high = extent(series)
    figure.update_yaxes(
        range=[low, high], fixedrange=True, zeroline=False, nticks=5, showgrid=False, automargin=True,
        tickformat=f".{series.digits}f", title={"text": series.unit, "font": {"size": 12}},
    )  # fmt: skip
    last = points[-1].number if points else 1
    figure.update_xaxes(
        range=[0.4, max(last, 12) + 0.6], fixedrange=True, zeroline=False, showgrid=False, nticks=8,
        tickformat="d", title={"text": "run", "font": {"size": 12}},
    )  # fmt: skip
    return figure
