"""The cells of a label-free case in the gallery, with what was estimated of each, and what their pictures show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

import streamlit as st

from core import phenotype, saliency
from core.charts import label_free, words
from core.protocols import CaseRow
from core.readings import LabelFreeReading
from core.records import Call, MarkerValue, Review, Seen
from core.vocabulary import Vocabulary
from pages.components import label_free_views, notices, state
from pages.components.cell_board import component as cell_board

PICTURES = {
    "The strip": (
        "left, right, top and bottom view over their background, then the recovered phase. A grey square is a view "
        "that is missing."
    ),
    "One view": "lit from that side alone; black is 0.6 and white 1.4 of the empty glass.",
    "Phase": "from 0 (violet) to 3 rad (yellow): how much the cell delays light.",
    "Saliency": saliency.MEANING,
}


def shown(
    row: CaseRow,
    seen: Seen,
    reading: LabelFreeReading,
    vocabulary: Vocabulary,
    marker: str,
    reviews: Sequence[Review],
) -> None:
    """All cells, or those picked in the chart above; `marker` is told of each where it may be seen."""
    _meaning(seen)
    assert row.run is not None
    _beyond(row.id, row.run.id, reading)
    cell_board.shown(row, seen, vocabulary, reviews, strips=_told(row.id, row.run.id, marker, seen, reading))


@st.cache_resource(max_entries=32, show_spinner=False)
def _told(
    case_id: str, run_id: str, marker: str, _seen: Seen, _reading: LabelFreeReading  # noqa: ARG001
) -> Mapping[str, str]:  # fmt: skip
    """What is written under each cell. A run's estimates never change, whatever people say of its cells."""
    return {call.cell: " · ".join(_lines(call, _reading.values, _reading, marker)) for call in _seen.calls}


def _meaning(seen: Seen) -> None:
    with st.expander("What the pictures show"):
        why_not = label_free_views.why_no_saliency(seen)
        texts = {**PICTURES, **({"Saliency": f"not here: {why_not}."} if why_not else {})}
        rows = "".join(f"<dt>{escape(name)}</dt><dd>{escape(text)}</dd>" for name, text in texts.items())
        notices.html(f'<dl class="hb-dl">{rows}</dl>')


def _beyond(case_id: str, run_id: str, reading: LabelFreeReading) -> None:
    """Values outside what the network learned in deserve a look of their own."""
    far = _far(case_id, run_id, reading)
    if far:
        st.button(
            f"Show the {words.size(len(far), 'cell')} with a value beyond the range that was learned",
            key="cells-beyond", on_click=state.put, args=(f"{state.CASE_PICKED}.{case_id}", far),
        )  # fmt: skip


@st.cache_resource(max_entries=32, show_spinner=False)
def _far(case_id: str, run_id: str, _reading: LabelFreeReading) -> tuple[str, ...]:  # noqa: ARG001
    return label_free.beyond(_reading)


def _lines(
    call: Call, values: Mapping[str, Mapping[str, MarkerValue]], reading: LabelFreeReading, marker: str
) -> list[str]:
    """The chosen marker with its interval, a flag for any that lies beyond what was learned, views, branch."""
    found = []
    for told in label_free.told(values.get(call.cell, {}), reading.models):
        if told.name == marker:
            found.append(f"{told.name} {told.value} [{told.interval}]")
        if told.flag:
            found.append(f"{told.name} {told.value}: {told.flag}")
    if call.views and len(call.views) < len(phenotype.VIEWS):
        found.append(f"only {', '.join(call.views)}")
    if call.gate:
        found.append(words.unbroken(f"convolutions {100 * call.gate[0]:.0f} %"))
    return found
