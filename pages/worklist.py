"""Every case: search, filters that can be saved, the state of its run; tags, notes, another analysis, deletion."""

from __future__ import annotations

import streamlit as st

from core.charts import progress
from core.charts.words import size
from core.doors.desk import Filters, Listing
from core.people import Right
from core.protocols import CaseRow
from pages.components import (
    go,
    notices,
    resources,
    state,
    who,
    worklist_bulk,
    worklist_drawer,
    worklist_filters,
    worklist_rows,
    worklist_stale,
)

LOOK_EVERY = 1.5  # seconds, and only while something runs
PAGE = 25


def worklist() -> None:
    title, new = st.columns([4, 1], vertical_alignment="bottom")
    title.title("Worklist")
    refused = who.refusal(Right.UPLOAD)
    with new:
        go.to("upload.py", "New case", key="new", primary=True, refused=refused)
    filters = worklist_filters.chosen()
    active = _some_active(_found(filters)[1])
    st.fragment(_listing, run_every=LOOK_EVERY if active else None)(filters, active)
    worklist_drawer.opened()


def _found(filters: Filters) -> tuple[Listing, list[CaseRow]]:
    store, page = resources.store(), state.get(state.WORKLIST_PAGE, 0)
    found = store.desk.listing(filters, worklist_stale.installed(), limit=PAGE, offset=page * PAGE)
    if page and not found.lines:  # cases were deleted since
        state.put(state.WORKLIST_PAGE, 0)
        return _found(filters)
    return found, store.cases(ids=[line.case_id for line in found.lines])


def _some_active(rows: list[CaseRow]) -> bool:
    return resources.demo_cases.in_the_making or any(row.run and row.run.state in progress.ACTIVE for row in rows)


def _listing(filters: Filters, drawn_active: bool) -> None:
    found, rows = _found(filters)
    if _some_active(rows) is not drawn_active:
        st.rerun()  # looking again starts or ends with the whole page
    if resources.demo_cases.in_the_making:
        drawn, total = resources.demo_cases.drawn
        so_far = f"{drawn} of {size(total, 'field')} so far" if total else "the first appears in a moment"
        notices.say("note", f"The demo cases are being drawn, {so_far}.", "One moment")
    if not rows:
        _nothing(filters)
        return
    worklist_bulk.bar([row.id for row in rows])
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        notices.html(f'<span class="hb-sub">{_count(found)}</span>')
        worklist_bulk.all_stale(filters, found.total)
        if found.total > PAGE:
            _turns(found.total, "top", ("Previous", "Next"))
    lines = {line.case_id: line for line in found.lines}
    tests = resources.store().robustness.latest(list(lines))
    for row in rows:
        worklist_rows.shown(row, lines[row.id], tests.get(row.id))
    if found.total > PAGE:
        _pages(found.total)


def _count(found: Listing) -> str:
    if found.total <= PAGE:
        return size(found.total, "case")
    first = state.get(state.WORKLIST_PAGE, 0) * PAGE
    return f"{first + 1}–{first + len(found.lines)} of {size(found.total, 'case')}"


def _pages(total: int) -> None:
    page, last = state.get(state.WORKLIST_PAGE, 0), (total - 1) // PAGE
    with st.container(horizontal=True, horizontal_alignment="center", gap="small", vertical_alignment="center"):
        _turns(total, "page", ("First", "Previous", "Next", "Last"))
        notices.html(f'<span class="hb-sub">page {page + 1} of {last + 1}</span>')


def _turns(total: int, place: str, offered: tuple[str, ...]) -> None:
    page, last = state.get(state.WORKLIST_PAGE, 0), (total - 1) // PAGE
    to = {"First": 0, "Previous": page - 1, "Next": page + 1, "Last": last}
    for words in offered:
        out = not 0 <= to[words] <= last or to[words] == page
        st.button(words, key=f"{place}-{words.lower()}", disabled=out, on_click=_turn, args=(to[words],))


def _turn(to: int) -> None:
    state.put(state.WORKLIST_PAGE, to)


def _nothing(filters: Filters) -> None:
    if filters != Filters(order=filters.order):
        notices.html('<div class="hb-empty"><b>No case matches.</b>Clear the search or a filter to see more.</div>')
    else:
        notices.html(
            '<div class="hb-empty"><b>No case yet.</b>Choose “New case” to upload the pictures of a smear; '
            "each file is checked before anything is stored.</div>"
        )


worklist()
