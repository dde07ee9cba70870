"""Many cases at once: how their numbers are spread, which are unlike the others, what drifts; and one table of them."""

from __future__ import annotations

import streamlit as st

from core.charts.words import size
from core.cohort import gathered
from core.doors.desk import Filters
from core.people import Right
from pages.components import cohort_choice, cohort_drift, cohort_files, cohort_rows, cohort_views, notices, state, who
from pages.components.cohort_rows import Cohort

LOOK_EVERY = 1.5  # seconds, and only while rows are being worked out
NAMED = 5  # cases that could not be counted
SECTIONS = ("Distribution", "Outliers", "Drift", "Missing", "Table")
STATES = {
    "done": "analysed",
    gathered.WAITING: "being counted",
    "failed": "failed",
    "cancelled": "cancelled",
    "running": "running",
    "queued": "queued",
    "none": "not analysed",
}


def page() -> None:
    st.title("Cohort")
    who.need(Right.VIEW)
    notices.html(
        '<p class="hb-lede">Many cases side by side. Their shares keep their intervals here too, and marrow and blood '
        "are never put into one chart.</p>"
    )
    filters = cohort_choice.chosen()
    found = cohort_rows.gathered(filters)
    if found.waiting:
        st.fragment(_looked_again, run_every=LOOK_EVERY)(filters)
    else:
        _shown(found)


def _looked_again(filters: Filters) -> None:
    found = cohort_rows.gathered(filters)
    if not found.waiting:
        st.rerun()  # looking again ends with the whole page
    _shown(found)


def _shown(found: Cohort) -> None:
    if not found.table.rows:
        notices.html('<div class="hb-empty"><b>No case matches.</b>Clear a filter to see more.</div>')
        return
    _told(found)
    section = st.segmented_control(
        "Show", SECTIONS, default=SECTIONS[0], key=state.COHORT_SECTION, label_visibility="collapsed", required=True
    )
    if section == "Missing":
        cohort_views.unfinished(found.table.rows, found.problems)
    elif section == "Table":
        cohort_files.shown(found.table, found.waiting)
    else:
        group = _group(found)
        draw = {"Outliers": cohort_views.outliers, "Drift": cohort_drift.shown}.get(section, cohort_views.spread_out)
        draw(found.key, group)


def _told(found: Cohort) -> None:
    counts = gathered.states(found.table.rows)
    told = ", ".join(f"{counts[state_]} {words}" for state_, words in STATES.items() if counts[state_])
    notices.html(f'<p class="hb-sub"><b>{size(len(found.table.rows), "case")}</b>: {told}</p>')
    if found.total > len(found.table.rows):
        said = f"{found.total} cases match; the first {len(found.table.rows)} to come in are shown. Filter further."
        notices.say("note", said, "Too many at once")
    if found.problems:
        names = ", ".join(pseudonym for pseudonym, _ in found.problems[:NAMED])
        more = f" and {len(found.problems) - NAMED} more" if len(found.problems) > NAMED else ""
        said = f"{names}{more}: the section Missing says why. The other cases are not affected."
        notices.say("warning", said, f"{size(len(found.problems), 'case')} could not be counted")
    if found.waiting:
        notices.say("note", f"{size(found.waiting, 'case')} to go; what is done is shown already.", "Being counted")


def _group(found: Cohort) -> gathered.Group:
    by_id = {group.id: group for group in found.groups}
    if len(by_id) == 1:
        return found.groups[0]
    if st.session_state.get(state.COHORT_KIND) not in by_id:
        state.put(state.COHORT_KIND, found.groups[0].id)
    chosen = st.pills("Kind", list(by_id), key=state.COHORT_KIND, required=True,
                      format_func=lambda id: f"{by_id[id].name} ({len(by_id[id].rows)})")  # fmt: skip
    return by_id.get(chosen, found.groups[0])


page()
