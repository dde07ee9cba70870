"""Which cases a cohort is made of: the worklist's filters, and centre, scanner and stain to the letter."""

from __future__ import annotations

import streamlit as st

from core.doors.cohort import Places
from core.doors.desk import Filters, Order
from pages.components import resources, state
from pages.components.worklist_filters import ORIGINS, SPECIMENS

KEYS = {
    "text": state.COHORT_SEARCH,
    "specimen": state.COHORT_SPECIMEN,
    "tag": state.COHORT_TAG,
    "centre": state.COHORT_CENTRE,
    "scanner": state.COHORT_SCANNER,
    "stain": state.COHORT_STAIN,
    "since": state.COHORT_SINCE,
    "until": state.COHORT_UNTIL,
    "synthetic": state.COHORT_SYNTHETIC,
}
WORDS = ("text", "tag", "centre", "scanner", "stain")
FOLDED = ("stain", "since", "until", "synthetic")
LOOK_EVERY = 30.0  # seconds that the list of places and tags holds


def chosen() -> Filters:
    before = state.get(state.COHORT_FILTERS, Filters())
    if state.COHORT_SEARCH not in st.session_state:  # widgets forget when their page is left
        _set(before)
    places, tags = _known(resources.settings().database)
    search, tag, specimen = st.columns([2.2, 1.3, 1.3])
    search.text_input("Search", key=KEYS["text"], placeholder="pseudonym, centre, stain, tag, note", icon=None)
    _one_of(tag, "Cohort (tag)", "tag", tags)
    specimen.selectbox(
        "Specimen",
        [None, *SPECIMENS],
        key=KEYS["specimen"],
        placeholder="any",
        format_func=lambda s: SPECIMENS.get(s, "any"),
    )
    centre, scanner, more = st.columns([1.75, 1.75, 1.3], vertical_alignment="bottom")
    _one_of(centre, "Centre", "centre", places.centres)
    _one_of(scanner, "Scanner", "scanner", places.scanners)
    with more:
        _more(before, places)
    now = Filters(**{name: _value(name) for name in KEYS}, order=Order.OLDEST)
    if now != before:
        state.put(state.COHORT_FILTERS, now)
    return now


def _more(before: Filters, places: Places) -> None:
    count = sum(getattr(before, name) not in (None, "") for name in FOLDED)
    with st.popover(f"More filters ({count})" if count else "More filters", width="stretch"):
        _one_of(st, "Stain", "stain", places.stains)
        st.selectbox(
            "Origin",
            [None, *ORIGINS],
            key=KEYS["synthetic"],
            placeholder="any",
            format_func=lambda one: ORIGINS.get(one, "any"),
        )
        left, right = st.columns(2)
        left.date_input("Taken in from", value=None, key=KEYS["since"], format="YYYY-MM-DD")
        right.date_input("Taken in until", value=None, key=KEYS["until"], format="YYYY-MM-DD")
        st.button("Clear all filters", on_click=_set, args=(Filters(),), key="cohort-clear")


@st.cache_data(ttl=LOOK_EVERY, max_entries=4, show_spinner=False)
def _known(database: str) -> tuple[Places, tuple[str, ...]]:  # noqa: ARG001 - each database has its own
    store = resources.store()
    return store.cohort.places(), store.desk.tags()


def _one_of(where, label: str, name: str, known: tuple[str, ...]) -> None:
    held = st.session_state.get(KEYS[name]) or ""
    every = list(dict.fromkeys([*known, *([held] if held else [])]))
    where.selectbox(label, ["", *every], key=KEYS[name], format_func=lambda one: one or "any")


def _value(name: str):
    value = st.session_state.get(KEYS[name])
    return value or "" if name in WORDS else value


def _set(filters: Filters) -> None:
    for name, key in KEYS.items():
        st.session_state[key] = getattr(filters, name)
