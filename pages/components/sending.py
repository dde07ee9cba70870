"""An administrator's switch: may de-identified figures go to a language model on another machine?

The setting `send_remote` is the ceiling, this switch the leave below it: nothing goes before both say yes. The leave is
for the one machine that is named when it is given, and lies in the audit trail alone.
"""

from __future__ import annotations

from html import escape

import streamlit as st

from core.errors import HemaboardError
from core.people import Right
from core.settings import Settings
from pages.components import notices, resources, state, who

SENT = (
    "De-identified figures of a case, cited statements and rules; no pseudonym, note, centre, date, file name or id. "
    "Whoever writes may look at the exact bytes before they go, and they are kept with the case."
)


def switch() -> None:
    st.header("Summaries by a language model")
    problem = st.session_state.pop(state.SENDING_PROBLEM, None)
    if problem is not None:
        notices.error(problem)
    settings = resources.settings()
    if not settings.language_model_url:
        notices.say(
            "note", "None is set up: the template writes every summary. docs/language-model.md says how.", "None"
        )
        return
    try:
        host = _remote(settings)
    except HemaboardError as error:
        notices.error(error)
        return
    rows = [("Model", settings.language_model), ("Address", settings.language_model_url), ("Sent", SENT)]
    drawn = "".join(f"<dt>{name}</dt><dd>{escape(value)}</dd>" for name, value in rows)
    notices.html(f'<dl class="hb-dl">{drawn}</dl>')
    if not host:
        notices.say("good", "It runs on this machine: nothing leaves the server, and no leave is needed.", "Here")
        return
    _leave(settings, host)


def _leave(settings: Settings, host: str) -> None:
    allowed = resources.store().words.allowed_host()
    st.toggle(
        f"Send to {host}", allowed == host and settings.send_remote, key=f"sending.{host}.{allowed}",
        disabled=not settings.send_remote, on_change=_turn, args=("" if allowed == host else host,),
    )  # fmt: skip
    if not settings.send_remote:
        said = "The setting send_remote is false: whoever runs this server must set it to true first."
        notices.say("note", said, "Not open here")
    elif allowed == host:
        notices.say(
            "warning", f"Summaries may be written by {host}. Every turn of this switch is in the audit trail.", "On"
        )
    else:
        more = f" The leave that was given is for {allowed}." if allowed else ""
        notices.say("note", f"Nothing is sent: the template writes every summary.{more}", "Off")


def _remote(settings: Settings) -> str:
    from core.writers import assembly  # takes seconds, and only a site with a language model needs it

    return assembly.remote_host(settings)


def _turn(host: str) -> None:
    try:
        who.check(Right.ADMINISTER)
        resources.store().words.allow_host(host, actor=who.actor())
    except HemaboardError as problem:
        state.put(state.SENDING_PROBLEM, problem)
