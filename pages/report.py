"""The report of a case: its pages as they will be printed, files to take away, filing, and the summary. ?case=…"""

from __future__ import annotations

from html import escape

import streamlit as st

from core.charts import words
from core.errors import HemaboardError
from core.protocols import RunState
from pages.components import (
    case_choice,
    go,
    notices,
    report_files,
    report_held,
    report_preview,
    signature,
    summary,
)


def report() -> None:
    row = case_choice.named("Report")
    if row is None:
        return
    st.title(f"Report: {row.info.pseudonym}")
    notices.html(
        f'<p class="hb-sub">{escape(row.info.specimen.value)} · {words.size(row.images, "field")} · '
        f"{words.size(row.cells, 'cell')}</p>"
    )
    if row.run is None or row.run.state is not RunState.DONE:
        notices.say("note", "There is nothing to report before its analysis is done.", "Not analysed")
        go.to("case.py", "Open the case", key="report-open", case=row.id)
        return
    try:
        of = report_held.now(row.id)
    except HemaboardError as error:
        notices.error(error)
        return
    notices.alerts(of.reading.alerts, ("urgent", "warning"))
    notices.standing(row.info, of.reading)
    signature.shown(row, of.seen, of.reviews)
    with st.container(horizontal=True):
        go.to("case.py", "Open the case", key="report-case", case=row.id)
        go.to("review.py", "Review and sign", key="report-sign", case=row.id)
    sheet, files = st.columns([0.68, 0.32], gap="large")
    with files:
        report_files.downloads(of)
        report_files.filing(of)
    with sheet:
        report_preview.shown(of)
    report_files.past(of)
    summary.card(row.id)  # last: while a language model writes, what comes after it would wait


report()
