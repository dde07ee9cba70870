"""Every case: search, filter, the state of its run, open, delete."""

from __future__ import annotations

from html import escape

import streamlit as st

from core.charts import progress
from core.charts.words import size
from core.errors import HemaboardError
from core.protocols import CaseRow, RunState
from core.records import Domain, Modality, Specimen
from pages.components import cards, notices, resources, state

LOOK_EVERY = 1.5  # seconds, and only while something runs
PAGE = 25
MODALITIES = {Modality.SMEAR: "stained smear", Modality.DPC: "label-free (DPC)"}
SPECIMENS = {Specimen.MARROW: "bone marrow", Specimen.BLOOD: "peripheral blood"}


def worklist() -> None:
    title, new = st.columns([4, 1], vertical_alignment="bottom")
    title.title("Worklist")
    if new.button("New case", type="primary", width="stretch"):
        st.switch_page("upload.py")
    chosen = _filters()
    active = _some_active(_found(chosen))
    st.fragment(_listing, run_every=LOOK_EVERY if active else None)(chosen, active)


def _filters() -> dict[str, str | RunState | None]:
    search, by_state, by_modality, by_specimen = st.columns([2.2, 1.2, 1.2, 1.2])
    state_names = progress.STATES
    return {
        "text": search.text_input(
            "Search", key=state.WORKLIST_SEARCH, placeholder="pseudonym, centre, stain", icon=None
        ),
        "state": by_state.selectbox(
            "State", [None, *state_names], key=state.WORKLIST_STATE, format_func=lambda s: state_names.get(s, "any")
        ),
        "modality": by_modality.selectbox(
            "Kind", [None, *MODALITIES], key=state.WORKLIST_MODALITY, format_func=lambda m: MODALITIES.get(m, "any")
        ),
        "specimen": by_specimen.selectbox(
            "Specimen", [None, *SPECIMENS], key=state.WORKLIST_SPECIMEN, format_func=lambda s: SPECIMENS.get(s, "any")
        ),
    }


def _found(chosen: dict[str, str | RunState | None]) -> list[CaseRow]:
    shown = state.get(state.WORKLIST_SHOWN, PAGE)
    return resources.store().cases(**chosen, limit=shown + 1)  # type: ignore[arg-type]


def _some_active(rows: list[CaseRow]) -> bool:
    return resources.demo_cases.in_the_making or any(row.run and row.run.state in progress.ACTIVE for row in rows)


def _listing(chosen: dict[str, str | RunState | None], drawn_active: bool) -> None:
    rows = _found(chosen)
    if _some_active(rows) is not drawn_active:
        st.rerun()  # looking again starts or ends with the whole page
    if resources.demo_cases.in_the_making:
        drawn, total = resources.demo_cases.drawn
        so_far = f"{drawn} of {size(total, 'field')} so far" if total else "the first appears in a moment"
        notices.say("note", f"The demo cases are being drawn, {so_far}.", "One moment")
    if not rows:
        _nothing(any(chosen.values()))
    shown = state.get(state.WORKLIST_SHOWN, PAGE)
    for row in rows[:shown]:
        _case(row)
    if len(rows) > shown and st.button("Show more cases"):
        state.put(state.WORKLIST_SHOWN, shown + PAGE)
        st.rerun()


def _nothing(filtered: bool) -> None:
    if filtered:
        notices.html('<div class="hb-empty"><b>No case matches.</b>Clear the search or a filter to see more.</div>')
    else:
        notices.html(
            '<div class="hb-empty"><b>No case yet.</b>Choose “New case” to upload the pictures of a smear; '
            "each file is checked before anything is stored.</div>"
        )


def _case(row: CaseRow) -> None:
    with st.container(border=True, key=f"row-{row.id}"):
        who, run, do = st.columns([2.5, 1.7, 1.5], vertical_alignment="center")
        who.html(f'<div class="hb">{_who(row)}</div>')
        run.html(f'<div class="hb">{_run(row)}</div>')
        with do, st.container(horizontal=True, horizontal_alignment="right", gap="small"):
            if st.button("Open", key=f"open-{row.id}", help=None):
                st.switch_page("case.py", query_params={"case": row.id})
            with st.popover("Delete"):
                _delete(row)


def _who(row: CaseRow) -> str:
    info = row.info
    tags = notices.tag("synthetic", "synthetic") if info.domain is Domain.PROCEDURAL else ""
    told = [SPECIMENS[info.specimen], MODALITIES[info.modality]]
    if info.domain is Domain.REAL:
        told += [text for text in (info.stain, info.centre) if text != "not stated"]
    held = f"{size(row.images, 'field')}, {size(row.cells, 'cell')}"
    return (
        f'<div class="hb-tags"><span class="hb-case">{escape(info.pseudonym)}</span>{tags}</div>'
        f'<div class="hb-sub">{escape(" · ".join(told))}</div>'
        f'<div class="hb-sub">{row.created:%Y-%m-%d %H:%M}, {held}</div>'
    )


def _run(row: CaseRow) -> str:
    now = progress.of(row.run, resources.settings().fields_per_step)
    tag = notices.tag(progress.STATES[now.state], now.state.value)
    if now.active:
        return tag + cards.bar(now.fraction, now.text)
    return f'{tag}<div class="hb-sub">{escape(now.text if row.run else "no analysis was started")}</div>'


def _delete(row: CaseRow) -> None:
    st.markdown(
        f"Delete **{row.info.pseudonym}**? Its pictures and cells go for good; the audit trail keeps that it was."
    )
    reason = st.text_input("Reason", value="no longer needed", key=f"reason-{row.id}")
    if st.button("Delete this case", type="primary", key=f"delete-{row.id}", disabled=not reason.strip()):
        try:
            resources.store().delete_case(row.id, actor=resources.actor(), reason=reason.strip())
        except HemaboardError as error:
            notices.error(error)
            return
        state.flash(f"{row.info.pseudonym} was deleted.")
        st.rerun()


worklist()
