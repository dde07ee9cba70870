"""Calls that change: all cells as bars, each class and setting as a table, and where the changed calls go."""

from __future__ import annotations

from html import escape

import streamlit as st

from core.charts import robustness as charts
from core.charts import words
from core.charts.robustness import Bar, Row, Square
from core.robustness.records import Robustness
from core.vocabulary import Vocabulary
from pages.components import cards
from pages.components.notices import html


def shown(found: Robustness, vocabulary: Vocabulary) -> None:
    bars, end = charts.bars(found)
    body = "".join(map(_bar, bars))
    html(
        f'<div class="hb-card"><div class="hb-turns">{body}</div><p class="hb-foot">Share of the tested cells called '
        f"otherwise, with its 95 % interval (Wilson); the rulers end at {end:.0f} %.</p></div>"
    )
    _table(found, vocabulary)
    moves = charts.flips_of(found, vocabulary)
    if moves:
        with st.expander("Which calls become which"):
            rows = [[escape(was), escape(now), words.size(count, "cell")] for was, now, count in moves]
            html(cards.table(["Called", "Among other surroundings", "In any setting"], rows, "moves"))


def _bar(bar: Bar) -> str:
    if bar.skipped:
        drawn = f'<span class="hb-sub">Not made: {escape(bar.skipped)}.</span>'
    else:
        drawn = (
            f'<div class="hb-track line" aria-hidden="true"><i class="fill" style="width:{bar.wide:.2f}%;'
            f'background:var(--hb-accent)"></i><i class="whisker" style="left:{bar.low:.2f}%;'
            f'right:{100 - bar.high:.2f}%"></i></div><span class="num">{escape(bar.text)}</span>'
        )
    return f'<div class="turn"><div><b>{escape(bar.name)}</b><small>{escape(bar.meaning)}</small></div>{drawn}</div>'


def _table(found: Robustness, vocabulary: Vocabulary) -> None:
    made = charts.made_of(found)
    if not made:
        return
    heads = "".join(f'<th scope="col">{escape(charts.SHORT[one.setting])}</th>' for one in made)
    rows = charts.table(found, vocabulary)
    body = "".join(map(_row, rows[:-1]))
    html(
        '<div class="hb-card"><div class="hb-scroll" role="region" tabindex="0" aria-label="Flips by class">'
        f'<table class="hb-table hb-heat"><thead><tr><th scope="col">Class, as called</th><th scope="col">Tested</th>'
        f"{heads}</tr></thead><tbody>{body}</tbody><tfoot>{_row(rows[-1])}</tfoot></table></div></div>"
    )


def _row(row: Row) -> str:
    swatch = f'<i class="hb-swatch" style="background:{escape(row.colour)}"></i>' if row.colour else ""
    squares = "".join(map(_square, row.squares))
    return f'<tr><th scope="row">{swatch}{escape(row.name)}</th><td>{row.tested}</td>{squares}</tr>'


def _square(square: Square) -> str:
    if not square.text:
        return f'<td title="{escape(square.title)}">–</td>'
    return f'<td class="heat" style="--s:{100 * square.shade:.0f}%" title="{escape(square.title)}">{square.text}</td>'
