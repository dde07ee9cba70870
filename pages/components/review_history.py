"""Every review of the case or of one cell, the newest first: who, when, from, to, why. Nothing is ever replaced."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import streamlit as st

from core.charts import history, words
from core.protocols import CaseRow
from core.records import Review
from core.review import reads
from core.vocabulary import Vocabulary
from pages.components import cards, crop_row, notices, resources, state

MORE = 50
ALL = ""
HEADS = ("When (UTC)", "Who", "From and to", "How", "Reason")


@st.fragment
def shown(row: CaseRow, reviews: Sequence[Review], vocabulary: Vocabulary) -> None:
    store = resources.store()
    told, kept = reads.to_be_told(reviews, store.review.samples(row.id), store.review.steps(row.id))
    if kept:
        said = f"{words.size(kept, 'read')} of a round of observers that goes on: shown when the round has ended."
        notices.say("note", said, "Not shown")
    if not told:
        notices.html('<div class="hb-empty"><b>No review to show yet.</b>Every other label is the machine’s.</div>')
        return
    cell = _cell(row, told)
    if cell:
        crop_row.shown(row.id, [(cell, "transparent", f"cell {cell[-6:]}")])
    lines = history.lines(told, vocabulary, cell)
    key = f"{state.REVIEW_LINES}.{row.id}"
    limit = state.get(key, MORE)
    drawn = [_row(line, named=not cell) for line in lines[:limit]]
    heads = HEADS if cell else (*HEADS[:1], "Cell", *HEADS[1:])
    notices.html(cards.boxed(cards.table(heads, drawn, "words history")))
    if len(lines) > limit:
        label = f"Show {min(MORE, len(lines) - limit)} more of {len(lines)}"
        st.button(label, key=f"history-more-{row.id}", on_click=state.put, args=(key, limit + MORE))


def _cell(row: CaseRow, reviews: Sequence[Review]) -> str:
    counted = dict(history.reviewed(reviews))
    key = f"{state.REVIEW_CELL}.{row.id}"
    focus = str(st.session_state.get(f"{state.CASE_FOCUS}.{row.id}", ALL))
    if key not in st.session_state:
        state.put(key, focus if focus in counted else ALL)
    total = f"All cells: {words.size(len(reviews), 'review')} of {words.size(len(counted), 'cell')}"

    def name(cell: str) -> str:
        return f"Cell {cell[-6:]}: {words.size(counted[cell], 'review')}" if cell else total

    return st.selectbox("Whose history", [ALL, *counted], format_func=name, key=key)


def _row(line: history.Line, *, named: bool) -> list[str]:
    swatch = f'<i class="hb-swatch" style="background:{escape(line.colour)}"></i>'
    own = [f'<span class="hb-digest" title="{escape(line.cell)}">{escape(line.cell[-6:])}</span>'] if named else []
    way = f"{swatch}{escape(line.now)}" if line.was == line.now else f"{escape(line.was)} → {swatch}{escape(line.now)}"
    how = f"{line.said} · {line.why} · {line.in_view}"
    return [line.at, *own, escape(line.actor), way, escape(how), escape(line.reason)]
