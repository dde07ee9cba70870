"""Cells whose label somebody answers for, gathered from the store; and practices made of them."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from core.demo import demo_ids
from core.doors.teaching import Deck, Item
from core.protocols import CaseRow, RunState
from core.records import Modality, Review
from core.review import signing
from core.teaching import items, practice, repetition, synthetic
from core.teaching.practice import DEMO, ENDLESS, MISSED, REAL, Practice
from core.vocabulary import Vocabulary
from pages.components import resources, signature


@dataclass(frozen=True, slots=True)
class Source:
    """One case with the cells that may be asked."""

    row: CaseRow
    items: tuple[Item, ...]


def sources(vocabulary: Vocabulary) -> tuple[Source, ...]:
    """Cases with a finished run in which cells were reviewed, or that a program drew; stained smears only."""
    store = resources.store()
    wanted = (*demo_ids(), *store.teaching.reviewed_cases())
    found = []
    for row in store.cases(ids=wanted, limit=len(wanted)):
        fits = row.info.modality is Modality.SMEAR and row.info.vocabulary == vocabulary.id
        if fits and row.run is not None and row.run.state is RunState.DONE:
            known = _known(row, row.run.id, store.reviews(row.id), vocabulary)
            if known:
                found.append(Source(row, known))
    return tuple(sorted(found, key=lambda one: (one.items[0].synthetic, one.row.info.pseudonym)))


def _known(row: CaseRow, run_id: str, reviews: Sequence[Review], vocabulary: Vocabulary) -> tuple[Item, ...]:
    seen = resources.seen(row.id, run_id)
    drawn = _truths(row.id, run_id)
    return items.known(row, seen, reviews, vocabulary, signed_by=_signer(row, run_id, reviews), drawn=drawn)


@st.cache_resource(max_entries=24, show_spinner=False)
def _truths(case_id: str, run_id: str) -> dict[str, str]:
    return synthetic.truths(case_id, resources.seen(case_id, run_id))


def _signer(row: CaseRow, run_id: str, reviews: Sequence[Review]) -> str:
    """Who holds a signature that is still valid; '' when nobody does."""
    if not resources.store().review.signatures(row.id):
        return ""
    state, _ = signature.standing(row, resources.seen(row.id, run_id), reviews)
    if not isinstance(state, signing.Signed):
        return ""
    first = state.by[0]
    return first.actor if first.authenticated else f"{first.actor} (unauthenticated)"


@dataclass(frozen=True, slots=True)
class Choice:
    """A practice on offer."""

    name: str
    title: str
    size: int | None  # cells; None: without end


def choices(pool: Sequence[Source], decks: Sequence[Deck], missed: int) -> tuple[Choice, ...]:
    """What can be practised now: decks first, then the laboratory's cells, then drawn ones, then what was missed."""
    known = [item for source in pool for item in source.items]
    real, drawn = (len(practice.kept_apart(i for i in known if i.synthetic is kind)[0]) for kind in (False, True))
    offered = [Choice(deck.id, deck.name, len(deck.items)) for deck in decks if deck.items and not deck.closed]
    offered += [Choice(REAL, "Reviewed cells of this laboratory", real)] if real else []
    offered += [Choice(ENDLESS, "Drawn cells without end (synthetic)", None)]
    offered += [Choice(DEMO, "Cells of the demo cases (synthetic)", drawn)] if drawn else []
    offered += [Choice(MISSED, "What I missed", missed)] if missed else []
    return tuple(offered)


def made(name: str, pool: Sequence[Source], decks: Sequence[Deck], vocabulary: Vocabulary, learner: str) -> Practice:
    """The practice of this name, as a new sitting."""
    known = [item for source in pool for item in source.items]
    asked: tuple[Item, ...] = ()
    beside: dict[str, tuple[Item, ...]] = {}
    if name in (REAL, DEMO):
        asked, beside = practice.kept_apart(item for item in known if item.synthetic is (name == DEMO))
    elif name == MISSED:
        ours = [a for a in resources.store().teaching.answers(learner) if a.vocabulary == vocabulary.id]
        asked = tuple(one.item for one in repetition.standings(ours))
        beside = practice.examples_beside(asked, known, vocabulary)
    elif name != ENDLESS:
        asked = next(deck.items for deck in decks if deck.id == name)
        beside = practice.examples_beside(asked, known, vocabulary)
    session = uuid.uuid4().hex[:12]
    return Practice(name, session, learner, vocabulary, asked, practice.completed(beside, vocabulary))
