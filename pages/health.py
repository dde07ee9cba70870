"""What works here and what does not. Looked at anew each time the page is opened."""

from __future__ import annotations

import datetime as dt
from html import escape

import streamlit as st

from core import health, tools
from core.errors import HemaboardError
from core.health import Check, Health, State
from core.people import Right
from core.records import Engine, ModelCard
from pages.components import notices, resources, who

WORDS = {
    State.GOOD: "good",
    State.WARNING: "take care",
    State.BAD: "does not work",
    State.UNKNOWN: "not known here",
}
OVERALL = {
    State.GOOD: ("good", "Everything that Hemaboard needs works.", "In order"),
    State.WARNING: ("warning", "It works; something below needs a look.", "Take care"),
    State.BAD: ("urgent", "Something that is needed does not work: see below what to do.", "Not in order"),
}
KINDS = {State.GOOD: "done", State.WARNING: "synthetic", State.BAD: "failed", State.UNKNOWN: ""}


def page() -> None:
    title, again = st.columns([4, 1], vertical_alignment="bottom")
    title.title("Health")
    who.need(Right.VIEW)
    again.button("Look again", width="stretch")
    with st.spinner("Looking…"):
        now = dt.datetime.now(dt.UTC)
        cards = _cards()
        found = health.of(resources.store(), resources.settings(), cards, _device(), now, _engines(cards))
    level, text, name = OVERALL[found.state]
    notices.say(level, text, name)
    notices.html(_table(found))
    notices.html(
        f'<p class="hb-sub">Hemaboard {escape(found.version)}, looked at {found.at:%Y-%m-%d %H:%M:%S} UTC. '
        "The same for programs: <code>python -m core health --json</code>.</p>"
    )


def _table(found: Health) -> str:
    return f'<div class="hb-files">{"".join(_row(check) for check in found.checks)}</div>'


def _row(check: Check) -> str:
    return (
        f'<div class="hb-check"><span class="name">{escape(check.name)}</span>'
        f"<span>{notices.tag(WORDS[check.state], KINDS[check.state])}</span>"
        f'<span class="value">{escape(check.value)}<span class="said">{escape(check.said)}</span></span></div>'
    )


def _cards() -> tuple[ModelCard, ...] | HemaboardError:
    try:
        return tools.cards(settings=resources.settings())
    except HemaboardError as problem:
        return problem


def _device() -> str | HemaboardError:
    try:
        return tools.device_of(resources.settings())
    except HemaboardError as problem:
        return problem


def _engines(cards: tuple[ModelCard, ...] | HemaboardError) -> tuple[Engine, ...] | HemaboardError:
    if isinstance(cards, HemaboardError):
        return cards
    try:
        return tools.engines_told(resources.settings(), cards)
    except HemaboardError as problem:
        return problem


page()
