"""One case: its run while it goes on, then the plain result. Addressed by ?case=…, so it can be reopened anywhere."""

from __future__ import annotations

from dataclasses import replace
from html import escape

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.charts import words
from core.errors import HemaboardError, NoNetwork
from core.jobs import runs as jobs
from core.people import Right
from core.protocols import CaseRow, RunState
from core.readings import LabelFreeReading, Reading
from core.records import Domain, Modality, Specimen
from core.tools import assemble
from pages.components import (
    case_choice,
    case_details,
    go,
    label_free,
    notices,
    resources,
    robustness,
    run_progress,
    signature,
    slide_said,
    smear,
    state,
    summary,
    who,
    worklist_drawer,
    worklist_stale,
)

SPECIMENS = {"marrow": "Bone marrow", "blood": "Peripheral blood"}
MODALITIES = {"smear": "stained smear", "dpc": "label-free (DPC)"}


def case() -> None:
    row = case_choice.named("Case")
    if row is None:
        return
    _cell_asked_for(row)
    notices.alerts(resources.entered_alerts(row.info), ("urgent",))  # above everything, whatever becomes of the rest
    _heading(row)
    place = None
    if row.run is None:
        _not_started(row)
    elif row.run.state is RunState.DONE:
        place = _result(row)
    else:
        place = _under_way(row)
    worklist_drawer.beside(row.id)
    if place is not None:
        with place:
            summary.card(row.id)  # last, since it may wait for a language model


def _cell_asked_for(row: CaseRow) -> None:
    """&cell=…: a link from elsewhere to one cell in its field. Once it is taken the address is the case's again."""
    cell = str(st.query_params.pop("cell", ""))
    if cell:
        state.put(f"{state.CASE_FOCUS}.{row.id}", cell)
        if row.info.modality is Modality.SMEAR:
            state.put(f"{state.CASE_SECTION}.{row.id}", smear.CELLS)


def _under_way(row: CaseRow) -> DeltaGenerator | None:
    """A run that goes on, failed or was cancelled hides no earlier result."""
    assert row.run is not None
    earlier = resources.store().desk.runs(row.id)
    if not earlier:
        notices.alerts(resources.entered_alerts(row.info), ("warning",))
        notices.standing(row.info, None)
    run_progress.watched(row.run)
    if earlier:
        words = "What follows is the earlier result. It stays readable when the new analysis has finished."
        notices.say("note", words, "Earlier result")
        return _result(replace(row, run=resources.store().run(earlier[0])))
    return None


def _heading(row: CaseRow) -> None:
    info = row.info
    st.title(info.pseudonym)
    told = [SPECIMENS[info.specimen], MODALITIES[info.modality]]
    if info.domain is Domain.REAL:  # of a drawn case the note says it all
        told += [text for text in (info.stain, info.centre, info.scanner) if text != "not stated"]
    told.append(words.size(row.images, "field"))
    tag = notices.tag("synthetic", "synthetic") if info.domain is Domain.PROCEDURAL else ""
    if info.modality is Modality.SMEAR and info.specimen is Specimen.MARROW:
        tag += notices.tag("marrow: not validated", "synthetic")
    note = f'<p class="hb-sub">{escape(info.note)}</p>' if info.note else ""
    notices.html(f'<div class="hb-tags">{tag}<span class="hb-sub">{escape(" · ".join(told))}</span></div>{note}')


def _not_started(row: CaseRow) -> None:
    notices.alerts(resources.entered_alerts(row.info), ("warning",))
    notices.standing(row.info, None)
    if row.info.modality is Modality.DPC:
        try:
            assemble(resources.settings(), row.info.modality)
        except NoNetwork as error:
            notices.say("note", f"No network is installed for label-free images. {error.do}", "Stored")
            return
    refused = who.refusal(Right.UPLOAD)
    disabled = not row.images or bool(refused)
    if st.button("Start the analysis", type="primary", disabled=disabled, help=refused or None) and not refused:
        jobs.start_run(resources.store(), row.id, actor=who.actor())
        st.rerun()


def _result(row: CaseRow) -> DeltaGenerator | None:
    """The one place where the two kinds of case part; what holds for both stands around it. Where the summary goes."""
    assert row.run is not None
    seen = resources.seen(row.id, row.run.id)
    vocabulary = resources.vocabulary(row.info.vocabulary)
    reviews = resources.store().reviews(row.id)
    reading: Reading | LabelFreeReading
    try:
        if row.info.modality is Modality.DPC:
            reading = resources.label_free_reading(row.id, row.run.id, row.info, label_free.cuts(row.id), reviews)
        else:
            reading = resources.reading(row.id, row.run.id, row.info, reviews)
    except HemaboardError as error:
        notices.error(error)
        return None
    notices.alerts(reading.alerts, ("warning",))
    signature.shown(row, seen, reviews)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        go.to("review.py", "Review and sign", key="case-review", case=row.id)
        go.to("report.py", "Report", key="case-report", case=row.id)
        if resources.coverage(row.id, row.run.id):
            go.to("slide.py", "Whole slide", key="case-slide", case=row.id)
        robustness.badge(row, seen)
    notices.standing(row.info, reading)
    slide_said.shown(row.id, row.run.id)
    worklist_stale.shown(row)
    if row.run.message:
        notices.say("warning", row.run.message, "From the analysis")
    if reading.quality.withheld:
        notices.say("warning", f"{reading.quality.withheld}.", "Numbers withheld")
    if isinstance(reading, LabelFreeReading):
        label_free.shown(row, seen, reading, vocabulary, reviews)
        place = st.container()
        case_details.small_print(reading)
        case_details.take_away(row, seen, reading, reviews)
        return place
    return smear.shown(row, seen, reading, vocabulary, reviews)


case()
