"""Which branch of the hybrid network spoke: its gate's balance over all cells and by class."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any

import streamlit as st

from core.charts import label_free, screen
from core.charts.markers import Row
from core.records import Review, Seen
from core.vocabulary import Vocabulary
from pages.components import cards, notices, state
from pages.components.label_free_kept import Now

MEANING = (
    "The network has two branches, convolutions (fine texture) and attention (the cell as a whole), and weighs them "
    "anew for each cell. 100 % means that convolutions alone decided. It says how an answer came about, not how good "
    "it is."
)


def shown(now: Now, seen: Seen, vocabulary: Vocabulary, reviews: Sequence[Review]) -> None:
    names = label_free.BRANCHES
    chosen = st.segmented_control(
        "Balance in", names, default=names[0], required=True, key=f"{state.CASE_BRANCH}.{now.case}",
        format_func=lambda name: f"{name[:1].upper()}{name[1:]}",
    )  # fmt: skip
    branch = names.index(chosen or names[0])
    rows = now.once(("gates", branch), lambda: label_free.gates(branch, seen, vocabulary, reviews))
    if not rows:
        notices.say("note", "The network that named these cells has no gate, or nothing was kept of it.")
        return
    alone = label_free.one_sided(rows)
    if alone:
        notices.say("note", alone)
    with st.container(border=True, key="box-gate"):
        plain = now.once(("gate chart", branch), lambda: _chart(rows))
        st.plotly_chart(screen.Ready(plain), config=screen.CONFIG, key=f"gate-{now.case}")
    lines = [
        [f'<i class="hb-swatch" style="background:{escape(row.colour)}"></i>{escape(row.name)}',
         *label_free.number_and_range(row)]
        for row in rows
    ]  # fmt: skip
    notices.html(cards.boxed(cards.table(["Cells", "Number", "Median", "Middle half"], lines)))
    notices.html(f'<div class="hb-foot">{escape(MEANING)}</div>')


def _chart(rows: Sequence[Row]) -> dict[str, Any]:
    figure = screen.distributions(rows, "share of the convolutional branch, %")
    figure.update_xaxes(range=[-2, 102])
    return figure.to_dict()
