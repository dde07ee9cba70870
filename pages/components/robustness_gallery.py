"""Cells that some setting renamed: as they lie, and beside it each setting's picture, with what they were called."""

from __future__ import annotations

from html import escape

import streamlit as st

from core.charts import robustness as charts
from core.charts import words
from core.charts.robustness import Shown, Turned
from core.protocols import CaseRow
from core.records import Seen
from core.robustness.records import Robustness
from core.vocabulary import Vocabulary
from pages.components import links, notices, state

AT_ONCE = 6  # cells; each has up to six pictures


def shown(row: CaseRow, seen: Seen, found: Robustness, vocabulary: Vocabulary) -> None:
    cells = charts.turned(found, vocabulary)
    if not cells:
        notices.html('<div class="hb-empty"><b>None.</b>Every tested cell kept its call in every setting.</div>')
        return
    there = {cell.id for cell in seen.cells}
    key = f"{state.ROBUSTNESS_SHOWN}.{row.id}"
    count = int(state.get(key, AT_ONCE))
    notices.html(
        f'<p class="hb-sub">{words.size(len(cells), "cell")}; fragile ones first. A framed picture is one in which the '
        "call changed; the per cents are the network’s own, of the call beside them.</p>"
    )
    for one in cells[:count]:
        if one.cell in there:
            _cell(row, found.number, one)
    if len(cells) > count and st.button(f"Show {min(AT_ONCE, len(cells) - count)} more", key=f"more-{row.id}"):
        state.put(key, count + AT_ONCE)
        st.rerun()


def _cell(row: CaseRow, number: int, one: Turned) -> None:
    with st.container(border=True, key=f"box-turned-{one.cell}"):
        fragile = notices.tag("fragile", "failed") if one.fragile else ""
        pictures = "".join(_picture(row.id, number, one, shown) for shown in one.pictures)
        notices.html(
            f'<div class="hb-tags"><b>{escape(one.called)}</b>{fragile}</div><div class="hb-turned">{pictures}</div>'
        )
        st.page_link("case.py", label="Show it in its field", query_params={"case": row.id, "cell": one.cell})


def _picture(case_id: str, number: int, one: Turned, shown: Shown) -> str:
    address = links.scene(case_id, number, one.cell, shown.setting.value if shown.setting else "field")
    call = words.unbroken(f"{shown.call} {shown.probability}".strip())
    kind = "flipped" if shown.flipped else ""
    return (
        f'<figure class="{kind}"><img loading="lazy" src="{escape(address)}" alt="{escape(f"{shown.name}: {call}")}">'
        f"<figcaption>{escape(shown.name)}<span>{escape(call)}</span></figcaption></figure>"
    )
