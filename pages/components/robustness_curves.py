"""Shares against how much worse the pictures are: asking for the curves, and one small chart a change."""

from __future__ import annotations

from html import escape

import streamlit as st

from core.aggregate.criteria import MARKS
from core.charts import strength as charts
from core.charts import words
from core.charts.strength import Chart
from core.errors import HemaboardError
from core.people import Right
from core.protocols import CaseRow
from core.readings import LabelFreeReading, Reading
from core.records import Modality, Seen
from core.robustness import standing
from core.robustness.curves import AskedCurves, Curves
from core.robustness.requests import Kind
from models.imaging.perturb import LADDERS, NOT_UNSTAINED, Change
from pages.components import notices, resources, robustness_watch, state, who

LEDE = (
    "The same cells, their pictures changed step by step, named again. A curve shows where the case would stand. Where "
    "it meets a mark, or leaves the case’s own interval, a line says at which strength; between the steps that were "
    "tried it is a straight line, so take it as where to look. The outlines stay as they were found."
)
CELLS = {50: "50 cells", 100: "100 cells", 300: "300 cells"}
LEGEND = (
    "Line: where the case would stand, with its interval around it. Band from side to side: the case’s own interval. "
    "Dashed: marks. Upright line: a mark is crossed (solid) or the case’s own interval is left (dotted). Intervals are "
    "95 % ones, each strength by itself: of so many, some lie off by chance."
)


def shown(row: CaseRow, seen: Seen, reading: Reading | LabelFreeReading) -> None:
    notices.html(f'<p class="hb-lede">{LEDE}</p>')
    vocabulary = resources.vocabulary(row.info.vocabulary)
    try:
        kept = resources.store().robustness.curves(row.id)
    except HemaboardError as error:
        notices.error(error)
        return
    now = standing.current(kept, seen, row.info, vocabulary)
    found = kept[-1] if kept and (now is None or standing.fits(kept[-1], seen, row.info, vocabulary)) else now
    if found is not None and now is None:
        said = "The cells, their calls or the weights are others since these curves were drawn."
        notices.say("warning", said, "Outdated")
    _asking(row, drawn=found is not None)
    if found is None:
        return
    if now is not None and now is not found:
        fuller = f"The curves that follow, set {found.number}, left out changes or cells that set {now.number} tried."
        notices.say("note", f"{fuller} That one stands for the case.", "A fuller set stands")
    if reading.quality.withheld:
        notices.say(
            "note", f"{reading.quality.withheld[:1].upper()}{reading.quality.withheld[1:]}.", "Numbers withheld"
        )
        return
    _charts(row, found)


def _asking(row: CaseRow, *, drawn: bool) -> None:
    if robustness_watch.goes_on(row.id, Kind.CURVES):
        return
    unstained = row.info.modality is Modality.DPC
    open_ = [change for change in Change if not unstained or change not in NOT_UNSTAINED]
    with st.container(border=True, key="box-curves-ask"):
        cells = st.segmented_control(
            "Cells to try", list(CELLS), default=100, format_func=CELLS.__getitem__, required=True,
            key=f"{state.ROBUSTNESS_CELLS}.curves.{row.id}",
        )  # fmt: skip
        changes = st.pills(
            "What is made worse", open_, default=open_, selection_mode="multi",
            format_func=lambda change: LADDERS[change].name, key=f"{state.ROBUSTNESS_CHANGES}.{row.id}",
        )  # fmt: skip
        if unstained:
            left_out = "; ".join(f"{LADDERS[change].name.lower()}: {why}" for change, why in NOT_UNSTAINED.items())
            notices.html(f'<p class="hb-foot">Left out without stain: {escape(left_out)}.</p>')
        refused = who.refusal(Right.REVIEW) or ("" if changes else "Choose at least one change.")
        label = "Draw the curves again" if drawn else "Draw the curves"
        if st.button(label, disabled=bool(refused), help=refused or None):
            tried = tuple(change for change in open_ if change in changes)
            robustness_watch.ask(row.id, AskedCurves(cells=int(cells or 100), changes=tried))


def _charts(row: CaseRow, found: Curves) -> None:
    shares = dict(charts.choices(found))
    if not shares:
        notices.html('<p class="hb-sub">None of the chosen changes could be tried on these pictures.</p>')
        return
    chosen = st.segmented_control(
        "Share", list(shares), default=next(iter(shares)), format_func=shares.__getitem__, required=True,
        key=f"{state.ROBUSTNESS_SHARE}.{row.id}",
    )  # fmt: skip
    marks = MARKS[row.info.specimen] if chosen == "blasts.ratio" else ()
    drawn = "".join(_card(chart) for chart in charts.charts(found, str(chosen), marks))
    when = f" Drawn {found.at:%Y-%m-%d %H:%M} UTC by {found.actor}." if found.at else ""
    size = f"{words.size(len(found.tested), 'cell')} of {found.frame} were tried.{when}"
    notices.html(f'<div class="hb-curves">{drawn}</div><p class="hb-foot">{LEGEND} {escape(size)}</p>')


def _card(chart: Chart) -> str:
    head = f"<h3>{escape(chart.name)}</h3><small>{escape(chart.meaning)}</small>"
    if chart.skipped:
        return f'<section class="hb-card">{head}<p class="hb-foot">Not tried: {escape(chart.skipped)}.</p></section>'
    up = "".join(f'<i style="top:{tick.at:.1f}%">{escape(tick.text)}</i>' for tick in chart.up)
    across = "".join(f'<i style="left:{tick.at:.1f}%">{escape(tick.text)}</i>' for tick in chart.across)
    return (
        f'<section class="hb-card">{head}<div class="hb-curve"><div class="up" aria-hidden="true">{up}</div>'
        f'<div class="plot" role="img" aria-label="{escape(f"{chart.name}: {chart.said}")}">{_plot(chart)}</div>'
        f'<div class="across" aria-hidden="true">{across}</div><div class="unit" aria-hidden="true">'
        f'{escape(chart.unit)}</div></div><p class="said">{escape(words.unbroken(chart.said))}</p>'
        f'<p class="hb-foot">{escape(chart.flips)}</p></section>'
    )


def _plot(chart: Chart) -> str:
    """Plain boxes and clipped areas: the page's sanitiser lets no drawing through."""

    def area(kind: str, ring: tuple[tuple[float, float], ...]) -> str:
        corners = ", ".join(f"{x:.2f}% {y:.2f}%" for x, y in ring)
        return f'<i class="{kind}" style="clip-path:polygon({corners})"></i>'

    parts = []
    if chart.own:
        top, bottom = chart.own
        parts.append(f'<i class="own" style="top:{top:.2f}%;bottom:{100 - bottom:.2f}%"></i>')
    parts += [f'<i class="mark" style="top:{one.at:.2f}%"></i>' for one in chart.marks]
    parts.append(area("spread", chart.band))
    parts += [f'<i class="left" style="left:{one.at:.2f}%"></i>' for one in chart.leavings]
    parts += [f'<i class="met" style="left:{one.at:.2f}%"></i>' for one in chart.crossings]
    parts.append(area("course", chart.stroke))
    parts += [f'<b style="left:{x:.2f}%;top:{y:.2f}%"></b>' for x, y in chart.path]
    return "".join(parts)
