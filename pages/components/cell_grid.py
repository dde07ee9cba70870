"""Crops of cells by class: a plain grid, sixty at a time."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

import streamlit as st

from core.charts import gallery
from core.records import Seen
from core.vocabulary import Vocabulary
from pages.components import links, state
from pages.components.notices import html

MORE = 60
ALL = ""
BY_CLASS, DOUBTFUL = "By class", "Doubtful first"
ODD = "Odd: less like the cells the classifier was calibrated on than 99 in 100 of those."
SETS = (
    "“or”: more than one class is possible. How often such a set holds the right one stands in the model’s card, for "
    "patients like those it was calibrated on; elsewhere nothing is guaranteed."
)


@st.fragment
def shown(case_id: str, seen: Seen, words: Vocabulary, strips: Mapping[str, str] | None = None) -> None:
    """Each cell with its class; of label-free cells, whose crops are strips, also what `strips` says of each."""
    drawers = gallery.drawers(seen, words)
    names = {ALL: f"All {len(seen.calls)}"} | {d.code: f"{d.name} {d.count}" for d in drawers}
    chosen = st.pills(
        "Class", list(names), default=ALL, format_func=lambda code: names[code], key=f"{state.CASE_CLASS}.{case_id}"
    )
    order = _order(case_id, seen)
    tiles = gallery.tiles(seen, words, chosen or ALL, doubtful_first=order == DOUBTFUL)
    shown_key = f"{state.CASE_SHOWN}.{case_id}.{chosen or ALL}"
    limit = state.get(shown_key, MORE)
    kind = "hb-grid" if strips is None else "hb-grid strips"
    drawn = (_tile(case_id, tile, (strips or {}).get(tile.cell, "")) for tile in tiles[:limit])
    html(f'<div class="{kind}">{"".join(drawn)}</div>')
    if len(tiles) > limit:
        label = f"Show {min(MORE, len(tiles) - limit)} more of {len(tiles)}"
        st.button(label, key="cells-more", on_click=state.put, args=(shown_key, limit + MORE))


def _order(case_id: str, seen: Seen) -> str:
    """Asked only where a classifier tells its doubts."""
    sets, oddness = gallery.doubts(seen)
    if not (sets or oddness):
        return BY_CLASS
    chosen = st.segmented_control(
        "Order", [BY_CLASS, DOUBTFUL], default=BY_CLASS, key=f"{state.CASE_ORDER}.{case_id}", required=True
    )
    told = [words for there, words in ((sets, SETS), (oddness, ODD)) if there]
    html(f'<p class="hb-sub">{escape(" ".join(told))}</p>')
    return chosen or BY_CLASS


def _tile(case_id: str, tile: gallery.Tile, more: str) -> str:
    odd = f'<b class="odd" title="{escape(ODD)}">odd</b>' if tile.odd else ""
    possible = f'<span class="set">{escape(tile.possible)}</span>' if tile.possible else ""
    told = f'<span class="told">{escape(more)}</span>' if more else ""
    return (
        f'<figure style="--c:{escape(tile.colour)}"><img loading="lazy" src="{escape(links.crop(case_id, tile.cell))}" '
        f'alt="{escape(tile.name)}"><figcaption>{escape(tile.name)}<span>{tile.said}{odd}</span>{told}{possible}</figcaption>'
        "</figure>"
    )
