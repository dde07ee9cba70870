"""The result of a smear, in sections; one is made at a time, so that a page of five thousand cells answers at once.

What is picked in one section is looked at in another: a class of the differential in the gallery, a cell of the
gallery in its field, a cell of a field in the gallery.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core import labels
from core.appraisals import DesignEstimate
from core.charts import field_sheet
from core.doors.review import Purpose
from core.protocols import CaseRow
from core.readings import Reading
from core.records import Review, Seen
from core.review import design, reads
from core.vocabulary import Vocabulary
from pages.components import (
    case_details,
    notices,
    resources,
    smear_budget,
    smear_counts,
    smear_criteria,
    smear_differential,
    smear_fields,
    smear_shares,
    state,
)
from pages.components.cell_board import component as cell_board
from pages.components.field_viewer import component as field_viewer

OVERVIEW, DIFFERENTIAL, CELLS, FIELDS, SUMMARY, DETAILS = (
    "Overview", "Differential", "Cells", "Fields", "Summary", "Details"
)  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """Everything a section needs."""

    row: CaseRow
    seen: Seen
    reading: Reading
    vocabulary: Vocabulary
    reviews: Sequence[Review]


def shown(
    row: CaseRow, seen: Seen, reading: Reading, vocabulary: Vocabulary, reviews: Sequence[Review]
) -> DeltaGenerator | None:
    """Everything between the notices and the end of the page; the place of the summary where that section is open."""
    case = Case(row, seen, reading, vocabulary, reviews)
    place = None
    made: dict[str, Callable[[Case], None]] = {
        OVERVIEW: _overview, DIFFERENTIAL: _differential, CELLS: _cells, FIELDS: _fields, SUMMARY: lambda _: None,
        DETAILS: _details,
    }  # fmt: skip
    for tab, (name, make) in zip(
        st.tabs(list(made), key=_section(row.id), on_change="rerun"), made.items(), strict=True
    ):
        if tab.open:
            with tab:
                if name != OVERVIEW:
                    smear_shares.strip(reading, vocabulary)
                make(case)
                place = st.container() if name == SUMMARY else place
    return place


def _overview(case: Case) -> None:
    smear_shares.shown(case.reading, case.vocabulary, _sampled(case))
    beside = smear_counts.compared(case.row, case.reading)
    smear_counts.flagged(beside)
    notices.alerts(case.reading.alerts, ("note",))
    smear_shares.figures(case.reading)
    st.header("The blast share, read by two classifications")
    smear_criteria.shown(case.reading)
    st.header("Error budget: what makes the interval wide")
    smear_budget.shown(case.row, case.reading, case.reviews)
    st.header("Counts made elsewhere")
    smear_counts.shown(case.row, beside)


def _sampled(case: Case) -> DesignEstimate | None:
    """What the random sample of this run says, once it was read to its end."""
    assert case.row.run is not None
    sample = reads.latest(resources.store().review.samples(case.row.id), Purpose.ESTIMATE, case.row.run.id)
    if sample is None or case.reading.quality.withheld:
        return None
    found = design.estimate(case.seen, case.reviews, sample.drawn, case.row.info, case.vocabulary)
    return None if found.withheld else found


def _differential(case: Case) -> None:
    notices.html('<p class="hb-sub">Choose a class to see its cells.</p>')
    smear_differential.shown(case.row, case.reading, case.vocabulary, lambda code: _to_class(case.row.id, code))
    smear_shares.figures(case.reading)


def _cells(case: Case) -> None:
    cell_board.shown(case.row, case.seen, case.vocabulary, case.reviews)
    focus = field_viewer.focus_of(case.row.id)
    if focus and field_sheet.where(focus, case.seen):
        st.header("Where it lies in its field")
        _viewer(case, "cell-field", 420)


def _fields(case: Case) -> None:
    _viewer(case, "field", 560, lambda _: _go(case.row.id, CELLS))
    st.header("Is one field deciding?")
    smear_fields.contributions(case.row, case.seen, case.reading, lambda image: _turned(case.row.id, image))


def _details(case: Case) -> None:
    case_details.small_print(case.reading)
    case_details.take_away(case.row, case.seen, case.reading, case.reviews)


def _viewer(case: Case, key: str, tall: int, on_find: Callable[[str], None] | None = None) -> None:
    store, named = resources.store(), labels.settled(case.seen, case.reviews)
    samples, steps = store.review.samples(case.row.id), store.review.steps(case.row.id)
    told, _ = reads.to_be_told(case.reviews, samples, steps)  # readers of an open round must not see one another's
    turned = str(state.get(f"{state.CASE_FIELD}.{case.row.id}", ""))
    field_viewer.shown(
        case.row,
        case.seen,
        named,
        case.vocabulary,
        key,
        reviews=told,
        tall=tall,
        on_find=on_find,
        turned=turned,
    )


def _turned(case_id: str, image: str) -> None:
    """The viewer is asked for a field: which, and how often anybody asked, so that the same one can be asked again."""
    asked = str(state.get(f"{state.CASE_FIELD}.{case_id}", "")).partition(" ")[0]
    state.put(f"{state.CASE_FIELD}.{case_id}", f"{int(asked or 0) + 1} {image}")


def _to_class(case_id: str, code: str) -> None:
    """The cells of one class, whatever was picked before."""
    state.put(f"{state.CASE_CLASS}.{case_id}", code)
    state.put(f"{state.CASE_PICKED}.{case_id}", ())
    _go(case_id, CELLS)


def _section(case_id: str) -> str:
    return f"{state.CASE_SECTION}.{case_id}"


def _go(case_id: str, section: str) -> None:
    state.put(_section(case_id), section)
