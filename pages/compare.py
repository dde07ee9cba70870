"""Two runs of one case side by side: which models spoke, what the ratios were and are, which calls changed."""

from __future__ import annotations

from html import escape

import streamlit as st

from core import recompute
from core.charts import side_by_side
from core.charts.side_by_side import AnyReading, Row
from core.charts.words import size
from core.errors import HemaboardError, NotFound
from core.people import Right
from core.protocols import CaseRow, RunRow
from core.recompute import Comparison
from core.records import Modality
from core.vocabulary import Vocabulary
from pages.components import cards, go, notices, resources, state, who, worklist_changes, worklist_stale

SAME_PICTURES = (
    "Both runs saw the same pictures, so a difference is the models', not the patient's. The intervals hold the "
    "uncertainty of counting these cells; they are no test of the difference."
)


def compare() -> None:
    st.title("Old and new run")
    who.need(Right.VIEW)
    store = resources.store()
    case_id = st.query_params.get("case", "")
    try:
        row = store.case(case_id)
    except NotFound:
        notices.html('<div class="hb-empty"><b>No case chosen.</b>Open this page from a case or the worklist.</div>')
        return
    done = [store.run(run) for run in store.desk.runs(case_id)]
    _heading(row)
    if len(done) < 2:
        notices.html(
            '<div class="hb-empty"><b>There is one finished run only.</b>Analyse the case again to compare.</div>'
        )
        worklist_stale.again(row, key="compare-again")
        return
    old, new = _chosen(done)
    if old.id == new.id:
        notices.say("note", "Choose two different runs.", "The same run twice")
        return
    _side_by_side(row, old, new)


def _heading(row: CaseRow) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        notices.html(f'<span class="hb-case">{escape(row.info.pseudonym)}</span>')
        go.to("case.py", "Open the case", key="compare-open", case=row.id)
    line = resources.store().desk.line(row.id)
    found = worklist_stale.swaps(row, line.spoke)
    if found:
        notices.say("note", f"{worklist_stale.told(found)}.", "Still other models than those of the newest run")
        worklist_stale.again(row, key="compare-again-stale")


def _chosen(done: list[RunRow]) -> tuple[RunRow, RunRow]:
    """The two newest, unless others are chosen. Every finished run stays readable."""
    named = {run.id: run for run in done}
    left, right = st.columns(2)
    ids = list(named)

    def words(run_id: str) -> str:
        run = named[run_id]
        return f"{run.started:%Y-%m-%d %H:%M}, {size(run.done, 'field')}{' (newest)' if run is done[0] else ''}"

    old = left.selectbox("Earlier run", ids, index=1, format_func=words, key=state.COMPARE_OLD)
    new = right.selectbox("Later run", ids, index=0, format_func=words, key=state.COMPARE_NEW)
    return named[old], named[new]


def _side_by_side(row: CaseRow, old: RunRow, new: RunRow) -> None:
    vocabulary = resources.vocabulary(row.info.vocabulary)
    try:
        readings = _reading(row, old.id), _reading(row, new.id)
        with st.spinner("Comparing the cells"):
            found = recompute.compared(
                resources.seen(row.id, old.id), resources.seen(row.id, new.id), resources.store().reviews(row.id)
            )
    except HemaboardError as error:
        notices.error(error)
        return
    _models(found)
    st.header("Ratios")
    notices.html(f'<p class="hb-sub">{SAME_PICTURES}</p>')
    _rows(side_by_side.shares(*readings, vocabulary))
    _rows(side_by_side.counts(*readings))
    _cells(row, found, vocabulary)
    _warnings(*readings)


def _reading(row: CaseRow, run_id: str) -> AnyReading:
    if row.info.modality is Modality.DPC:
        return resources.label_free_reading(row.id, run_id, row.info)
    return resources.reading(row.id, run_id, row.info)


def _models(found: Comparison) -> None:
    st.header("Models")
    if found.swaps:
        notices.html(cards.boxed(worklist_stale.listed(found.swaps)))
    else:
        notices.html('<p class="hb-sub">The same models spoke in both runs.</p>')


def _rows(rows: tuple[Row, ...]) -> None:
    drawn = []
    for row in rows:
        swatch = f'<i class="hb-swatch" style="background:{escape(row.colour)}"></i>' if row.colour else ""
        apart = f" {notices.tag('intervals apart', 'stale')}" if row.apart else ""
        drawn.append(
            [f"{swatch}{escape(row.name)}", *(_figure(*pair) for pair in ((row.was, row.was_range),
             (row.now, row.now_range))), f"{escape(row.shift)}{apart}"]
        )  # fmt: skip
    notices.html(cards.boxed(cards.table(["Figure", "Earlier", "Later", "Difference"], drawn)))


def _figure(value: str, beside: str) -> str:
    return f"<b>{escape(value)}</b>" + (f'<div class="hb-sub">{escape(beside)}</div>' if beside else "")


def _cells(row: CaseRow, found: Comparison, vocabulary: Vocabulary) -> None:
    st.header("Calls that changed")
    told = [
        f"{size(found.same, 'cell')} with the same outline in both runs, {found.moved} found again with another "
        f"(half of it or more in common), {len(found.lost)} in the earlier only, {len(found.found)} in the later only.",
        f"Of those in both, {found.kept} kept their class and {len(found.changes)} changed it.",
        _reviews(found),
    ]
    notices.html(cards.boxed(f'<ul class="hb-list">{"".join(f"<li>{escape(text)}</li>" for text in told)}</ul>'))
    worklist_changes.shown(row.id, found, vocabulary)


def _reviews(found: Comparison) -> str:
    if not found.reviews_held and not found.reviews_left:
        return "Nobody has reviewed a cell of this case."
    left = ""
    if found.reviews_left:
        left = (
            f" The words on {size(found.reviews_left, 'cell')} of the earlier run change nothing in the later one, "
            "because its cells have other outlines: review those again."
        )
    return f"Reviews hold for the same cell only: {found.reviews_held} reviewed cells are in the later run.{left}"


def _warnings(old: AnyReading, new: AnyReading) -> None:
    st.header("Warnings")
    said = side_by_side.warnings(old, new)
    parts = (("Only in the later run", said.new), ("Only in the earlier run", said.gone), ("In both", said.both))
    drawn = "".join(
        f'<h3 class="hb-name hb-part">{title}</h3><ul class="hb-list">'
        f"{''.join(f'<li>{escape(text)}</li>' for text in texts)}</ul>"
        for title, texts in parts
        if texts
    )
    notices.html(cards.boxed(drawn or "None in either run."))


compare()
