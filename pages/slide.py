"""A whole slide of a case: where cells are counted, until when, the ratios settling, and its cells. ?case=…"""

from __future__ import annotations

import streamlit as st

from core.charts import words
from core.errors import HemaboardError
from core.protocols import CaseRow, RunState
from core.records import Modality
from core.slides.plans import Looked, Plan, SlideInfo
from core.slides.reading import Slide
from pages.components import (
    case_choice,
    go,
    notices,
    resources,
    run_progress,
    slide_drawn,
    slide_found,
    slide_said,
    slide_setup,
    slide_source,
    slide_watch,
    state,
)
from pages.components.slide_viewer import component


def page() -> None:
    row = case_choice.named("Whole slide")
    if row is None:
        slide_source.new_case()
        return
    st.title(f"Whole slide: {row.info.pseudonym}")
    notices.alerts(resources.entered_alerts(row.info), ("urgent", "warning"))
    notices.standing(row.info, None)
    go.to("case.py", "Open the case", key="slide-case", case=row.id)
    if row.info.modality is not Modality.SMEAR:
        notices.say(
            "note", "Slides of stained smears only: label-free pictures come field by field.", "Label-free case"
        )
        return
    slide = _chosen(row)
    if slide is None:
        st.header("The slide")
        slide_source.added(row)
        return
    try:
        opened = resources.store().slides.opened(row.id, slide.id)
    except HemaboardError as error:
        notices.error(error)
        return
    _about(slide)
    _stage(row, slide, opened)
    with st.expander("Add another slide to this case"):
        slide_source.added(row)


def _chosen(row: CaseRow) -> SlideInfo | None:
    slides = resources.store().slides.slides(row.id)
    if len(slides) < 2:
        return slides[0] if slides else None
    by_id = {slide.id: slide for slide in slides}
    planned = resources.store().slides.planned(row.id)
    first = list(by_id).index(planned.slide) if planned and planned.slide in by_id else 0
    wanted = st.selectbox(
        "Slide", list(by_id), index=first, format_func=lambda i: by_id[i].label, key=f"{state.SLIDE_CHOSEN}.{row.id}"
    )
    return by_id[wanted]


def _about(slide: SlideInfo) -> None:
    size = f"{slide.width:,} × {slide.height:,} pixels".replace(",", " ")
    scale = f"{slide.um_per_px:g} µm per pixel" if slide.um_per_px else "scale not stated"
    notices.html(f'<p class="hb-sub">{slide.format} · {size} · {scale}</p>')


def _stage(row: CaseRow, slide: SlideInfo, opened: Slide) -> None:
    """Set up, under way, or done: whichever the newest run of this slide says."""
    store, again = resources.store(), f"{state.SLIDE_AGAIN}.{row.id}"
    looked = store.slides.looked(row.id, row.run.id) if row.run else None
    plan = store.slides.planned(row.id, looked.plan if looked else None)
    active = row.run is not None and row.run.state in run_progress.ACTIVE
    if plan is None or plan.slide != slide.id or not (looked or active) or (state.get(again, False) and not active):
        if active and row.run:
            notices.say("note", "Another analysis of this case is under way. Wait for it, or cancel it.", "Busy")
            run_progress.watched(row.run)
            return
        slide_setup.shown(row, slide, opened)
        return
    if row.run and row.run.state is RunState.DONE and looked:
        _done(row, slide, opened, plan, looked)
    else:
        slide_watch.watched(row, plan, slide, opened.zooms)
    if not active and st.button("Look at this slide again, otherwise"):
        state.put(again, True)
        st.rerun()


def _done(row: CaseRow, slide: SlideInfo, opened: Slide, plan: Plan, looked: Looked) -> None:
    assert row.run is not None
    st.header("What was found")
    slide_said.shown(row.id, row.run.id)
    go.to("case.py", "Go on to the case", key="slide-on", case=row.id, primary=True)
    slide_drawn.shown(row, plan, looked)
    found = slide_found.whole(row, row.run.id, plan, looked)
    notices.html(
        f'<p class="hb-sub">{words.size(row.cells, "cell")}. Zoom in to see each as a point, closer its outline.</p>'
    )
    component.shown(row.id, slide, opened.zooms, plan.regions, "slide-done", found=found, turn=-1)


page()
