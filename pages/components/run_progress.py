"""A run while it goes on: looked at by itself, so that the rest of the page is left alone."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from core.charts import progress
from core.errors import HemaboardError
from core.jobs import runs as jobs
from core.people import Right
from core.protocols import RunRow, RunState
from pages.components import cards, notices, resources, who

LOOK_EVERY = 0.8  # seconds
ACTIVE = progress.ACTIVE


def watched(run: RunRow, below: Callable[[RunRow], None] | None = None) -> None:
    """Progress with cancel and resume; `below` is drawn anew with it. When it has ended the whole page is."""
    every = LOOK_EVERY if run.state in ACTIVE else None
    st.fragment(_watch, run_every=every)(run.id, run.state, below)


def _watch(run_id: str, drawn_as: RunState, below: Callable[[RunRow], None] | None = None) -> None:
    run = jobs.progress(resources.store(), run_id)
    if run.state is not drawn_as and run.state not in progress.ACTIVE:
        st.rerun()
    with st.container(border=True, key="box-run"):
        notices.html(_drawn(run))  # in one piece, so that the card is never seen half drawn
        no = who.refusal(Right.UPLOAD)
        closed = {"disabled": bool(no), "help": no or None}
        if run.state in progress.ACTIVE:
            if st.button("Cancel analysis", key=f"cancel-{run_id}", **closed):
                _tried(lambda: jobs.cancel_run(resources.store(), run_id, actor=who.actor()))
        elif run.state is RunState.CANCELLED and st.button("Go on where it stopped", key=f"resume-{run_id}", **closed):
            _tried(lambda: jobs.resume_run(resources.store(), run_id, actor=who.actor()))
        elif run.state is RunState.FAILED and st.button("Start again", key=f"again-{run_id}", **closed):
            _tried(lambda: jobs.start_run(resources.store(), run.case, actor=who.actor()))
    if below is not None:
        below(run)


def _drawn(run: RunRow) -> str:
    shown = progress.of(run, resources.settings().fields_per_step)
    drawn = f'<div class="hb-case">Analysis {progress.STATES[run.state]}</div>{cards.bar(shown.fraction, shown.text)}'
    if run.message:
        drawn += notices.notice("urgent" if run.state is RunState.FAILED else "warning", run.message, "Message")
    if run.state is RunState.QUEUED and not jobs.someone_works():
        words = "Nobody takes it up. Start a worker: python -m core worker"
        drawn += notices.notice("warning", words, "No worker")
    if shown.active:
        drawn += '<p class="hb-sub">The analysis goes on when this page is closed. Come back at any time.</p>'
    return drawn


def _tried(act: Callable[[], object]) -> None:
    try:
        who.check(Right.UPLOAD)
        act()
    except HemaboardError as error:
        notices.error(error)
    else:
        st.rerun()
