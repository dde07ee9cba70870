"""Where the width of a share's interval comes from, and what would make it smaller."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import streamlit as st

from core.charts import budget
from core.charts.budget import Bar, Slice
from core.protocols import CaseRow
from core.readings import Reading
from core.records import Review
from pages.components import cards, resources, state
from pages.components.notices import html

PARTS = "Parts are of the squared half-width: squares of independent errors add up, half-widths do not."


def shown(row: CaseRow, reading: Reading, reviews: Sequence[Review]) -> None:
    """The budget of the blasts or, chosen, of the composite."""
    names = {reading.blasts.id: "Blasts", reading.cblc.id: reading.cblc.name}
    chosen = st.segmented_control(
        "Share", list(names), default=reading.blasts.id, format_func=lambda share: names[share], required=True,
        key=f"{state.CASE_BUDGET}.{row.id}", label_visibility="collapsed",
    )  # fmt: skip
    html(cards.boxed(markup(budget.bar(resources.budget(row, reviews, reading, chosen or reading.blasts.id)))))


def markup(bar: Bar) -> str:
    """A bar, then each source with what it is and what would shrink it."""
    if bar.withheld:
        return f'<p class="hb-sub">Withheld: {escape(bar.withheld)}.</p>'
    notes = "".join(f'<p class="hb-foot">{escape(note)}</p>' for note in bar.notes)
    drawn = "".join(map(_slice, bar.slices))
    listed = "".join(map(_row, bar.slices))
    outside = "".join(
        f"<div class=source><span class=name>{escape(name)}<small>outside the interval</small></span>"
        f"<span>{escape(said)}</span><span>{escape(shrink)}</span></div>"
        for name, said, shrink in bar.outside
    )
    return (
        f'<div class="hb-figure"><b>{escape(bar.whole)}</b><span>half-width of the 95 % interval for the patient'
        f'</span></div><div class="hb-budget" aria-hidden="true">{drawn}</div>'
        '<div class="hb-sources"><div class="source head"><span>Source, part of the width</span><span>What it is</span>'
        f'<span>What would shrink it</span></div>{listed}{outside}</div>{notes}<p class="hb-foot">{PARTS}</p>'
    )


def _slice(one: Slice) -> str:
    return f'<i style="width:{one.wide:.2f}%;background:{one.colour}">{one.percent if one.written else ""}</i>'


def _row(one: Slice) -> str:
    return (
        f'<div class="source"><span class="name"><i class="hb-swatch" style="background:{one.colour}"></i>'
        f"{escape(one.name)} <b>{one.percent}</b><small>{escape(one.points)}</small></span>"
        f"<span>{escape(one.said)}</span><span>{escape(one.shrink)}</span></div>"
    )
