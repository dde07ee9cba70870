"""Every version of a summary: who wrote what, what a language model was sent and answered, what was refused."""

from __future__ import annotations

import streamlit as st

from core.doors.words import Exchange, Kind, Version, standing
from core.errors import HemaboardError
from core.people import Right
from core.summaries import content
from core.writers.held import Held
from pages.components import notices, resources, state, summary_words, who


def panel(case_id: str, found: Held, versions: list[Version]) -> None:
    stands = standing(versions)
    notices.html(summary_words.versions(versions, stands, found.outdated))
    by_number = {one.number: one for one in reversed(versions)}
    chosen = st.selectbox(
        "Look at", list(by_number), format_func=lambda number: f"Version {number}: {_how(by_number[number])}",
        key=f"{state.SUMMARY_VERSION}.{case_id}",
    )  # fmt: skip
    version = by_number[chosen]
    notices.html(summary_words.head(version.summary, version) + summary_words.body(version.summary))
    _again(case_id, found, version, stands, len(versions))
    if version.summary.rejected:
        notices.html("<h4>Refused, and told to nobody</h4>" + summary_words.refused(version.summary))
    for number, exchange in enumerate(resources.store().words.exchanges(case_id, version.number), start=1):
        _exchange(case_id, version.number, number, exchange)


def _how(version: Version) -> str:
    return f"{summary_words.KINDS[version.kind]}, {version.actor}"


def _again(case_id: str, found: Held, version: Version, stands: Version | None, count: int) -> None:
    """An earlier version may stand again, as long as it is about the case as it is."""
    if stands is not None and version.number == stands.number:
        return
    refused = who.refusal(Right.REVIEW)
    if version.summary.content != content(found.asked.facts):
        refused = "It was written from other facts: the case has changed since."
    st.button(
        "Take this version up again", key=f"summary-again-{case_id}", disabled=bool(refused), help=refused or None,
        on_click=_take_up, args=(case_id, version, count),
    )  # fmt: skip


def _take_up(case_id: str, version: Version, count: int) -> None:
    try:
        who.check(Right.REVIEW)
        resources.store().words.add(
            case_id, version.summary, Kind.CHOSEN, actor=who.actor(), parent=version.number, after=count
        )
    except HemaboardError as problem:
        state.put(f"{state.SUMMARY_PROBLEM}.{case_id}", problem)
    else:
        state.put(f"{state.SUMMARY_PART}.{case_id}", None)
        state.put(state.SUMMARY_CHANGED, True)


def _exchange(case_id: str, version: int, number: int, exchange: Exchange) -> None:
    with st.expander(f"Asked the language model, {number}: {summary_words.size(exchange)}"):
        sent, received = st.tabs(["Sent", "Received"])
        for tab, what, told in ((sent, "sent", exchange.sent), (received, "received", exchange.received)):
            with tab, st.container(height=220):
                st.code(told.decode("utf-8", "replace") or "nothing", language=None, wrap_lines=True)
            tab.download_button(
                "Save these bytes", told, f"{case_id}-{version}-{number}-{what}.txt", "text/plain",
                key=f"summary-{what}-{case_id}-{version}-{number}", on_click="ignore", disabled=not told,
            )  # fmt: skip
