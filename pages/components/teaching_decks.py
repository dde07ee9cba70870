"""Decks: what a teacher builds from cases, amends and closes."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Callable, Sequence
from html import escape

import streamlit as st

from core.charts import words
from core.doors.teaching import Deck, Item, Origin, Recipe
from core.errors import HemaboardError
from core.people import Right
from core.teaching import deck as decks
from core.teaching import score
from core.vocabulary import Vocabulary
from pages.components import notices, resources, state, teaching_cells, who
from pages.components.teaching_sources import Source

ORIGINS = {
    Origin.SIGNED: "of signed cases",
    Origin.REVIEWED: "reviewed one by one",
    Origin.DRAWN: "drawn by a program",
}
FORBIDDEN = "Building and changing decks needs the right to teach, which your role does not have."


def shown(pool: Sequence[Source], vocabulary: Vocabulary) -> None:
    """Every deck, then the form for a new one."""
    held = [deck for deck in resources.store().teaching.decks() if deck.vocabulary == vocabulary.id]
    if not who.may(Right.TEACH):
        notices.say("note", FORBIDDEN, "Decks")
    for deck in held:
        _one(deck, vocabulary)
    if not held:
        notices.html(
            '<div class="hb-empty"><b>No deck yet.</b>A deck is a choice of cells from your cases, with the labels '
            "they have on the day it is built.</div>"
        )
    if who.may(Right.TEACH):
        _new(pool, vocabulary)


def _one(deck: Deck, vocabulary: Vocabulary) -> None:
    with st.container(border=True, key=f"row-{deck.id}"):
        told, do = st.columns([3.2, 1.2], vertical_alignment="center")
        told.html(f'<div class="hb">{_told(deck, vocabulary)}</div>')
        if not who.may(Right.TEACH):
            return
        with do, st.container(horizontal=True, horizontal_alignment="right", gap="small"):
            with st.popover("Amend", disabled=deck.closed):
                _amend(deck)
            if st.button("Open again" if deck.closed else "Close", key=f"close-{deck.id}"):
                _do(lambda: resources.store().teaching.close_deck(deck.id, closed=not deck.closed, actor=who.actor()))
        with st.expander("Its cells"):
            _cells(deck, vocabulary)
        with st.expander("How learners did"):
            _learners(deck, vocabulary)


def _told(deck: Deck, vocabulary: Vocabulary) -> str:
    tag = notices.tag("closed", "") if deck.closed else ""
    of = ", ".join(f"{vocabulary[code].name} {count}" for code, count in decks.counts(deck.items, vocabulary.codes))
    origins = ", ".join(
        f"{count} {ORIGINS[origin]}"
        for origin in Origin
        if (count := sum(item.origin is origin for item in deck.items))
    )
    note = f'<div class="hb-sub">{escape(deck.note)}</div>' if deck.note else ""
    cases = len({item.case for item in deck.items})
    held = f"{words.size(len(deck.items), 'cell')} of {words.size(cases, 'case')}"
    built = f"{held}, built {deck.created:%Y-%m-%d} by {deck.by}"
    return (
        f'<div class="hb-tags"><span class="hb-case">{escape(deck.name)}</span>{tag}</div>{note}'
        f'<div class="hb-sub">{escape(built)}; labels {escape(origins or "none left")}</div>'
        f'<div class="hb-sub">{escape(of)}</div>'
    )


def _learners(deck: Deck, vocabulary: Vocabulary) -> None:
    """Everybody together: no learner is named, since a score here proves nothing of anybody."""
    found = score.taught(resources.store().teaching.deck_answers(deck.id))
    if not found.share.asked:
        notices.html('<p class="hb-sub">Nobody has answered in this deck yet.</p>')
        return
    spread = words.percent_range(found.share.interval, 0)
    told = (
        f"{words.size(found.learners, 'learner')}, {words.size(found.share.asked, 'answer')} at first sight: "
        f"{words.percent(found.share.ratio, 0)} right ({spread}, cells and learners taken as independent)."
    )
    notices.html(f'<p class="hb-sub">{escape(told)}</p>')
    items = {item.id: item for item in deck.items}
    hard = [(items[id], share) for id, share in found.hardest if id in items]
    teaching_cells.strip(
        (item, vocabulary[item.label].colour, f"{vocabulary[item.label].name}: {share.right} of {share.asked} right")
        for item, share in hard
    )


def _amend(deck: Deck) -> None:
    name = st.text_input("Name", deck.name, max_chars=decks.LONGEST_NAME, key=f"name-{deck.id}")
    note = st.text_area("Note", deck.note, max_chars=decks.LONGEST_NOTE, key=f"note-{deck.id}")
    if st.button("Keep", type="primary", key=f"keep-{deck.id}"):
        _do(lambda: _amended(deck, name, note))


def _amended(deck: Deck, name: str, note: str, without: Sequence[Item] = ()) -> None:
    name, note = decks.checked(name, note)
    resources.store().teaching.amend_deck(deck.id, name, note, without=without, actor=who.actor())


def _cells(deck: Deck, vocabulary: Vocabulary) -> None:
    """Every cell with its label; chosen ones can be taken out."""
    teaching_cells.strip(
        (item, vocabulary[item.label].colour, f"{number}. {vocabulary[item.label].name}")
        for number, item in enumerate(deck.items, 1)
    )
    chosen = st.multiselect(
        "Take out", list(range(len(deck.items))), key=f"out-{deck.id}", placeholder="Numbers of cells",
        format_func=lambda place: f"{place + 1}. {vocabulary[deck.items[place].label].name}",
    )  # fmt: skip
    if st.button(f"Take out {words.size(len(chosen), 'cell')}", key=f"take-{deck.id}", disabled=not chosen):
        _do(lambda: _amended(deck, deck.name, deck.note, [deck.items[place] for place in chosen]))


def _new(pool: Sequence[Source], vocabulary: Vocabulary) -> None:
    st.header("A new deck")
    if not pool:
        told = "Review cells of a case first, or wait until a demo case is analysed: only known labels can be asked."
        notices.say("note", told, "No cell to take")
        return
    names = {source.row.id: f"{source.row.info.pseudonym} ({words.size(len(source.items), 'cell')})" for source in pool}
    cases = st.multiselect("Cases", list(names), format_func=names.get, key="deck.cases", placeholder="Choose cases")
    if not cases:
        notices.html('<p class="hb-sub">Choose one or more cases; then which of their cells.</p>')
        return
    known = [item for source in pool if source.row.id in cases for item in source.items]
    fitting = _with_labels(known)
    counted = dict(decks.counts(fitting, vocabulary.codes))
    classes = st.multiselect(
        "Classes", list(counted), default=list(counted), key=f"deck.classes.{'-'.join(counted)}",
        format_func=lambda code: f"{vocabulary[code].name} ({counted[code]})",
    )  # fmt: skip
    named, sized = st.columns([2, 1])
    name = named.text_input("Name", max_chars=decks.LONGEST_NAME, key="deck.name")
    number = sized.number_input("Cells at most", 1, decks.MOST, 20, key="deck.number")
    note = st.text_area("Note for the learners", max_chars=decks.LONGEST_NOTE, key="deck.note", height=80)
    most = sum(counted[code] for code in classes)
    said = f"{words.size(most, 'cell fits', 'cells fit')} the choice; classes are taken as evenly as they allow."
    notices.html(f'<p class="hb-sub">{escape(said)}</p>')
    if st.button("Build the deck", type="primary", disabled=not (most and name.strip())):
        origins = tuple(dict.fromkeys(item.origin for item in fitting))
        recipe = Recipe(tuple(cases), tuple(classes), origins, int(number), secrets.randbelow(2**31))
        _do(lambda: _build(fitting, recipe, name, note, vocabulary))


def _with_labels(known: Sequence[Item]) -> list[Item]:
    """Those whose label comes from whom the teacher chooses."""
    there = [origin for origin in Origin if any(item.origin is origin for item in known)]
    origins = st.pills(
        "Labels", there, default=there, selection_mode="multi", format_func=ORIGINS.get,
        key=f"deck.origins.{'-'.join(there)}",
    )  # fmt: skip
    return [item for item in known if item.origin in origins]


def _build(items: Sequence[Item], recipe: Recipe, name: str, note: str, vocabulary: Vocabulary) -> None:
    now = dt.datetime.now(dt.UTC)
    deck = decks.built(items, recipe, name=name, note=note, by=who.actor(), vocabulary=vocabulary.id, now=now)
    resources.store().teaching.add_deck(deck, actor=who.actor())
    for key in ("deck.name", "deck.note", "deck.cases"):
        state.forget(key)
    state.flash(f"“{deck.name}” was built: {words.size(len(deck.items), 'cell')}.")


def _do(deed: Callable[[], None]) -> None:
    """Only who may teach changes a deck, whatever the screen shows."""
    if not who.may(Right.TEACH):
        notices.say("warning", FORBIDDEN, "Not possible")
        return
    try:
        deed()
    except HemaboardError as error:
        notices.error(error)
        return
    st.rerun()
