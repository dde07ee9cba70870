"""Counts made elsewhere beside the ratio: entered here, compared, never merged."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import streamlit as st

from core.charts import words
from core.doors.counts import Count, Kind
from core.errors import HemaboardError
from core.people import Right
from core.protocols import CaseRow
from core.readings import Reading
from core.review import beside
from core.review.beside import Beside
from pages.components import cards, notices, resources, who


@dataclass(frozen=True, slots=True)
class Compared:
    """Everything that was entered, and what of it stands, compared with the blast share."""

    entered: tuple[Count, ...]
    standing: tuple[Beside, ...]


WORDS = {True: ("synthetic", "disagrees"), False: ("done", "agrees"), None: ("", "not compared")}


def compared(row: CaseRow, reading: Reading) -> Compared:
    """Every entry, and how those that stand compare."""
    entered = resources.store().counts.entered(row.id)
    return Compared(tuple(entered), beside.compared(reading, entered))


def flagged(found: Compared) -> None:
    """Counts that disagree are told beside the shares, where nobody can miss them."""
    for one in found.standing:
        if one.discordant:
            share = words.unbroken(words.percent(one.count.blasts))
            notices.say("warning", f"{one.name}: {share}. {one.said}", "Counts disagree")


def shown(row: CaseRow, found: Compared) -> None:
    """What stands; then the form; then everything that was ever entered."""
    if found.standing:
        notices.html(f'<div class="hb-cards wide">{"".join(map(card, found.standing))}</div>')
    with st.expander("Enter a flow or manual count", expanded=False):
        _form(row)
        _taking_back(row, found.standing)
        if found.entered:
            notices.html(_history(found.entered))


def card(one: Beside) -> str:
    kind, word = WORDS[one.discordant]
    count = one.count
    beside_it = f"95 % {words.percent_range(one.own)}" if one.own else "number of cells not stated"
    of = f" of {count.total:,}".replace(",", " ") + " cells" if count.total else ""
    note = f"<br>“{escape(count.note)}”" if count.note else ""
    return (
        f'<section class="hb-card small"><div class="hb-name">{escape(one.name)}, beside the ratio '
        f'<span class="hb-tag {kind}">{word}</span></div><div class="hb-figure"><b>{words.percent(count.blasts)}</b>'
        f"<span>{escape(of)} {escape(beside_it)}</span></div>"
        f'<div class="hb-foot">{escape(one.said)}{note}<br>{escape(_who(count))}</div></section>'
    )


def _form(row: CaseRow) -> None:
    refused = who.refusal(Right.REVIEW)
    if refused:
        notices.say("note", refused)
        return
    with st.form(f"counts-{row.id}", border=False, clear_on_submit=True):
        kind, blasts, total = st.columns([1.2, 1, 1], vertical_alignment="bottom")
        chosen = kind.segmented_control(
            "Kind", list(Kind), default=Kind.FLOW, required=True, format_func=lambda one: beside.NAMES[one]
        )
        share = blasts.number_input("Blasts, %", 0.0, 100.0, value=None, step=0.1, format="%.1f")
        cells = total.number_input("Of how many cells (if known)", 1, value=None, step=1)
        note = st.text_input("Note", max_chars=300, placeholder="e.g. gate, panel, who counted; nothing that names")
        if st.form_submit_button("Enter beside the ratio"):
            _enter(row, Kind(chosen or Kind.FLOW), share, cells, note)


def _enter(row: CaseRow, kind: Kind, percent: float | None, total: int | None, note: str) -> None:
    if percent is None:
        notices.say("warning", "Give the blasts in per cent.", "Nothing was entered")
        return
    _write(row, Count.in_percent(kind, percent, total, note, dt.datetime.now(dt.UTC), who.actor()))


def _taking_back(row: CaseRow, found: tuple[Beside, ...]) -> None:
    """A count that belongs elsewhere is taken back by a newer entry; it stays on record."""
    if who.refusal(Right.REVIEW):
        return
    for one in found:
        if st.button(f"Take back: {one.name} {words.percent(one.count.blasts)}", key=f"count-back-{one.count.number}"):
            _write(row, Count(one.count.kind, None, None, "", dt.datetime.now(dt.UTC), who.actor()))


def _write(row: CaseRow, count: Count) -> None:
    if who.refusal(Right.REVIEW):
        return
    try:
        resources.store().counts.enter(row.id, count)
    except HemaboardError as error:
        notices.error(error)
        return
    st.rerun()


def _history(entered: Sequence[Count]) -> str:
    rows = [
        [
            f"{count.at:%d %b %Y %H:%M}",
            escape(count.actor),
            escape(beside.NAMES[count.kind]),
            "taken back" if count.blasts is None else words.percent(count.blasts),
            words.NOTHING if count.total is None else str(count.total),
            escape(count.note),
        ]
        for count in reversed(entered)
    ]
    return cards.table(["Entered", "By", "Kind", "Blasts", "Cells", "Note"], rows, "words tight")


def _who(count: Count) -> str:
    return f"Entered by {count.actor}, {count.at:%d %b %Y %H:%M} UTC. Never merged into the ratio."
