"""What must be said, and the one way each is said."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

import streamlit as st

from core.errors import HemaboardError
from core.readings import Alert, LabelFreeReading, Reading
from core.records import CaseInfo, Domain, ModelStamp

RESEARCH_USE = "For Research Use Only. Not for use in diagnostic procedures."
SYNTHETIC = "Its pictures were drawn by a program and belong to no patient. Nothing here is a finding."
WORDS = {"urgent": "Urgent", "warning": "Take care", "note": "Note", "good": "Done"}


def html(body: str) -> None:
    """Our own markup; everything that came from outside must be escaped before."""
    st.html(f'<div class="hb">{body}</div>')


def research_use() -> None:
    html(f'<div class="hb-ruo"><b>{RESEARCH_USE}</b><span>Decision support and teaching.</span></div>')


def notice(level: str, text: str, title: str = "") -> str:
    return (
        f'<div class="hb-notice {escape(level)}" role="{"alert" if level == "urgent" else "note"}">'
        f"<b>{escape(title or WORDS.get(level, level))}</b><span>{escape(text)}</span></div>"
    )


def say(level: str, text: str, title: str = "") -> None:
    html(notice(level, text, title))


def error(problem: HemaboardError) -> None:
    """Expected, found, what to do: the message a person can act on."""
    found = problem.found[:1].upper() + problem.found[1:]
    html(notice("warning", f"{found}. Expected {problem.expected}. {problem.do}", "Not possible"))


def alerts(found: Iterable[Alert], levels: tuple[str, ...]) -> None:
    drawn = [notice(alert.level, alert.text) for alert in found if alert.level in levels]
    if drawn:
        html("".join(drawn))


def standing(info: CaseInfo, reading: Reading | LabelFreeReading | None) -> None:
    """What holds for the whole case: synthetic pictures, models that are not for reading."""
    drawn = []
    if info.domain is Domain.PROCEDURAL:
        drawn.append(notice("warning", SYNTHETIC, "Synthetic case"))
    for said in dict.fromkeys(model.notice for model in (reading.models if reading else ()) if model.notice):
        its = [model for model in (reading.models if reading else ()) if model.notice == said]
        drawn.append(notice("warning", who_did_what(its), said[:1].upper() + said[1:]))
    if drawn:
        html(f'<div class="hb-standing">{"".join(drawn)}</div>')


DID = {"detector": "found", "classifier": "named", "phenotyper": "named"}


def who_did_what(models: Iterable[ModelStamp]) -> str:
    """Cells found by one model, named by another: which of them a notice is about."""
    parts = [f"{DID.get(model.task, 'looked at')} by {model.name}" for model in models]
    return f"Cells {' and '.join(parts)}." if parts else ""


def tag(text: str, kind: str = "") -> str:
    return f'<span class="hb-tag {escape(kind)}">{escape(text)}</span>'
