"""The worklist's filters: what is asked for, saved under names, and still there when one comes back."""

from __future__ import annotations

import streamlit as st

from core.charts import progress
from core.doors.desk import Filters, Order, SavedFilter
from core.errors import HemaboardError
from core.records import Modality, Specimen
from pages.components import notices, resources, state, who

MODALITIES = {Modality.SMEAR: "stained smear", Modality.DPC: "label-free (DPC)"}
SPECIMENS = {Specimen.MARROW: "bone marrow", Specimen.BLOOD: "peripheral blood"}
ORDERS = {
    Order.NEWEST: "newest first",
    Order.OLDEST: "oldest first",
    Order.PSEUDONYM: "pseudonym",
    Order.ANALYSED: "last analysed",
}
SIGNED = {True: "signed", False: "not signed"}
ORIGINS = {False: "real pictures", True: "synthetic cases"}
MODELS = {True: "named by other models", False: "named by those installed"}
KEYS = {
    "text": state.WORKLIST_SEARCH,
    "state": state.WORKLIST_STATE,
    "modality": state.WORKLIST_MODALITY,
    "specimen": state.WORKLIST_SPECIMEN,
    "tag": state.WORKLIST_TAG,
    "signed": state.WORKLIST_SIGNED,
    "synthetic": state.WORKLIST_SYNTHETIC,
    "stale": state.WORKLIST_STALE,
    "since": state.WORKLIST_SINCE,
    "until": state.WORKLIST_UNTIL,
    "order": state.WORKLIST_ORDER,
}
FOLDED = ("modality", "tag", "signed", "synthetic", "stale", "since", "until")  # not in sight until asked for


def chosen() -> Filters:
    """The filters as they stand. A change of them begins at the first page again."""
    before = state.get(state.WORKLIST_FILTERS, Filters())
    if state.WORKLIST_SEARCH not in st.session_state:  # widgets forget when their page is left
        _set(before)
    search, by_state, by_specimen, order = st.columns([2.2, 1.2, 1.2, 1.2])
    search.text_input("Search", key=KEYS["text"], placeholder="pseudonym, centre, stain, tag, note", icon=None)
    states = progress.STATES
    _choice(by_state, "State", "state", {str(one): name for one, name in states.items()})
    _choice(by_specimen, "Specimen", "specimen", SPECIMENS)
    order.selectbox("Order", list(ORDERS), key=KEYS["order"], format_func=ORDERS.get)
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        _more(before)
        _saved(before)
        if _active(before):
            st.button("Clear all filters", on_click=_set, args=(Filters(),), key="filters-clear")
    now = Filters(**{name: _value(name) for name in KEYS})
    if now != before:
        state.put(state.WORKLIST_FILTERS, now)
        state.put(state.WORKLIST_PAGE, 0)
        if _active(now) is not _active(before) or _folded(now) != _folded(before):
            st.rerun()  # their number stands above
    return now


def _more(before: Filters) -> None:
    count = _folded(before)
    with st.popover(f"More filters ({count})" if count else "More filters"):
        _choice(st, "Kind", "modality", MODALITIES)
        tags = resources.store().desk.tags()
        held = st.session_state.get(KEYS["tag"]) or ""
        known = list(dict.fromkeys([*tags, *([held] if held else [])]))
        st.selectbox("Tag", ["", *known], key=KEYS["tag"], format_func=lambda tag: tag or "any")
        _choice(st, "Sign-off", "signed", SIGNED)
        _choice(st, "Origin", "synthetic", ORIGINS)
        _choice(st, "Models", "stale", MODELS)
        left, right = st.columns(2)
        left.date_input("Made from", value=None, key=KEYS["since"], format="YYYY-MM-DD")
        right.date_input("Made until", value=None, key=KEYS["until"], format="YYYY-MM-DD")


def _saved(before: Filters) -> None:
    owner = who.actor()
    found = resources.store().desk.filters(owner)
    with st.popover(f"Saved filters ({len(found)})" if found else "Saved filters"):
        for number, one in enumerate(found):
            with st.container(horizontal=True, gap="small", vertical_alignment="center"):
                st.button(
                    one.name, key=f"filter-{number}", on_click=_set, args=(one.filters,), width="stretch",
                    type="primary" if one.filters == before else "secondary",
                )  # fmt: skip
                st.button("Delete", key=f"filter-delete-{number}", on_click=_forget, args=(owner, one))
        if not found:
            notices.html('<p class="hb-sub">None yet. Set filters, then save them under a name.</p>')
        with st.form("filter-save", clear_on_submit=True, border=False):
            name = st.text_input("Save the filters as", placeholder="for example failed this week", max_chars=60)
            if st.form_submit_button("Save", disabled=not _active(before)):
                try:
                    resources.store().desk.save_filter(owner, name, before)
                except HemaboardError as error:
                    notices.error(error)
                else:
                    st.rerun()


def _forget(owner: str, one: SavedFilter) -> None:
    try:
        resources.store().desk.forget_filter(owner, one.name)
    except HemaboardError as error:  # deleted in another window meanwhile
        state.flash(str(error))


def _choice(where, label: str, name: str, names) -> None:
    where.selectbox(
        label, [None, *names], key=KEYS[name], placeholder="any", format_func=lambda value: names.get(value, "any")
    )


def _value(name: str):
    value = st.session_state.get(KEYS[name])
    if name in ("text", "tag"):
        return value or ""
    if name == "state":
        return value if value is None else str(value)
    return Order.NEWEST if name == "order" and value is None else value


def _set(filters: Filters) -> None:
    for name, key in KEYS.items():
        st.session_state[key] = getattr(filters, name)


def _folded(filters: Filters) -> int:
    default = Filters()
    return sum(getattr(filters, name) != getattr(default, name) for name in FOLDED)


def _active(filters: Filters) -> bool:
    return filters != Filters()
