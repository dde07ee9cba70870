"""Writing a summary anew: for whom, how long, by whom, and the exact bytes before anything is sent."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace

import streamlit as st

from core.doors.words import Kind
from core.errors import HemaboardError
from core.people import Right
from core.summaries import PERSON, TEMPLATE, Asked
from core.writers import edited
from core.writers.held import Held
from core.writers.template import Template
from pages.components import notices, resources, state, summary_words, summary_writing, who


def panel(case_id: str, found: Held, count: int) -> None:
    """`count`: how many versions whoever looks at it has seen."""
    refused = who.refusal(Right.REVIEW)
    asked, by_model = _wishes(case_id, found)
    stood = found.version
    if stood and any(one.origin == PERSON for part in edited.PARTS for one in getattr(stood.summary, part)):
        said = (
            f"Version {stood.number} holds a person’s words. It stays under “Versions”; the new text takes its place."
        )
        notices.say("note", said, "Edited")
    st.button(
        "Send and write" if by_model else "Write",
        type="primary",
        key=f"summary-write-{case_id}",
        disabled=bool(refused),
        help=refused or None,
        on_click=_write,
        args=(case_id, asked, by_model, count),
    )


def _wishes(case_id: str, found: Held) -> tuple[Asked, bool]:
    """What a writer would be asked, and whether that is the language model."""
    with st.container(horizontal=True, gap="medium"):
        audience = st.segmented_control(
            "For", list(summary_words.AUDIENCES), default=found.summary.audience, required=True,
            format_func=summary_words.AUDIENCES.__getitem__, key=f"summary-audience-{case_id}",
        )  # fmt: skip
        length = st.segmented_control(
            "Length", list(summary_words.LENGTHS), default=found.summary.length, required=True,
            format_func=summary_words.LENGTHS.__getitem__, key=f"summary-length-{case_id}",
        )  # fmt: skip
        asked = replace(found.asked, audience=audience, length=length)
        return asked, _writer(case_id, asked)


def _writer(case_id: str, asked: Asked) -> bool:
    settings, store = resources.settings(), resources.store()
    if not settings.language_model_url:
        return False
    try:
        model = summary_writing.chosen(settings, store.words.allowed_host())
    except HemaboardError as error:
        notices.error(error)
        return False
    if model.writer.name == TEMPLATE:
        notices.say("note", f"{model.why} The template writes.", "Language model")
        return False
    names = {model.writer.name: f"Language model ({model.why.rstrip('.')})", TEMPLATE: "Template"}
    by = st.segmented_control(
        "Written by", list(names), default=model.writer.name, required=True,
        format_func=names.__getitem__, key=f"summary-writer-{case_id}",
    )  # fmt: skip
    if by == TEMPLATE:
        return False
    _bytes(case_id, model.writer.payload(asked), settings.language_model_url)
    return True


def _bytes(case_id: str, payload: bytes, url: str) -> None:
    """What goes over the line when the button is pressed, to the byte, and the same to be read."""
    with st.expander(f"What will be sent: {len(payload)} bytes"):
        digest = hashlib.sha256(payload).hexdigest()
        notices.html(
            f'<p class="hb-sub">POST {summary_words.escape(url.rstrip("/"))}/chat/completions · SHA-256 {digest}. '
            "Facts, statements and rules; nobody’s pseudonym, note or date. Sentences that are refused are sent back "
            "once with the reasons.</p>"
        )
        exact, read = st.tabs(["To the byte", "To be read"])
        with exact, st.container(height=260):
            st.code(payload.decode(), language=None, wrap_lines=True)
        with read, st.container(height=260):
            for message in json.loads(payload)["messages"]:
                st.code(message["content"], language=None, wrap_lines=True)
        st.download_button(
            "Save these bytes", payload, f"{case_id}-request.json", "application/json", key=f"summary-bytes-{case_id}",
            on_click="ignore",
        )  # fmt: skip


def _write(case_id: str, asked: Asked, by_model: bool, count: int) -> None:
    store = resources.store()
    try:
        who.check(Right.REVIEW)
        if by_model:
            summary_writing.start(store, resources.settings(), case_id, asked, who.actor(), count)
        else:
            store.words.add(case_id, Template().write(asked), Kind.WRITTEN, actor=who.actor(), after=count)
            state.put(state.SUMMARY_CHANGED, True)
    except HemaboardError as problem:
        state.put(f"{state.SUMMARY_PROBLEM}.{case_id}", problem)
    else:
        state.put(f"{state.SUMMARY_PART}.{case_id}", None)
