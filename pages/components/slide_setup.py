"""Where on a slide cells are counted, in which order, and when to stop: all of it declared before the first field."""

from __future__ import annotations

import secrets

import streamlit as st

from core.aggregate.anytime import PILOT
from core.aggregate.ratios import TARGET
from core.charts import words
from core.errors import BadInput, HemaboardError
from core.jobs import runs as jobs
from core.people import Right
from core.protocols import CaseRow
from core.slides import fields, tissue
from core.slides.fields import Region
from core.slides.plans import Order, SlideInfo, Stop
from core.slides.reading import Slide
from core.slides.source import Level
from pages.components import notices, resources, slide_drawn, state, who
from pages.components.slide_viewer import component

ALL, CELLS, WIDTH = "every planned field", "a number of counted cells", "a width of the interval"
ORDERS = {Order.RANDOM: "at random", Order.BEST: "best regions first"}
WHY_WIDTH = (
    "The interval may be looked at after every field (anytime-valid), so that stopping by it is fair. It takes more "
    "cells than one at a number fixed beforehand, and protects the one share it is of."
)
FEW = 3 * PILOT  # planned fields, of which an interval can spare next to none
FEW_FIELDS = (
    f"Of the first {PILOT} fields the interval only learns how full a field is. With {{planned}} in all it will end "
    "hardly earlier than after the last."
)
WHY_CELLS = "The number is fixed now. It ends with the field that reaches it."
WHY_BEST = (
    "Best first is quick to look at, but such fields are no random sample of the regions: no interval comes of it."
)


def shown(row: CaseRow, slide: SlideInfo, opened: Slide) -> None:
    """A fragment: a region that is moved does not draw the rest of the page anew."""
    st.fragment(_setup)(row, slide, opened.zooms, opened.levels, proposed(row.id, slide.id))


@st.cache_resource(max_entries=24, show_spinner="Looking for regions in which cells lie side by side")
def proposed(case_id: str, slide_id: str) -> tuple[Region, ...]:
    """Found at low power; it never changes, since the slide does not."""
    return tissue.found(resources.store().slides.opened(case_id, slide_id)).regions


def _setup(
    row: CaseRow, slide: SlideInfo, zooms: int, levels: tuple[Level, ...], proposals: tuple[Region, ...]
) -> None:
    place = f"{row.id}.{slide.id}"
    key, turn = f"{state.SLIDE_REGIONS}.{place}", f"{state.SLIDE_TURN}.{place}"
    st.header("1. Where cells are counted")
    regions = _regions(row.id, slide.id, key, proposals)
    _said(proposals, changed=regions != proposals)
    component.shown(
        row.id, slide, zooms, regions, "slide-regions", turn=state.get(turn, 0),
        on_regions=lambda found: _left(row.id, slide.id, key, found),
    )  # fmt: skip
    if proposals and regions != proposals and st.button("Take the proposals again", key=f"slide-proposals-{place}"):
        _left(row.id, slide.id, key, None)
        state.put(key, proposals)
        state.put(turn, state.get(turn, 0) + 1)
        st.rerun(scope="fragment")
    planned = _planned(slide, levels, regions)
    st.header("2. When to stop")
    stop, order = _stop(row, place, planned)
    st.header("3. Start")
    _start(row, slide, regions, planned, stop, order)


def _regions(case_id: str, slide_id: str, key: str, proposals: tuple[Region, ...]) -> tuple[Region, ...]:
    """As this person left them, on whichever day and machine; else the proposals."""
    found = state.get(key, None)
    if found is None:
        kept = resources.store().slides.drafts.kept(case_id, slide_id, actor=who.actor())
        found = proposals if kept is None else kept
        state.put(key, found)
    return found


def _left(case_id: str, slide_id: str, key: str, regions: tuple[Region, ...] | None) -> None:
    """None: the proposals again. Who may not start anything moves regions too; theirs last as long as the page."""
    state.put(key, regions)
    if who.refusal(Right.UPLOAD):
        return
    drafts, actor = resources.store().slides.drafts, who.actor()
    try:
        if regions is None:
            drafts.forget(case_id, slide_id, actor=actor)
        else:
            drafts.keep(case_id, slide_id, regions, actor=actor)
    except HemaboardError as error:  # the case was deleted meanwhile
        notices.error(error)


def _said(proposals: tuple[Region, ...], *, changed: bool) -> None:
    if changed:
        lasting = "as long as this page, since your role starts no analysis" if who.refusal(Right.UPLOAD) else "for you"
        text = f"The regions as you left them. They are kept {lasting}."
    elif proposals:
        text = (
            f"{words.size(len(proposals), 'region')} proposed, where cells seem to lie side by side. "
            "Look closely, and move, draw or remove what you think better."
        )
    else:
        text = "No region is proposed: nothing on this slide looks like a monolayer. Draw one where cells can be told."
    notices.html(f'<p class="hb-sub">{text}</p>')


def _planned(slide: SlideInfo, levels: tuple[Level, ...], regions: tuple[Region, ...]) -> int:
    """How many fields these regions hold, said; 0 when there is none to look at."""
    try:
        laid = fields.grid(slide.width, slide.height, slide.um_per_px, levels)
        found = len(fields.chosen(laid, regions)) if regions else 0
    except BadInput as error:
        notices.error(error)
        return 0
    side = f" of {fields.SIDE * laid.um_per_px:.0f} µm" if laid.um_per_px else ""
    notices.html(
        f'<p class="hb-sub"><b>{words.size(found, "field")}{side}</b> of the {len(laid.fields)} that cover the slide. '
        "A field belongs to the plan when at least half of it lies in a region.</p>"
    )
    return found


def _stop(row: CaseRow, place: str, planned: int) -> tuple[Stop, Order]:
    with st.container(border=True, key="box-slide-stop"):
        until = st.radio("Look at fields until there is", [ALL, CELLS, WIDTH], key=f"{state.SLIDE_UNTIL}.{place}")
        stop = Stop()
        if until == CELLS:
            cells = st.number_input(
                "Counted cells", min_value=20, max_value=100_000, value=TARGET[row.info.specimen], step=50,
                key=f"{state.SLIDE_CELLS}.{place}", help=WHY_CELLS,
            )  # fmt: skip
            stop = Stop(cells=int(cells))
        elif until == WIDTH:
            stop = _width(row, place)
        if until == WIDTH:
            if planned <= FEW:
                notices.say("note", FEW_FIELDS.format(planned=words.size(planned, "field")), "Few fields")
            return stop, Order.RANDOM
        order = st.segmented_control(
            "Order of the fields", list(ORDERS), default=Order.RANDOM, format_func=ORDERS.__getitem__, required=True,
            key=f"{state.SLIDE_ORDER}.{place}", help=WHY_BEST,
        )  # fmt: skip
        return stop, order or Order.RANDOM


def _width(row: CaseRow, place: str) -> Stop:
    names = {"cblc": resources.vocabulary(row.info.vocabulary).cblc_name, "blasts": "Blasts and equivalents"}
    left, right = st.columns(2)
    points = left.number_input(
        "Width from end to end, percentage points", min_value=2.0, max_value=50.0, value=10.0, step=1.0,
        format="%.0f", key=f"{state.SLIDE_WIDTH}.{place}",
    )  # fmt: skip
    share = right.segmented_control(
        "Of which share", list(names), default="cblc", format_func=names.__getitem__, required=True,
        key=f"{state.SLIDE_SHARE}.{place}",
    )  # fmt: skip
    notices.html(f'<p class="hb-foot">{WHY_WIDTH}</p>')
    return Stop(width=float(points) / 100, share=share or "cblc")


def _start(row: CaseRow, slide: SlideInfo, regions: tuple[Region, ...], planned: int, stop: Stop, order: Order) -> None:
    refused = who.refusal(Right.UPLOAD) or ("" if planned else "There is no field to look at yet.")
    notices.html(f'<p class="hb-sub">{words.size(planned, "field")}, {ORDERS[order]}. {slide_drawn.until(stop)}</p>')
    if not st.button("Start the analysis", type="primary", disabled=bool(refused), help=refused or None):
        return
    try:
        who.check(Right.UPLOAD)
        store = resources.store()
        seed = secrets.randbelow(2**31)
        store.slides.plan(row.id, slide.id, regions, actor=who.actor(), order=order, seed=seed, stop=stop)
        jobs.start_run(store, row.id, actor=who.actor())
    except HemaboardError as error:
        notices.error(error)
        return
    state.forget(f"{state.SLIDE_AGAIN}.{row.id}")
    st.rerun()
