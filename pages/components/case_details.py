"""What stands at the end of every result: warnings, the models that spoke, files to take away."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import streamlit as st

from core.exchange import case_json, cells_csv
from core.jobs import runs as jobs
from core.people import Right
from core.protocols import CaseRow
from core.readings import LabelFreeReading, Reading
from core.records import Review, Seen
from pages.components import cards, notices, resources, who


def small_print(reading: Reading | LabelFreeReading) -> None:
    st.header("Warnings and models")
    said = dict.fromkeys(reading.warnings)
    if said:
        notices.html(f'<ul class="hb-list">{"".join(f"<li>{escape(warning)}</li>" for warning in said)}</ul>')
    rows = [
        [
            *map(escape, (m.name, m.task, m.domain, m.notice)),
            f'<span class="hb-digest" title="{escape(m.digest)}">{escape(m.digest[:16])}…</span>',
        ]
        for m in reading.models
    ]
    notices.html(cards.boxed(cards.table(["Model", "Task", "Made from", "Notice", "Digest"], rows, "words")))


def take_away(row: CaseRow, seen: Seen, reading: Reading | LabelFreeReading, reviews: Sequence[Review]) -> None:
    st.header("Take away")

    def document() -> dict:
        return case_json.document(row.info, seen, reading, row.id, reviews=reviews)

    refused = who.refusal(Right.UPLOAD)
    with st.container(horizontal=True):
        st.download_button(
            "case.json", lambda: case_json.text(document()), f"{row.id}.json", "application/json", on_click="ignore"
        )
        st.download_button(
            "cells.csv", lambda: cells_csv.text(document()), f"{row.id}-cells.csv", "text/csv", on_click="ignore"
        )
        if st.button("Analyse again", disabled=bool(refused), help=refused or None) and not who.refusal(Right.UPLOAD):
            jobs.start_run(resources.store(), row.id, actor=who.actor())
            st.rerun()
