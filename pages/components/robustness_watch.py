"""A test while it goes on, whoever asked for it: its progress, looked at by itself, and a way to stop it."""

from __future__ import annotations

from collections.abc import Callable
from html import escape

import streamlit as st

from core.errors import HemaboardError
from core.jobs import robustness as tests_of_cases
from core.jobs import runs as jobs
from core.people import Right
from core.robustness.curves import AskedCurves
from core.robustness.records import Asked
from core.robustness.requests import Job, JobState, Kind, said
from pages.components import cards, notices, resources, who

LOOK_EVERY = 1.5  # seconds: each look takes a moment from the test itself
STEPS = {
    "": "Waiting for another test to end",
    "starting": "Loading the network",
    "cut": "Cutting out cells, field {done} of {total}",
    "surroundings": "Naming cells among other surroundings: {done} of {total}",
    "curves": "Naming changed cells: {done} of {total}",
}
LASTS = "It goes on when this page is closed. Come back at any time."


def goes_on(case_id: str, kind: Kind) -> bool:
    """Whether a test of the case is under way; one of this kind is watched here, of the other it is told."""
    job = resources.store().robustness_jobs.last(case_id)
    if job is None or not job.active:
        ended(resources.store().robustness_jobs.last(case_id, kind))
        return False
    if job.kind is kind:
        st.fragment(_watch, run_every=LOOK_EVERY)(job.id)
    else:
        notices.say("note", f"{_asked(job)} One test of a case goes on at a time.", "Another test goes on")
    return True


def ask(case_id: str, asked: Asked | AskedCurves) -> None:
    """Queued, and the page drawn anew; who comes second is told what goes on."""
    _tried(lambda: tests_of_cases.ask(resources.store(), case_id, asked, actor=who.actor()))


def _watch(job_id: str) -> None:
    try:
        job = resources.store().robustness_jobs.one(job_id)
    except HemaboardError as error:
        notices.error(error)
        return
    if not job.active:
        st.rerun()
    with st.container(border=True, key=f"box-robustness-{job.kind}"):
        text = STEPS.get(job.step, job.step).format(done=job.done, total=job.total)
        bar = cards.bar(job.done / job.total if job.total else 0.0, text)
        notices.html(
            f'<div class="hb-case">The test is running</div>{bar}<p class="hb-sub">{escape(_asked(job))} {LASTS}</p>'
            + _nobody(job)
        )
        no = who.refusal(Right.REVIEW)
        if st.button("Cancel the test", key=f"cancel-{job.id}", disabled=bool(no), help=no or None):
            _tried(lambda: tests_of_cases.cancel(resources.store(), job.id, actor=who.actor()))


def ended(job: Job | None) -> None:
    """What became of the last one, if it did not end as it should."""
    if job is None or job.finished is None:
        return
    if job.state is JobState.FAILED:
        notices.say("warning", job.message, f"Not possible, {job.finished:%Y-%m-%d %H:%M} UTC")
    elif job.state is JobState.CANCELLED:
        when = f"{job.finished:%Y-%m-%d %H:%M} UTC"
        notices.say("note", f"It was {job.message or 'cancelled'}, {when}; nothing of it was kept.", "Cancelled")


def _asked(job: Job) -> str:
    return f"A test of {said(job.asked)}, asked for by {job.actor} at {job.started:%H:%M} UTC."


def _nobody(job: Job) -> str:
    if job.state is not JobState.QUEUED or jobs.someone_works():
        return ""
    return notices.notice("warning", "Nobody takes it up. Start a worker: python -m core worker", "No worker")


def _tried(act: Callable[[], object]) -> None:
    try:
        who.check(Right.REVIEW)
        act()
    except HemaboardError as error:
        notices.error(error)
    else:
        st.rerun()
