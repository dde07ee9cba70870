"""What is done with all ticked cases at once: tags and new analyses."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from core.charts.words import size
from core.doors.desk import Filters
from core.errors import HemaboardError
from core.people import Right
from pages.components import notices, resources, state, who, worklist_stale


def bar(listed: Sequence[str]) -> None:
    """Above the list, while cases are ticked. `listed` are those on the page."""
    picked = _still_there(state.get(state.WORKLIST_PICKED, set()))
    if not picked:
        return
    with st.container(border=True, key="box-bulk"), st.container(horizontal=True, gap="small",
                                                               vertical_alignment="center"):  # fmt: skip
        notices.html(f"<b>{size(len(picked), 'case')} chosen</b>")
        if not set(listed) <= picked:
            st.button("All on this page", on_click=_pick, args=(picked | set(listed),), key="bulk-all")
        with st.popover("Tags"):
            _tags(sorted(picked))
        refused = who.refusal(Right.UPLOAD)
        with st.popover("Analyse again", disabled=bool(refused), help=refused or None):
            st.markdown(f"Queue a new analysis of {size(len(picked), 'case')}? {worklist_stale.KEPT}")
            if st.button("Queue them", type="primary", key="bulk-again"):
                worklist_stale.start(sorted(picked))
                _pick(set())
                st.rerun()
        st.button("Choose none", on_click=_pick, args=(set(),), key="bulk-none")


def all_stale(filters: Filters, total: int) -> None:
    """Where the list is of cases that other models named: analyse all of them again, on whichever page they stand."""
    if filters.stale is not True or not total:
        return
    refused = who.refusal(Right.UPLOAD)
    with st.popover(f"Analyse all {total} again" if total > 1 else "Analyse it again", disabled=bool(refused),
                    help=refused or None):  # fmt: skip
        st.markdown(f"Queue a new analysis of {size(total, 'case')}? {worklist_stale.KEPT}")
        if st.button("Queue them", type="primary", key="stale-all"):
            worklist_stale.start(resources.store().desk.chosen(filters, worklist_stale.installed()))
            st.rerun()


def _tags(picked: Sequence[str]) -> None:
    known = resources.store().desk.tags()
    refused = who.refusal(Right.UPLOAD)
    tag = st.selectbox(
        "Tag", known, index=None, accept_new_options=True, placeholder="choose or type a tag", key="bulk-tag"
    )
    with st.container(horizontal=True, gap="small"):
        add = st.button("Add to all", type="primary", key="bulk-add", disabled=bool(refused) or not tag)
        take = st.button("Remove from all", key="bulk-remove", disabled=bool(refused) or not tag)
    if (add or take) and who.may(Right.UPLOAD):
        desk = resources.store().desk
        try:
            count = (desk.tag if add else desk.untag)(picked, tag, actor=who.actor())
        except HemaboardError as error:
            notices.error(error)
            return
        state.flash(f"“{tag}” {'added to' if add else 'removed from'} {size(count, 'case')}.")
        st.rerun()


def _still_there(picked: set[str]) -> set[str]:
    """Of the ticked cases those that nobody deleted meanwhile."""
    return {row.id for row in resources.store().cases(ids=sorted(picked), limit=len(picked))} if picked else set()


def _pick(wanted: set[str]) -> None:
    state.put(state.WORKLIST_PICKED, set(wanted))
    for key in [key for key in st.session_state if str(key).startswith("pick-")]:
        st.session_state[key] = str(key).removeprefix("pick-") in wanted
