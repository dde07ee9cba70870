"""Cells that two runs call differently: a table from → to, and the cells of the line that is chosen."""

from __future__ import annotations

from html import escape

import streamlit as st

from core.charts.words import size
from core.recompute import Change, Comparison
from core.vocabulary import Vocabulary
from pages.components import cards, links, notices, state

SHOWN = 60


def shown(case_id: str, found: Comparison, vocabulary: Vocabulary) -> None:
    moves = found.moves()
    if not moves:
        return
    rows = [
        [_named(was, vocabulary), "→", _named(now, vocabulary), str(count), f"{100 * count / len(found.changes):.0f} %"]
        for was, now, count in moves
    ]
    notices.html(cards.boxed(cards.table(["Was", "to", "Is", "Cells", "Of the changes"], rows, "moves")))
    options = [(was, now) for was, now, _ in moves]
    counts = {(was, now): count for was, now, count in moves}

    def words(move: tuple[str, str]) -> str:
        was, now = (vocabulary[code].name for code in move)
        return f"{was} → {now} ({counts[move]})"

    chosen = st.selectbox("Cells", options, format_func=words, key=state.COMPARE_MOVE)
    its = [change for change in found.changes if (change.was, change.now) == chosen]
    notices.html(f'<div class="hb-grid">{"".join(_cell(case_id, one, vocabulary) for one in its[:SHOWN])}</div>')
    if len(its) > SHOWN:
        notices.html(f'<p class="hb-sub">The first {SHOWN} of {size(len(its), "cell")}.</p>')


def _named(code: str, vocabulary: Vocabulary) -> str:
    cls = vocabulary[code]
    name = escape(cls.name[:1].upper() + cls.name[1:])
    return f'<i class="hb-swatch" style="background:{escape(cls.colour)}"></i>{name}'


def _cell(case_id: str, change: Change, vocabulary: Vocabulary) -> str:
    was, now = vocabulary[change.was], vocabulary[change.now]
    told = f"{was.name} → {now.name}"
    outline = "" if change.old == change.new else f"<span>outline {100 * change.overlap:.0f} % in common</span>"
    said = "<span>reviewed: a person's word holds</span>" if change.reviewed else ""
    return (
        f'<figure style="--c:{escape(now.colour)}"><img src="{escape(links.crop(case_id, change.new))}" '
        f'alt="{escape(told)}" loading="lazy"><figcaption>{escape(told)}{outline}{said}</figcaption></figure>'
    )
