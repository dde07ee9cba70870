"""The flip test: how few cells would have to be something else for the blast share to cross a mark, and which."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

import streamlit as st

from core.appraisals import Flip
from core.charts import words
from core.protocols import CaseRow
from core.readings import Reading
from core.records import Review, Seen
from core.review import flips
from core.vocabulary import CellClass, Vocabulary
from pages.components import crop_row, notices, smear, state


def shown(row: CaseRow, seen: Seen, reviews: Sequence[Review], reading: Reading, vocabulary: Vocabulary) -> None:
    notices.html(
        '<p class="hb-lede">If a handful of doubtful cells decides on which side of a mark the case lies, look at those'
        " cells before reading the share against it. The least certain come first, by the classifier’s own"
        " probabilities. CBLC has no marks.</p>"
    )
    if reading.quality.withheld:
        notices.say("note", f"{reading.quality.withheld}.", "Numbers withheld")
        return
    found = flips.fewest(seen, reviews, row.info, vocabulary)
    if not found:
        notices.say("note", "No counted cells: nothing could cross a mark.", "Nothing to test")
        return
    share = f"{words.percent(reading.blasts.ratio)} ({words.percent_range(reading.blasts.interval)})"
    notices.html(f'<p class="hb-sub">Blasts and blast equivalents now: {escape(share)}</p>')
    called = {call.cell: vocabulary[call.label] for call in seen.calls}
    for place, flip in enumerate(sorted(found, key=lambda one: (one.count is None, one.count or 0))):
        _flip(row, flip, called, nearest=not place)


def _flip(row: CaseRow, flip: Flip, called: Mapping[str, CellClass], *, nearest: bool) -> None:
    with st.container(border=True, key=f"box-flip-{flip.mark}"):
        count = "not possible" if flip.count is None else words.size(flip.count, "cell")
        straddled = notices.tag("the interval holds this mark", "failed") if flip.straddled else ""
        notices.html(
            f'<div class="hb-name">Mark at {flip.mark} %</div><div class="hb-figure"><b>{escape(count)}</b>'
            f"<span>{'at or above' if flip.above else 'below'} now</span>{straddled}</div>"
            f'<p class="hb-foot">{escape(flip.said)}</p>'
        )
        if not flip.cells:
            return
        paired = zip(flip.cells, flip.probabilities, strict=True)
        other = "no blast" if flip.above else "a blast"
        listed = [
            (cell, called[cell].colour, f"{called[cell].name}; {other}: {words.unbroken(words.percent(p, 0))}")
            for cell, p in paired
        ]
        with st.expander(f"Which: {words.size(len(listed), 'cell')}", expanded=nearest):
            crop_row.shown(row.id, listed)
            if st.button("Look at them in the case", key=f"flip-{row.id}-{flip.mark}"):
                state.put(f"{state.CASE_PICKED}.{row.id}", tuple(flip.cells))
                state.put(f"{state.CASE_CLASS}.{row.id}", "")
                state.put(f"{state.CASE_SECTION}.{row.id}", smear.CELLS)
                st.switch_page("case.py", query_params={"case": row.id})
