"""Cases that other models named than those installed now: how they are told, and how they are analysed again."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from html import escape

import streamlit as st

from core import recompute
from core.charts.progress import ACTIVE
from core.charts.words import size
from core.doors.desk import Installed, Mark
from core.errors import HemaboardError
from core.jobs import runs as jobs
from core.people import Right
from core.protocols import CaseRow
from core.recompute import Swap
from pages.components import go, notices, resources, state, who

TASKS = {"detector": "Finds cells", "classifier": "Names cells", "phenotyper": "Names cells"}
KEPT = (
    "The earlier result stays readable. What people said of a cell holds for the same cell only: where a new model "
    "draws another outline, the cell must be reviewed again."
)


@cache
def installed() -> Installed:
    """What would speak now. It does not change while the server runs; where nothing is installed, nothing is stale."""
    try:
        return recompute.installed(resources.model_cards())
    except HemaboardError:  # the page of the models tells what is wrong
        return {}


def swaps(row: CaseRow, spoke: Sequence[Mark]) -> tuple[Swap, ...]:
    now = installed().get(row.info.modality, ())
    return recompute.swaps(spoke, now) if recompute.stale(spoke, now) else ()


def told(found: Sequence[Swap]) -> str:
    """'Names cells: cell-classifier 1a2b3c4d → cell-classifier 5e6f7a8b'"""

    def one(mark: Mark | None) -> str:
        return f"{mark.name} {mark.digest[:8]}" if mark else "none"

    return "; ".join(f"{TASKS.get(swap.task, swap.task)}: {one(swap.was)} → {one(swap.now)}" for swap in found)


def shown(row: CaseRow) -> None:
    """On a case's page: says that its models are not those installed now, and offers both ways on."""
    line = resources.store().desk.line(row.id)
    found = swaps(row, line.spoke)
    earlier = len(resources.store().desk.runs(row.id)) > 1
    if found:
        notices.say("note", f"{told(found)}. {KEPT}", "Other models are installed now")
    if found or earlier:
        with st.container(horizontal=True, gap="small"):
            if found:
                again(row, key=f"stale-again-{row.id}")
            if earlier:
                go.to("compare.py", "Compare with the earlier run", key=f"stale-compare-{row.id}", case=row.id)


def again(row: CaseRow, *, key: str, words: str = "Analyse again") -> None:
    """A button that queues a new run."""
    refused = who.refusal(Right.UPLOAD)
    busy = row.run is not None and row.run.state in ACTIVE
    why = refused or ("An analysis is on its way." if busy else "")
    if st.button(words, key=key, disabled=bool(why), help=why or None) and start([row.id]):
        st.rerun()


def start(case_ids: Sequence[str]) -> int:
    """Queue a run of each case; how many were queued. A case that is on its way already, or cannot be analysed, is
    passed over and told; the others go on."""
    if not who.may(Right.UPLOAD):
        return 0
    store, queued, left = resources.store(), 0, []
    for case_id in case_ids:
        try:
            row = store.case(case_id)
            if row.run is not None and row.run.state in ACTIVE:
                left.append(f"{row.info.pseudonym} is on its way already")
                continue
            jobs.start_run(store, case_id, actor=who.actor())
        except HemaboardError as error:
            left.append(str(error))
        else:
            queued += 1
    said = [f"{size(queued, 'analysis', 'analyses')} queued."] if queued else []
    said += (
        [f"{size(len(left), 'case')} left out: {'; '.join(left[:3])}{' …' if len(left) > 3 else ''}"] if left else []
    )
    if said:
        state.flash(" ".join(said))
    return queued


def listed(found: Sequence[Swap]) -> str:
    """Markup for a card: one line a task."""
    rows = "".join(
        f"<dt>{escape(TASKS.get(swap.task, swap.task))}</dt><dd>{_mark(swap.was)} → {_mark(swap.now)}</dd>"
        for swap in found
    )
    return f'<dl class="hb-dl">{rows}</dl>'


def _mark(mark: Mark | None) -> str:
    if mark is None:
        return "none"
    return f'{escape(mark.name)} <span class="hb-digest">{escape(mark.digest[:12])}…</span>'
