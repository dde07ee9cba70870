"""The audit trail on the screen: filters, pages from its end, the check of the whole, and the export."""

from __future__ import annotations

import datetime as dt
import time
from html import escape

import streamlit as st

from core.charts import trail_words
from core.charts.words import size
from core.doors.laboratory import Event, Wanted
from core.errors import Conflict, TrailBroken
from core.exchange import trail_csv
from core.people import Right, allowed, role_of
from pages.components import cards, notices, resources, state, who

PAGE = 50


def verification() -> None:
    """The head to copy down, and whether everything is as it was written."""
    store = resources.store()
    number, newest = store.trail_head()
    with st.container(border=True, key="box-trail-head"):
        told, do = st.columns([4, 1], vertical_alignment="center")
        told.html(
            f'<div class="hb"><b>{number:,} events</b><div class="hb-sub">The newest hash, to be kept elsewhere: with '
            "it, even a trail cut short or made wholly anew is found.</div></div>"
        )
        st.code(f"{number} {newest}", language=None, wrap_lines=True)
        if do.button("Verify", type="primary", width="stretch"):
            state.put(state.TRAIL_CHECKED, _verified())
        found = state.get(state.TRAIL_CHECKED, None)
        if found:
            notices.say(*found)
        with st.expander("Check against a head written down earlier"):
            _against()


def _verified(known: tuple[int, str] | None = None) -> tuple[str, str, str]:
    started = time.monotonic()
    try:
        with st.spinner("Every event is checked against the one before…"):
            number = resources.store().verify_trail(known)
    except TrailBroken as broken:
        return "urgent", f"{broken.found}. Expected {broken.expected}. {broken.do}", "The trail does not verify"
    took = time.monotonic() - started
    against = f", and event {known[0]:,} is the one written down" if known else ""
    now = dt.datetime.now(dt.UTC)
    text = (
        f"{number:,} events, each as it was written{against}. Checked at {now:%Y-%m-%d %H:%M:%S} UTC in {took:.1f} s."
    )
    return "good", text, "In order"


def _against() -> None:
    with st.form("trail-known", border=False):
        words = st.text_input("Number and hash", placeholder="1234 9f2c…").split()
        if st.form_submit_button("Verify against it"):
            if len(words) != 2 or not words[0].isdecimal():
                notices.say("warning", "Enter the number and the hash, as they were copied.", "Not possible")
                return
            notices.say(*_verified((int(words[0]), words[1])))


def listing() -> None:
    wanted = _filters()
    history = resources.store().laboratory.history
    total = history.count(wanted)
    if not total:
        words = ("No event matches.", "Clear a filter to see more.") if wanted != Wanted() else ("No event yet.", "")
        notices.html(f'<div class="hb-empty"><b>{words[0]}</b>{words[1]}</div>')
        return
    starts = _starts(wanted)
    events = history.page(wanted, before=starts[-1], limit=PAGE)
    notices.html(_table(events))
    _turn(total, len(starts), events)
    _export(wanted, total)


def _filters() -> Wanted:
    actors, actions = resources.store().laboratory.history.words()
    with st.container(key="trail-filters"):
        case, actor, action, since, until = st.columns([1.5, 1.3, 1.3, 1, 1])
    first = since.date_input("From (UTC)", None, key=state.TRAIL_SINCE)
    last = until.date_input("To (UTC)", None, key=state.TRAIL_UNTIL)
    return Wanted(
        case=case.text_input("Case", key=state.TRAIL_CASE, placeholder="its id").strip(),
        actor=actor.selectbox("Who", ["", *actors], key=state.TRAIL_ACTOR, format_func=lambda a: a or "anybody"),
        action=action.selectbox(
            "What",
            ["", *actions],
            key=state.TRAIL_ACTION,
            format_func=lambda a: trail_words.action(a) if a else "anything",
        ),
        since=_start_of(first) if first else None,
        until=_start_of(last) + dt.timedelta(days=1) if last else None,
    )


def _start_of(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(), dt.UTC)


def _starts(wanted: Wanted) -> list[int | None]:
    """Where each page up to this one starts; another filter starts anew."""
    held = state.get(state.TRAIL_PAGES, (wanted, [None]))
    if held[0] != wanted:
        held = (wanted, [None])
        state.put(state.TRAIL_PAGES, held)
    starts: list[int | None] = held[1]
    return starts


def _table(events: list[Event]) -> str:
    rows = [
        (
            str(event.number),
            f"{event.at:%Y-%m-%d %H:%M:%S}",
            escape(event.actor),
            escape(trail_words.action(event.action)),
            f"{escape(event.case)}<div class='hb-digest'>{escape(trail_words.detail(event.detail))}</div>",
            f'<span class="hb-digest" title="{escape(event.hash)}">{escape(event.hash[:10])}</span>',
        )
        for event in events
    ]
    return cards.boxed(
        cards.table(("No.", "When (UTC)", "Who", "What", "Case and detail", "Hash"), rows, "words trail")
    )


def _turn(total: int, page: int, events: list[Event]) -> None:
    pages = -(-total // PAGE)
    told, newer, older = st.columns([3, 1, 1], vertical_alignment="center")
    told.html(f'<div class="hb hb-sub">{size(total, "event")} · page {page:,} of {pages:,}</div>')
    wanted, starts = state.get(state.TRAIL_PAGES, (Wanted(), [None]))
    if newer.button("Newer", disabled=page == 1, width="stretch"):
        state.put(state.TRAIL_PAGES, (wanted, starts[:-1]))
        st.rerun()
    if older.button("Older", disabled=page >= pages, width="stretch"):
        state.put(state.TRAIL_PAGES, (wanted, [*starts, events[-1].number]))
        st.rerun()


def _export(wanted: Wanted, total: int) -> None:
    person = who.user()

    def content() -> str:
        """Made when somebody clicks, outside of any page: the role is looked up where it is kept."""
        if person and not allowed(role_of(resources.store().people.one(person.subject)), Right.ADMINISTER):
            raise Conflict("an administrator", "a role that may not export the trail", "Ask an administrator.")
        return trail_csv.text(resources.store().laboratory.history.all(wanted))

    name = f"trail-{dt.datetime.now(dt.UTC):%Y%m%d-%H%M}.csv"
    st.download_button(
        f"Export {size(total, 'event')} as CSV", content, file_name=name, mime="text/csv", on_click="ignore"
    )
