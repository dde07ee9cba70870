"""A run over a slide while it goes on: the ratio settling, the fields it looked at, and a way to end it early."""

from __future__ import annotations

import streamlit as st

from core.errors import HemaboardError
from core.people import Right
from core.protocols import CaseRow, RunRow
from core.slides.plans import Looked, Plan, SlideInfo
from pages.components import notices, resources, run_progress, slide_drawn, slide_found, who
from pages.components.slide_viewer import component

DONE_THEN = (
    "Unlike a cancelled analysis it is then done. Who stops by the ratio may rely on the anytime-valid interval only."
)
ENDING = "It ends after the fields at hand; what was seen counts."


def watched(row: CaseRow, plan: Plan, slide: SlideInfo, zooms: int) -> None:
    """Progress, drawn anew by itself; when the run has ended the whole page is."""
    assert row.run is not None
    run_progress.watched(row.run, lambda run: _below(row, plan, slide, zooms, run))


def _below(row: CaseRow, plan: Plan, slide: SlideInfo, zooms: int, run: RunRow) -> None:
    looked = resources.store().slides.looked(row.id, run.id) or _nothing_yet(plan, run)
    if run.state in run_progress.ACTIVE and looked.fields:
        _end_early(row.id, run.id, looked.asked)
    slide_drawn.shown(row, plan, looked, goes_on=run.state in run_progress.ACTIVE)
    component.shown(row.id, slide, zooms, plan.regions, "slide-live", found=slide_found.planned(plan, looked), turn=-1)


def _nothing_yet(plan: Plan, run: RunRow) -> Looked:
    """It waits its turn."""
    return Looked(run.id, plan.number, plan.slide, len(plan.fields), 0)


def _end_early(case_id: str, run_id: str, asked: str) -> None:
    if asked:
        notices.html(f'<p class="hb-sub">{ENDING}</p>')
        return
    no = who.refusal(Right.UPLOAD)
    if st.button("End here and count what was seen", key=f"end-{run_id}", disabled=bool(no), help=no or DONE_THEN):
        try:
            who.check(Right.UPLOAD)
            resources.store().slides.ask_to_stop(case_id, run_id, actor=who.actor())
        except HemaboardError as error:
            notices.error(error)
        else:
            st.rerun(scope="fragment")
