"""One case in the worklist: what it is, what its run does, and the buttons beside it."""

from __future__ import annotations

from collections.abc import Callable
from html import escape

import streamlit as st

from core.charts import progress
from core.charts import robustness as charts
from core.charts.words import size
from core.doors.desk import Line
from core.doors.robustness import Latest
from core.errors import HemaboardError
from core.jobs import runs as jobs
from core.people import Right
from core.protocols import CaseRow, RunState
from core.records import Domain
from core.robustness import standing
from core.robustness.records import Badge
from pages.components import cards, go, notices, resources, state, who, worklist_stale
from pages.components.worklist_filters import MODALITIES, SPECIMENS

TESTED = {
    Badge.FRAGILE: "Other surroundings of its cells move what is stated of it.",
    Badge.ROBUST: "Other surroundings of its cells change nothing that matters.",
    Badge.UNDECIDED: "Too few cells to say what their surroundings do.",
    Badge.OUTDATED: "Tested, and the calls are others since: test it again.",
}


def shown(row: CaseRow, line: Line, test: Latest | None = None) -> None:
    with st.container(border=True, key=f"row-{row.id}"):
        tick, what, run, do = st.columns([0.2, 2.5, 1.6, 1.7], vertical_alignment="center")
        picked: set[str] = state.get(state.WORKLIST_PICKED, set())
        st.session_state.setdefault(f"pick-{row.id}", row.id in picked)
        tick.checkbox(
            f"Choose {row.info.pseudonym}",
            key=f"pick-{row.id}",
            label_visibility="collapsed",
            on_change=_pick,
            args=(row.id,),
        )
        what.html(f'<div class="hb">{_what(row, line, test)}</div>')
        run.html(f'<div class="hb">{_run(row, line)}</div>')
        with do, st.container(horizontal=True, horizontal_alignment="right", vertical_alignment="center", gap="small"):
            _mend(row)
            go.to("case.py", "Open", key=f"open-{row.id}", case=row.id)
            label = f"Notes ({line.notes})" if line.notes else "More"
            if st.button(label, key=f"more-{row.id}", help="Notes, tags, analyse again, delete"):
                state.put(state.WORKLIST_OPEN, row.id)
                st.rerun()


def _pick(case_id: str) -> None:
    picked = set(state.get(state.WORKLIST_PICKED, set()))
    (picked.add if st.session_state[f"pick-{case_id}"] else picked.discard)(case_id)
    state.put(state.WORKLIST_PICKED, picked)


def _what(row: CaseRow, line: Line, test: Latest | None) -> str:
    info = row.info
    marks = [notices.tag("synthetic", "synthetic")] if info.domain is Domain.PROCEDURAL else []
    marks += [notices.tag("signed", "done")] if line.signed else []
    marks += [notices.tag(tag, "word") for tag in line.tags]
    marks += [_tested(row, test)] if test else []
    told = [SPECIMENS[info.specimen], MODALITIES[info.modality]]
    if info.domain is Domain.REAL:
        told += [text for text in (info.stain, info.centre) if text != "not stated"]
    held = f"{size(row.images, 'field')}, {size(row.cells, 'cell')}"
    by = f", by {line.by}" if line.by else ""
    return (
        f'<div class="hb-tags"><span class="hb-case">{escape(info.pseudonym)}</span>{"".join(marks)}</div>'
        f'<div class="hb-sub">{escape(" · ".join(told))}</div>'
        f'<div class="hb-sub">{row.created:%Y-%m-%d %H:%M}{escape(by)}, {held}</div>'
    )


def _tested(row: CaseRow, test: Latest) -> str:
    vocabulary = resources.vocabulary(row.info.vocabulary)
    word = standing.listed(test, row.run.id if row.run else "", row.info, vocabulary)
    tag = notices.tag(f"background: {word.value}", charts.TAGS.get(word, ""))
    return f'<span title="{escape(TESTED[word])}">{tag}</span>'


def _run(row: CaseRow, line: Line) -> str:
    now = progress.of(row.run, resources.settings().fields_per_step)
    tag = notices.tag(progress.STATES[now.state], now.state.value)
    if now.active:
        return tag + cards.bar(now.fraction, now.text)
    found = worklist_stale.swaps(row, line.spoke)
    if found:
        why = escape(worklist_stale.told(found))
        tag += f'<span class="hb-tags" title="{why}">{notices.tag("other models", "stale")}</span>'
    said = now.text if row.run else "no analysis was started"
    why = row.run.message if row.run and row.run.state is RunState.FAILED else ""
    said = f"{said}. {why[:140]}{'…' if len(why) > 140 else ''}" if why else said
    return f'<div class="hb-tags">{tag}</div><div class="hb-sub">{escape(said)}</div>'


def _mend(row: CaseRow) -> None:
    """What can be done about the run from here: cancel it, go on, start it (again)."""
    store, run = resources.store(), row.run
    if run is None:
        words, act = "Analyse", lambda: jobs.start_run(store, row.id, actor=who.actor())
    elif run.state in progress.ACTIVE:
        words, act = "Cancel", lambda: jobs.cancel_run(store, run.id, actor=who.actor())
    elif run.state is RunState.CANCELLED:
        words, act = "Go on", lambda: jobs.resume_run(store, run.id, actor=who.actor())
    elif run.state is RunState.FAILED:
        words, act = "Retry", lambda: jobs.start_run(store, row.id, actor=who.actor())
    else:
        return
    refused = who.refusal(Right.UPLOAD) or ("" if row.images else "It has no pictures.")
    if st.button(words, key=f"mend-{row.id}", disabled=bool(refused), help=refused or None):
        _tried(act)


def _tried(act: Callable[[], object]) -> None:
    if not who.may(Right.UPLOAD):
        return
    try:
        act()
    except HemaboardError as error:
        notices.error(error)
    else:
        st.rerun()
