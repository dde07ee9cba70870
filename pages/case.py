"""One case: its run while it goes on, then the plain result. Addressed by ?case=…, so it can be reopened anywhere."""

from __future__ import annotations

from html import escape

import streamlit as st

from core import labels
from core.charts import differential, screen, words
from core.errors import HemaboardError, NoNetwork, NotFound
from core.exchange import case_json, cells_csv
from core.jobs import runs as jobs
from core.protocols import CaseRow, RunState
from core.readings import LabelFreeReading, Reading
from core.records import Domain, Modality, Seen
from core.tools import assemble
from core.vocabulary import Vocabulary
from pages.components import cards, cell_grid, label_free, notices, resources, run_progress
from pages.components.field_viewer import component as field_viewer

LEVELS_ON_TOP = ("urgent", "warning")
SPECIMENS = {"marrow": "Bone marrow", "blood": "Peripheral blood"}
MODALITIES = {"smear": "stained smear", "dpc": "label-free (DPC)"}


def case() -> None:
    case_id = st.query_params.get("case", "")
    if not case_id:
        _choose()
        return
    try:
        row = resources.store().case(case_id)
    except NotFound as error:
        notices.error(error)
        _choose()
        return
    _heading(row)
    if row.run is None:
        _not_started(row)
    elif row.run.state is RunState.DONE:
        _result(row)
    else:
        notices.alerts(resources.entered_alerts(row.info), LEVELS_ON_TOP)
        notices.standing(row.info, None)
        run_progress.watched(row.run)


def _choose() -> None:
    st.title("Case")
    rows = {row.id: row for row in resources.store().cases(limit=200)}
    if not rows:
        notices.html('<div class="hb-empty"><b>No case yet.</b>Choose “New case” in the table of contents.</div>')
        return
    chosen = st.selectbox(
        "Case", list(rows), index=None, format_func=lambda i: rows[i].info.pseudonym, placeholder="Choose a case"
    )
    if chosen:
        st.query_params["case"] = chosen
        st.rerun()


def _heading(row: CaseRow) -> None:
    info = row.info
    st.title(info.pseudonym)
    told = [SPECIMENS[info.specimen], MODALITIES[info.modality]]
    if info.domain is Domain.REAL:  # of a drawn case the note says it all
        told += [text for text in (info.stain, info.centre, info.scanner) if text != "not stated"]
    told.append(words.size(row.images, "field"))
    tag = notices.tag("synthetic", "synthetic") if info.domain is Domain.PROCEDURAL else ""
    note = f'<p class="hb-sub">{escape(info.note)}</p>' if info.note else ""
    notices.html(f'<div class="hb-tags">{tag}<span class="hb-sub">{escape(" · ".join(told))}</span></div>{note}')


def _not_started(row: CaseRow) -> None:
    notices.alerts(resources.entered_alerts(row.info), LEVELS_ON_TOP)
    notices.standing(row.info, None)
    if row.info.modality is Modality.DPC:
        try:
            assemble(resources.settings(), row.info.modality)
        except NoNetwork as error:
            notices.say("note", f"No network is installed for label-free images. {error.do}", "Stored")
            return
    if st.button("Start the analysis", type="primary", disabled=not row.images):
        jobs.start_run(resources.store(), row.id, actor=resources.actor())
        st.rerun()


def _result(row: CaseRow) -> None:
    """The one place where the two kinds of case part; what holds for both stands around it."""
    assert row.run is not None
    seen = resources.seen(row.id, row.run.id)
    vocabulary = resources.vocabulary(row.info.vocabulary)
    reading: Reading | LabelFreeReading
    try:
        if row.info.modality is Modality.DPC:
            reading = resources.label_free_reading(row.id, row.run.id, row.info, label_free.cuts(row.id))
        else:
            reading = resources.reading(row.id, row.run.id, row.info)
    except HemaboardError as error:
        notices.error(error)
        return
    notices.alerts(reading.alerts, LEVELS_ON_TOP)
    notices.standing(row.info, reading)
    if row.run.message:
        notices.say("warning", row.run.message, "From the analysis")
    if reading.quality.withheld:
        notices.say("warning", f"{reading.quality.withheld}.", "Numbers withheld")
    if isinstance(reading, LabelFreeReading):
        label_free.shown(row, seen, reading, vocabulary)
    else:
        _smear(row, seen, reading, vocabulary)
    _small_print(reading)
    _downloads(row, seen, reading)


def _smear(row: CaseRow, seen: Seen, reading: Reading, vocabulary: Vocabulary) -> None:
    cards.shares(reading, vocabulary.cblc_name)
    notices.alerts(reading.alerts, ("note",))
    cards.figures(reading)
    _criteria(reading)
    _differential(reading, vocabulary)
    st.header("Fields")
    reviews = resources.store().reviews(row.id)
    field_viewer.shown(row, seen, labels.settled(seen, reviews), vocabulary, reviews=reviews)
    st.header("Cells")
    cell_grid.shown(row.id, seen, vocabulary)


def _criteria(reading: Reading) -> None:
    st.header("The blast share, read by two classifications")
    rows = [
        [f"<b>{escape(c.system)}</b>", *(escape(words.unbroken(said)) for said in (c.reading, c.certainty, c.note))]
        for c in reading.criteria
    ]
    notices.html(cards.boxed(cards.table(["Classification", "Range", "Certainty", "Read with"], rows, "words")))


def _differential(reading: Reading, vocabulary: Vocabulary) -> None:
    st.header("Differential")
    bars = differential.bars(reading, vocabulary)
    with st.container(key="wrap-differential"):
        listed, drawn = st.columns([1, 1], gap="medium")
    rows = [
        [f'<i class="hb-swatch" style="background:{escape(b.colour)}"></i>{escape(b.name)}', str(b.count),
         b.share_text, b.range_text]
        for b in bars
    ]  # fmt: skip
    outside = [
        [f'<i class="hb-swatch" style="background:{escape(vocabulary[code].colour)}"></i>'
         f"{escape(vocabulary[code].name.capitalize())}", str(count), "not counted", ""]
        for code, count in reading.uncounted
    ]  # fmt: skip
    listed.html(
        f'<div class="hb hb-card">{cards.table(["Class", "Cells", "Share", "95 % interval"], [*rows, *outside])}</div>'
    )
    if any(bar.share is not None for bar in bars):
        with drawn.container(border=True, key="box-differential"):
            st.plotly_chart(screen.differential(bars), config=screen.CONFIG, key="differential")


def _small_print(reading: Reading | LabelFreeReading) -> None:
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


def _downloads(row: CaseRow, seen: Seen, reading: Reading | LabelFreeReading) -> None:
    st.header("Take away")
    reviews = resources.store().reviews(row.id)

    def document() -> dict:
        return case_json.document(row.info, seen, reading, row.id, reviews=reviews)

    with st.container(horizontal=True):
        st.download_button(
            "case.json", lambda: case_json.text(document()), f"{row.id}.json", "application/json", on_click="ignore"
        )
        st.download_button(
            "cells.csv", lambda: cells_csv.text(document()), f"{row.id}-cells.csv", "text/csv", on_click="ignore"
        )
        if st.button("Analyse again"):
            jobs.start_run(resources.store(), row.id, actor=resources.actor())
            st.rerun()


case()
