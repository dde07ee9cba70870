"""Reading the cells of a sample in the gallery: hidden calls while they are hidden, one stream, one reader."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

import streamlit as st

from core.people import Right
from core.protocols import CaseRow
from core.records import Review, Seen, Stream
from core.vocabulary import Vocabulary
from pages.components import links, resources, who

AT_ONCE = 12


def read(
    row: CaseRow,
    seen: Seen,
    vocabulary: Vocabulary,
    reviews: Sequence[Review],
    *,
    cells: tuple[str, ...],
    stream: Stream,
    actor: str,
    blinded: bool,
    key: str,
    probability: Mapping[str, float] | None = None,
    strips: Mapping[str, str] | None = None,
) -> None:
    """A plain stand-in: a few unread cells at a time, a list of classes under each."""
    own = {r.cell for r in reviews if r.stream is stream and (r.actor == actor or stream is Stream.ADJUDICATED)}
    open_ = [cell for cell in cells if cell not in own][:AT_ONCE]
    called = {call.cell: call.label for call in seen.calls}
    with st.form(key, border=False):
        columns = st.columns(4)
        chosen = {}
        for place, cell in enumerate(open_):
            with columns[place % 4]:
                st.html(f'<img src="{links.crop(row.id, cell)}" alt="cell {cell[:8]}" width="96">')
                told = (strips or {}).get(cell) or ("" if blinded else f"called {vocabulary[called[cell]].name}")
                chosen[cell] = st.selectbox(
                    told or "Class", vocabulary.codes, index=None, key=f"{key}-{cell}",
                    format_func=lambda code: vocabulary[code].name,
                )  # fmt: skip
        if st.form_submit_button("Keep these", disabled=not who.may(Right.REVIEW)) and who.may(Right.REVIEW):
            now = dt.datetime.now(dt.UTC)
            said = [
                Review(cell, actor, now, called.get(cell, ""), code, "", not blinded, stream,
                       (probability or {}).get(cell))
                for cell, code in chosen.items()
                if code
            ]  # fmt: skip
            resources.store().add_reviews(row.id, said)
            st.rerun()
