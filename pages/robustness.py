"""Does the background decide? One case's cells among other surroundings, and under worse pictures. ?case=…"""

from __future__ import annotations

from html import escape

import streamlit as st

from core.charts import words
from core.errors import HemaboardError
from core.readings import LabelFreeReading, Reading
from core.records import Modality
from pages.components import case_choice, go, notices, resources, robustness, robustness_curves

LEVELS_ON_TOP = ("urgent", "warning")


def page() -> None:
    row = case_choice.named("Robustness")
    if row is None:
        return
    st.title(f"Robustness: {row.info.pseudonym}")
    notices.html(
        f'<p class="hb-sub">{escape(row.info.specimen.value)} · {words.size(row.images, "field")} · '
        f"{words.size(row.cells, 'cell')}</p>"
    )
    runs = resources.store().desk.runs(row.id)
    if not runs:
        notices.alerts(resources.entered_alerts(row.info), LEVELS_ON_TOP)
        notices.say("note", "There is nothing to test before its analysis is done.", "Not analysed")
        go.to("case.py", "Open the case", key="robustness-open", case=row.id)
        return
    reading: Reading | LabelFreeReading
    try:
        if row.info.modality is Modality.DPC:
            reading = resources.label_free_reading(row.id, runs[0], row.info)
        else:
            reading = resources.reading(row.id, runs[0], row.info)
    except HemaboardError as error:
        notices.error(error)
        return
    notices.alerts(reading.alerts, LEVELS_ON_TOP)
    notices.standing(row.info, reading)
    go.to("case.py", "Open the case", key="robustness-case", case=row.id)
    seen = resources.seen(row.id, runs[0])
    robustness.shown(row, seen, reading)
    st.header("How much worse may the pictures be?")
    robustness_curves.shown(row, seen, reading)


page()
