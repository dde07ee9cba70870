"""The differential: a row a class with its bar and interval; a row that is picked shows its cells."""

from __future__ import annotations

from collections.abc import Callable
from html import escape

from core.charts import differential
from core.charts.differential import Row
from core.protocols import CaseRow
from core.readings import Reading
from core.vocabulary import Vocabulary
from pages.components import pickable


def shown(row: CaseRow, reading: Reading, vocabulary: Vocabulary, on_class: Callable[[str], None]) -> None:
    """`on_class` is called with the class whose row was picked."""
    pickable.shown(markup(reading, vocabulary), f"differential-{row.id}", on_class)


def markup(reading: Reading, vocabulary: Vocabulary) -> str:
    rows, end = differential.rows(reading, vocabulary)
    total = reading.adequacy.counted
    drawn = "".join(map(_row, rows))
    return (
        '<div class="hb-card"><div class="hb-scroll"><table class="hb-table hb-diff"><thead><tr>'
        f'<th scope="col">Class</th><th scope="col">Cells</th><th scope="col" class="bar"><span>0</span>'
        f'<span>{end:.0f} %</span></th><th scope="col">Share</th><th scope="col">95 % interval</th></tr></thead>'
        f"<tbody>{drawn}</tbody><tfoot><tr><td>Counted</td><td>{total}</td><td></td><td></td><td></td></tr></tfoot>"
        "</table></div></div>"
    )


def _row(row: Row) -> str:
    swatch = f'<i class="hb-swatch" style="background:{escape(row.colour)}"></i>'
    name = escape(row.name)
    pick = f' data-pick="{escape(row.code)}"' if row.count else ""
    button = f'<button type="button"{pick} aria-label="Show the cells called {name}">{name}</button>'
    kind = "" if row.counted else "apart"
    return (
        f'<tr class="{kind}{" empty" if not row.count else ""}"{pick}><td>{swatch}{button if row.count else name}</td>'
        f"<td>{row.count}</td><td class=bar>{_bar(row)}</td><td>{escape(row.share_text)}</td>"
        f"<td>{escape(row.range_text)}</td></tr>"
    )


def _bar(row: Row) -> str:
    if row.at is None:
        return ""
    whisker = ""
    if row.low is not None and row.high is not None:
        whisker = f'<i class="whisker" style="left:{row.low:.2f}%;right:{100 - row.high:.2f}%"></i>'
    return (
        f'<div class="hb-track" aria-hidden="true"><i class="fill" style="width:{row.at:.2f}%;'
        f'background:{escape(row.colour)}"></i>{whisker}</div>'
    )
