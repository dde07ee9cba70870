"""A test while it goes on: its progress, looked at by itself, and a way to stop it."""

from __future__ import annotations

import streamlit as st

from core.people import Right
from pages.components import cards, notices, who
from pages.components.robustness_runs import Job

LOOK_EVERY = 1.5  # seconds: each look takes a moment from the test itself
STEPS = {
    "waiting": "Waiting for another test to end",
    "starting": "Loading the network",
    "cut": "Cutting out cells, field {done} of {total}",
    "surroundings": "Naming cells among other surroundings: {done} of {total}",
    "curves": "Naming changed cells: {done} of {total}",
}
LASTS = "It goes on when this page is closed. Come back at any time."


def watched(job: Job) -> None:
    """Until it has ended; then the whole page is drawn again."""
    st.fragment(_watch, run_every=LOOK_EVERY)(job)


def _watch(job: Job) -> None:
    if job.ended:
        st.rerun()
    with st.container(border=True, key=f"box-robustness-{job.kind}"):
        said = STEPS.get(job.step, job.step).format(done=job.done, total=job.total)
        text = "Stopping after the cells at hand" if job.cancelled else said
        fraction = job.done / job.total if job.total else 0.0
        notices.html(
            f'<div class="hb-case">The test is running</div>{cards.bar(fraction, text)}<p class="hb-sub">{LASTS}</p>'
        )
        no = who.refusal(Right.REVIEW)
        if (
            st.button("Cancel the test", key=f"cancel-{job.kind}-{job.case}", disabled=bool(no), help=no or None)
            and not no
        ):
            job.cancel.set()


def ended(job: Job | None) -> None:
    """What became of the last one, if it did not end as it should."""
    if job is None or job.active:
        return
    if job.problem:
        notices.say("warning", job.problem, "Not possible")
    elif job.cancelled:
        notices.say("note", "It was cancelled; nothing of it was kept.", "Cancelled")
