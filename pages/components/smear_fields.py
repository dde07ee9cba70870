"""The fields of a smear: the viewer, and what each field contributes to a share."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from html import escape

import streamlit as st

from core.aggregate.criteria import MARKS
from core.charts import per_field, words
from core.charts.per_field import Contribution, Field
from core.protocols import CaseRow
from core.readings import Reading
from core.records import Seen
from pages.components import pickable, state


def contributions(row: CaseRow, seen: Seen, reading: Reading, on_field: Callable[[str], None]) -> None:
    """Which field carries the share. Picking one brings the viewer to it."""
    names = {reading.blasts.id: "Blasts", reading.cblc.id: reading.cblc.name}
    chosen = st.segmented_control(
        "Share", list(names), default=reading.blasts.id, format_func=lambda share: names[share], required=True,
        key=f"{state.CASE_FIELD_SHARE}.{row.id}", label_visibility="collapsed",
    )  # fmt: skip
    labels = {image.id: image.label for image in seen.images}
    pickable.shown(markup(reading, chosen or reading.blasts.id, labels), f"per-field-{row.id}", on_field)


def markup(reading: Reading, share_id: str, labels: Mapping[str, str]) -> str:
    blasts = share_id == reading.blasts.id
    share = reading.blasts if blasts else reading.cblc
    marks = [mark / 100 for mark in MARKS[reading.info.specimen]] if blasts else []
    found = per_field.contribution(reading, share, labels, marks)
    rows = "".join(_row(one, found) for one in found.fields)
    what = "Blasts" if blasts else reading.cblc.name
    return (
        f'<p class="hb-say">{escape(words.unbroken(found.said))}</p>'
        '<div class="hb-card"><div class="hb-scroll"><table class="hb-table hb-diff"><thead><tr>'
        f'<th scope="col">Field</th><th scope="col">Counted</th><th scope="col">{escape(what)}</th>'
        '<th scope="col">Share in it</th>'
        '<th scope="col" class="bar"><span>Without it; the upright line is all fields</span></th>'
        '<th scope="col">Without it</th><th scope="col">Its pull</th></tr></thead>'
        f"<tbody>{rows}</tbody></table></div></div>"
    )


def _row(one: Field, found: Contribution) -> str:
    pick = escape(one.image)
    name = f'<button type="button" data-pick="{pick}" aria-label="Show {escape(one.name)}">{escape(one.name)}</button>'
    mark = ' <b class="hb-decides">decides</b>' if one.decides else ""
    return (
        f'<tr data-pick="{pick}"><td>{name}{mark}</td><td>{one.counted}</td><td>{one.count}</td>'
        f"<td>{one.share_text}</td><td class=bar>{_dot(one, found)}</td><td>{one.without_text}</td>"
        f"<td>{one.pull_text}</td></tr>"
    )


def _dot(one: Field, found: Contribution) -> str:
    if one.at is None or found.at is None:
        return ""
    left, right = sorted((one.at, found.at))
    return (
        f'<div class="hb-track line" aria-hidden="true"><i class="whole" style="left:{found.at:.1f}%"></i>'
        f'<i class="stem" style="left:{left:.1f}%;right:{100 - right:.1f}%"></i>'
        f'<i class="dot" style="left:{one.at:.1f}%"></i></div>'
    )
