"""Learning to name cells: a quiz on cells whose label somebody answers for, one's own score, and a teacher's decks."""

from __future__ import annotations

import datetime as dt
from html import escape

import streamlit as st

from core.people import Right
from core.records import Modality
from core.teaching import repetition
from core.vocabulary import VOCABULARIES
from pages.components import notices, resources, state, teaching_decks, teaching_score, teaching_sources, who
from pages.components.teaching_quiz import component as quiz

QUIZ, SCORE, DECKS = "Quiz", "Score", "Decks"


def teaching() -> None:
    title, parts = st.columns([1.6, 1], vertical_alignment="bottom")
    title.title("Teaching")
    if not who.may(Right.VIEW):
        notices.say("note", "Your role may not see cells.", "Teaching")
        return
    part = parts.segmented_control(
        "Part", [QUIZ, SCORE, DECKS], default=QUIZ, key=state.TEACHING_PART, required=True, label_visibility="collapsed"
    )
    notices.html('<p class="hb-sub">For learning only: a score here is no proof of competence.</p>')
    vocabulary = resources.vocabulary(VOCABULARIES[Modality.SMEAR])
    if part == SCORE:
        teaching_score.shown(resources.store().teaching.answers(who.actor()), vocabulary)
    elif part == DECKS:
        teaching_decks.shown(teaching_sources.sources(vocabulary), vocabulary)
    else:
        _quiz()


def _quiz() -> None:
    """The practice at hand stays until another is chosen, so that a return to the page goes on with it."""
    vocabulary = resources.vocabulary(VOCABULARIES[Modality.SMEAR])
    store, learner = resources.store(), who.actor()
    pool, decks = teaching_sources.sources(vocabulary), store.teaching.decks()
    answers = [answer for answer in store.teaching.answers(learner) if answer.vocabulary == vocabulary.id]
    due = len(repetition.due(answers, dt.datetime.now(dt.UTC)))
    missed = len(repetition.standings(answers))
    offered = teaching_sources.choices(pool, [deck for deck in decks if deck.vocabulary == vocabulary.id], missed)
    titles = {one.name: one.title if one.size is None else f"{one.title} · {one.size}" for one in offered}
    at_hand = state.get(state.TEACHING_PRACTICE, None)
    if state.get(state.TEACHING_CHOSEN, at_hand.name if at_hand else offered[0].name) not in titles:
        state.put(state.TEACHING_CHOSEN, offered[0].name)
    pick, anew = st.columns([3.4, 1], vertical_alignment="bottom")
    name = pick.selectbox("Practice", list(titles), format_func=titles.get, key=state.TEACHING_CHOSEN)
    again = anew.button("New sitting", width="stretch", help="Starts the count of this sitting anew.")
    if at_hand is None or again or (at_hand.name, at_hand.learner) != (name, learner):
        at_hand = teaching_sources.made(name, pool, decks, vocabulary, learner)
        state.put(state.TEACHING_PRACTICE, at_hand)
    note = next((deck.note for deck in decks if deck.id == name), "")
    if note:
        notices.html(f'<p class="hb-sub"><b>From the teacher:</b> {escape(note)}</p>')
    quiz.shown(at_hand)
    if due:
        notices.html(f'<p class="hb-sub">{due} of the cells you missed may be asked now: choose “What I missed”.</p>')


teaching()
