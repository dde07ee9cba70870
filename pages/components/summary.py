"""The summary of a case: what is told, and for who may, writing it anew, editing it, its versions.

Mount it by `card(case_id)`, last on a page (into a container made earlier, where it should stand higher): while a
language model writes, the card waits, and what comes after it would wait too. Other sessions wait for nothing.
"""

from __future__ import annotations

import streamlit as st

from core.doors.words import Kind, Version
from core.errors import HemaboardError
from core.people import Right
from core.protocols import Store
from core.records import Modality
from core.writers import held
from core.writers.held import Held
from pages.components import (
    notices,
    resources,
    state,
    summary_edit,
    summary_versions,
    summary_words,
    summary_write,
    summary_writing,
    who,
)
from pages.components.summary_writing import Writing

LOOK_EVERY = 0.2  # seconds
HEADING = '<h2 class="hb-part">Summary</h2>'
WRITE, EDIT, VERSIONS = "Write anew", "Edit", "Versions"


def card(case_id: str) -> None:
    """Nothing, as long as no analysis of the case has finished."""
    writing = summary_writing.of(case_id)
    if writing is not None and not writing.over:
        _waited(writing, case_id)
    else:
        _idle(case_id)


def _waited(writing: Writing, case_id: str) -> None:
    """Until it is over. No fragment: a click in one would have to wait for the end of this very run, so that nobody
    could cancel; a click outside ends the run, and the page that it draws begins another."""
    with st.container(border=True, key="box-summary"):
        notices.html(HEADING)
        shown = st.empty()
        no = who.refusal(Right.REVIEW)
        st.button(
            "Cancel", key=f"summary-cancel-{case_id}", on_click=_cancel, args=(writing,), help=no or None,
            disabled=writing.cancelling or bool(no),
        )  # fmt: skip
        while not writing.over:
            shown.html(f'<div class="hb">{summary_words.under_way(writing)}</div>')
            writing.wait(LOOK_EVERY)
    st.rerun()


def _cancel(writing: Writing) -> None:
    if who.may(Right.REVIEW):
        writing.cancel()


@st.fragment
def _idle(case_id: str) -> None:
    """A click here draws the card alone, until a version was kept: banners of the page speak of the summary too."""
    writing = summary_writing.of(case_id)
    if st.session_state.pop(state.SUMMARY_CHANGED, False) or (writing is not None and not writing.over):
        st.rerun()
    store = resources.store()
    done = store.desk.runs(case_id)
    if not done:
        return
    with st.container(border=True, key="box-summary"):
        notices.html(HEADING)
        try:
            found, versions = _held(store, case_id, done[0])
        except HemaboardError as error:
            notices.error(error)
            return
        _told(found, versions, writing, case_id)
        _panels(case_id, found, versions)


def _held(store: Store, case_id: str, run: str) -> tuple[Held, list[Version]]:
    row = store.case(case_id)
    reading = (resources.label_free_reading if row.info.modality is Modality.DPC else resources.reading)(
        case_id, run, row.info
    )
    versions = store.words.versions(case_id)
    return held.now(versions, reading, resources.vocabulary(row.info.vocabulary)), versions


def _told(found: Held, versions: list[Version], writing: Writing | None, case_id: str) -> None:
    problem = st.session_state.pop(f"{state.SUMMARY_PROBLEM}.{case_id}", None)
    for error in (problem, writing.take_problem() if writing else None):
        if error is not None:
            notices.error(error)
    if found.outdated is not None:
        old = found.outdated
        said = (
            f"Version {old.number} by {old.actor} was written from other facts: the case has changed since. The "
            f"template’s words stand here and on paper instead. {held.DO} The old one is under “{VERSIONS}”."
        )
        notices.say("warning", said, "Outdated")
    newest = versions[-1] if versions else None
    if newest is not None and newest.kind is Kind.TRIED:
        stays = " What stood before stays." if found.version not in (None, newest) else ""
        notices.say("warning", f"{newest.summary.note}{stays}", "Last try")
    notices.html(summary_words.head(found.summary, found.version) + summary_words.body(found.summary))
    if found.version is not None and found.version.kind is not Kind.TRIED and found.summary.note:
        notices.html(f'<p class="hb-sub">{summary_words.escape(found.summary.note)}</p>')


def _panels(case_id: str, found: Held, versions: list[Version]) -> None:
    names = [WRITE, EDIT, *([VERSIONS] if versions else [])]
    key = f"{state.SUMMARY_PART}.{case_id}"
    if st.session_state.get(key) not in (None, *names):
        state.forget(key)
    chosen = st.segmented_control("What to do with the summary", names, key=key, label_visibility="collapsed")
    if chosen == WRITE:
        summary_write.panel(case_id, found, len(versions))
    elif chosen == EDIT:
        summary_edit.panel(case_id, found, versions)
    elif chosen == VERSIONS:
        summary_versions.panel(case_id, found, versions)
