"""A chart of cases: a click on a dot tells which case it is, and a link opens it."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any

import streamlit as st

from core.charts import screen
from pages.components import go, notices
from pages.components.label_free_scatter import of_selection

MOST = 5  # links beside a chart


def chart(figure: Any, key: str, names: dict[str, str], hint: bool = True) -> None:
    """`names` are pseudonyms by case; `hint` says what a click does."""
    event = st.plotly_chart(
        figure, config=screen.CONFIG, key=key, on_select="rerun", selection_mode="points", width="stretch"
    )
    picked = [case for case in of_selection(event) if case in names]
    links([(case, names[case], "") for case in picked[:MOST]], key)
    if hint and not picked:
        notices.html('<p class="hb-sub">A click on a dot names its case.</p>')


def links(cases: Sequence[tuple[str, str, str]], key: str) -> None:
    """Case, pseudonym, and what is said of it."""
    for case, pseudonym, said in cases:
        with st.container(horizontal=True, gap="small", vertical_alignment="center"):
            go.to("case.py", f"Open {pseudonym}", key=f"{key}-{case}", case=case)
            if said:
                notices.html(f'<span class="hb-sub">{escape(said)}</span>')
