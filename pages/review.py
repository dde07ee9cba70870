"""What people say of a case: sign-off, random sample, decisive cells, two observers, history, readers. ?case=…"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import streamlit as st

from core.charts import words
from core.errors import HemaboardError
from core.protocols import CaseRow, RunState
from core.readings import LabelFreeReading, Reading
from core.records import Modality, Review, Seen
from core.vocabulary import Vocabulary
from pages.components import (
    case_choice,
    go,
    notices,
    observers,
    resources,
    review_flips,
    review_history,
    review_readers,
    review_sample,
    review_summary,
    signature,
    state,
)

LEVELS_ON_TOP = ("urgent", "warning")
SIGN, SAMPLE, FLIPS, OBSERVERS, HISTORY, READERS = (
    "Sign-off", "Random sample", "Flip test", "Two observers", "History", "Readers"
)  # fmt: skip
SMEAR = (SIGN, SAMPLE, FLIPS, OBSERVERS, HISTORY, READERS)
LABEL_FREE = (SIGN, OBSERVERS, HISTORY, READERS)  # no composite, so nothing to estimate and no mark to cross


def review() -> None:
    row = case_choice.named("Review")
    if row is None:
        return
    st.title(f"Review: {row.info.pseudonym}")
    notices.html(
        f'<p class="hb-sub">{escape(row.info.specimen.value)} · {words.size(row.images, "field")} · '
        f"{words.size(row.cells, 'cell')}</p>"
    )
    if row.run is None or row.run.state is not RunState.DONE:
        notices.alerts(resources.entered_alerts(row.info), LEVELS_ON_TOP)
        notices.say("note", "There is nothing to review before its analysis is done.", "Not analysed")
        go.to("case.py", "Open the case", key="review-open", case=row.id)
        return
    vocabulary = resources.vocabulary(row.info.vocabulary)
    seen = resources.seen(row.id, row.run.id)
    reviews = resources.store().reviews(row.id)
    try:
        reading = _reading(row)
    except HemaboardError as error:
        notices.error(error)
        return
    notices.alerts(reading.alerts, LEVELS_ON_TOP)
    notices.standing(row.info, reading)
    signature.shown(row, seen, reviews)
    go.to("report.py", "Report", key="review-report", case=row.id)
    _part(row, seen, reviews, reading, vocabulary)


def _reading(row: CaseRow) -> Reading | LabelFreeReading:
    assert row.run is not None
    if row.info.modality is Modality.DPC:
        return resources.label_free_reading(row.id, row.run.id, row.info)
    return resources.reading(row.id, row.run.id, row.info)


def _part(
    row: CaseRow, seen: Seen, reviews: Sequence[Review], reading: Reading | LabelFreeReading, vocabulary: Vocabulary
) -> None:
    parts = SMEAR if isinstance(reading, Reading) else LABEL_FREE
    key = f"{state.REVIEW_PART}.{row.id}"
    chosen = st.segmented_control("Part", parts, default=SIGN, key=key, required=True, label_visibility="collapsed")
    if chosen == SAMPLE and isinstance(reading, Reading):
        review_sample.shown(row, seen, reviews, reading, vocabulary)
    elif chosen == FLIPS and isinstance(reading, Reading):
        review_flips.shown(row, seen, reviews, reading, vocabulary)
    elif chosen == OBSERVERS:
        observers.shown(row, seen, reviews, vocabulary)
    elif chosen == HISTORY:
        review_history.shown(row, reviews, vocabulary)
    elif chosen == READERS:
        review_readers.shown(row, seen, reviews, vocabulary)
    else:
        review_summary.shown(row, seen, reviews)


review()
