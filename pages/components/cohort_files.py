"""The cohort's table to take away, as Parquet or CSV, and what its columns mean."""

from __future__ import annotations

from html import escape

import streamlit as st

from core.charts import words
from core.cohort.table import Table
from core.cohort.written import csv_text, parquet
from pages.components import cards, notices


def shown(held: Table, waiting: int) -> None:
    said = f"{words.size(len(held.rows), 'row')}, {words.size(len(held.columns), 'column')}; one row a case."
    notices.html(f'<p class="hb-sub">{escape(said)} What may not be stated is empty, with why beside it.</p>')
    if waiting:
        notices.say(
            "note", f"{words.size(waiting, 'case')} are still being counted and would be empty rows.", "Not yet"
        )
    left, right, _ = st.columns([1, 1, 2])
    left.download_button(
        "Parquet", lambda: parquet(held), "cohort.parquet", "application/vnd.apache.parquet", on_click="ignore",
        type="primary", width="stretch", key="cohort-parquet",
    )  # fmt: skip
    right.download_button(
        "CSV", lambda: csv_text(held).encode(), "cohort.csv", "text/csv", on_click="ignore", width="stretch",
        key="cohort-csv",
    )  # fmt: skip
    with st.expander("What the columns mean"):
        rows = [
            (f"<code>{escape(c.name)}</code>", escape(c.unit or c.kind.value), escape(c.meaning)) for c in held.columns
        ]
        notices.html(cards.table(("Column", "Unit", "Meaning"), rows, "words"))
