"""Editing a summary: a line a sentence. What is kept is another version; numbers typed by hand are marked as such."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from core.doors.words import Kind, Version
from core.errors import BadInput, HemaboardError
from core.people import Right
from core.writers import edited
from core.writers.held import Held
from pages.components import notices, resources, state, summary_words, who

LINE = 90  # letters that fit into one line of the editor, roughly
TALL = 20  # pixels of a line


def panel(case_id: str, found: Held, versions: list[Version]) -> None:
    refused = who.refusal(Right.REVIEW)
    notices.html(
        '<p class="hb-sub">One sentence a line. Alerts cannot be changed. A number that you type is marked as yours, '
        "here and on paper.</p>"
    )
    with st.form(f"summary-edit-{case_id}", border=False):
        for heading, part in summary_words.PARTS:
            lines = [one.text for one in getattr(found.summary, part)]
            tall = 2 + sum(1 + len(line) // LINE for line in lines)
            st.text_area(
                heading, "\n".join(lines), key=_key(case_id, part, found), disabled=bool(refused),
                height=min(max(tall * TALL, 80), 400),
            )  # fmt: skip
        doubt = st.session_state.get(f"{state.SUMMARY_SURE}.{case_id}", "")
        if doubt:
            notices.say("warning", f"The text holds {doubt}. Take it out, or confirm that it identifies nobody.")
            st.checkbox("It identifies nobody", key=f"{state.SUMMARY_SURE}.{case_id}.yes")
        st.form_submit_button(
            "Keep as a new version", type="primary", disabled=bool(refused), help=refused or None,
            on_click=_keep, args=(case_id, found, versions),
        )  # fmt: skip


def _key(case_id: str, part: str, found: Held) -> str:
    """Another version is another text: what somebody began to type over an old one is not carried onto it."""
    which = found.version.number if found.version else found.summary.content[:12]
    return f"{state.SUMMARY_LINES}.{case_id}.{part}.{which}"


def _keep(case_id: str, found: Held, versions: list[Version]) -> None:
    words = resources.store().words
    lines = {
        part: str(st.session_state.get(_key(case_id, part, found), "")).splitlines()
        for _, part in summary_words.PARTS
    }  # fmt: skip
    doubt = f"{state.SUMMARY_SURE}.{case_id}"
    try:
        who.check(Right.REVIEW)
        text = edited.edited(found.summary, lines, found.asked, [one.summary for one in versions])
        if not edited.changes(found.summary, text).any:
            raise BadInput("another text", "the same one", "Change a line first, or close the editor.")
        sure, kept = bool(st.session_state.get(f"{doubt}.yes", False)), found.version
        base = None if kept else replace(found.summary, note="")  # so that the edit can be told from it
        words.add(
            case_id, text, Kind.EDITED, actor=who.actor(), parent=kept.number if kept else None, confirmed=sure,
            after=len(versions), base=base,
        )  # fmt: skip
    except BadInput as problem:
        if "identifies nobody" in problem.expected:
            state.put(doubt, problem.found)
        else:
            state.put(f"{state.SUMMARY_PROBLEM}.{case_id}", problem)
    except HemaboardError as problem:
        state.put(f"{state.SUMMARY_PROBLEM}.{case_id}", problem)
    else:
        state.forget(doubt)
        state.forget(f"{doubt}.yes")
        state.put(f"{state.SUMMARY_PART}.{case_id}", None)
        state.put(state.SUMMARY_CHANGED, True)
