"""How two readers agree: overall, beyond chance, class by class, and where they part."""

from __future__ import annotations

from html import escape

import streamlit as st

from core.appraisals import Agreement
from core.charts import words
from core.review import agreement
from core.review.reads import Reader
from core.vocabulary import Vocabulary
from pages.components import cards, notices


def shown(first: Reader, second: Reader, vocabulary: Vocabulary) -> None:
    found = agreement.between(first.labels, second.labels, vocabulary.codes)
    st.subheader("Agreement")
    kappa = words.number(found.kappa, 2)
    drawn = [
        cards.figure("Named alike", words.percent(found.overall.value), words.percent_range(found.overall.interval),
                     f"{found.overall.count} of {found.overall.total} cells that both read"),
        cards.figure("Cohen’s κ", kappa, words.number_range(found.kappa_interval, 2),
                     "1: always; 0: as often as chance would have it"),
    ]  # fmt: skip
    notices.html(f'<div class="hb-cards small">{"".join(drawn)}</div>')
    notices.html("".join(f'<p class="hb-sub">{escape(note)}</p>' for note in found.notes))
    notices.html(cards.boxed(_classes(found, vocabulary)))
    with st.expander("Class by class, the one against the other"):
        notices.html(_table(found, first.actor, second.actor, vocabulary))


def _classes(found: Agreement, vocabulary: Vocabulary) -> str:
    rows = [
        [
            f'<i class="hb-swatch" style="background:{escape(vocabulary[one.code].colour)}"></i>'
            f"{escape(vocabulary[one.code].name)}",
            str(one.first),
            str(one.second),
            str(one.both),
            words.percent(one.specific, 0),
            words.percent_range(one.interval, 0),
        ]
        for one in found.classes
        if one.first or one.second
    ]
    return cards.table(["Class", "First", "Second", "Both", "Agreement", "95 % interval"], rows)


def _table(found: Agreement, first: str, second: str, vocabulary: Vocabulary) -> str:
    """Rows the first reader's words, columns the second's; classes that neither used are left out."""
    used = [place for place, one in enumerate(found.classes) if one.first or one.second]
    codes = [found.classes[place].code for place in used]
    rows = [
        [
            escape(vocabulary[code].name),
            *(_count(found.table[row][column], alike=row == column) for column in used),
        ]
        for row, code in zip(used, codes, strict=True)
    ]  # fmt: skip
    heads = ["", *(vocabulary[code].name for code in codes)]
    told = f'<div class="hb-foot">Rows: {escape(first)}. Columns: {escape(second)}.</div>'
    return cards.table(heads, rows, "tight") + told


def _count(cells: int, *, alike: bool) -> str:
    return "·" if not cells else f"<b>{cells}</b>" if alike else str(cells)
