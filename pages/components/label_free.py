"""The result of a label-free case: shares of its classes, markers or why they are withheld, points, branches, cells."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import streamlit as st

from core import labels
from core.protocols import CaseRow
from core.readings import LabelFreeReading
from core.records import Review, Seen
from core.vocabulary import Vocabulary
from pages.components import (
    cards,
    label_free_cells,
    label_free_gate,
    label_free_markers,
    label_free_scatter,
    notices,
    resources,
)
from pages.components.field_viewer import component as field_viewer
from pages.components.label_free_kept import Now
from pages.components.label_free_markers import cuts

__all__ = ["cuts", "domain_warning", "shown"]

CHECKED = {"good": ("✔", "Good"), "warning": ("!", "Look"), "not assessed": ("–", "Not assessed")}


def shown(
    row: CaseRow, seen: Seen, reading: LabelFreeReading, vocabulary: Vocabulary, reviews: Sequence[Review]
) -> None:  # fmt: skip
    """Everything between the notices and the small print; `reviews` are those of the reading."""
    assert row.run is not None
    now = Now(row.id, row.run.id, row.info, resources.last(reviews), len(seen.cells))
    domain_warning(reading)
    cards.class_shares(reading, vocabulary)
    notices.alerts(reading.alerts, ("note",))
    _figures(reading, vocabulary)
    st.header("Markers")
    if reading.markers_withheld or not reading.markers:
        label_free_markers.withheld(reading)
    else:
        label_free_markers.shown(now, seen, reading, vocabulary, reviews)
    st.header("Cells by value")
    notices.html(f'<p class="hb-sub">{escape(label_free_scatter.HOW)}</p>')
    label_free_scatter.shown(now, seen, reading, vocabulary, reviews)
    st.header("Cells")
    marker = label_free_markers.chosen(row.id, reading).name if reading.markers else ""
    label_free_cells.shown(row, seen, reading, vocabulary, marker, reviews)
    st.header("Which branch spoke")
    label_free_gate.shown(now, seen, vocabulary, reviews)
    st.header("Quality")
    _checks(reading)
    st.header("Fields")
    field_viewer.shown(row, seen, labels.settled(seen, reviews), vocabulary, reviews=reviews)
    _parts(seen, reading)


def domain_warning(reading: LabelFreeReading) -> None:
    """What the classes rest on is said before them."""
    for check in reading.checks:
        if check.id == "quality.domain" and check.word == "warning":
            text = f"{check.said[:1].upper()}{check.said[1:]}. {check.note[:1].upper()}{check.note[1:]}."
            notices.say("warning", text, "Another domain")


def _figures(reading: LabelFreeReading, vocabulary: Vocabulary) -> None:
    drawn = [cards.adequacy(reading)]
    drawn += [
        cards.figure(f"{vocabulary[code].name.capitalize()}, not counted", str(count), "cells", "")
        for code, count in reading.uncounted
    ]
    odd = reading.quality.odd
    if odd:
        drawn.append(
            cards.figure("Unlike the calibration cells", str(odd.count), f"of {odd.total}", "1 % is expected.")
        )
    notices.html(f'<div class="hb-cards small">{"".join(drawn)}</div>')


def _checks(reading: LabelFreeReading) -> None:
    rows = []
    for check in reading.checks:
        mark, word = CHECKED[check.word]
        kind = {"good": "done", "warning": "synthetic"}.get(check.word, "")
        said = f"{check.said[:1].upper()}{check.said[1:]}."
        note = f'<div class="hb-sub">{escape(check.note[:1].upper() + check.note[1:])}.</div>' if check.note else ""
        tag = f'<span class="hb-tag {kind}">{mark} {word}</span>'
        rows.append([f"<b>{escape(check.name)}</b>", tag, f"{escape(said)}{note}"])
    notices.html(cards.boxed(cards.table(["Check", "", "What was found"], rows, "words checks")))


def _parts(seen: Seen, reading: LabelFreeReading) -> None:
    names = {image.id: image.label[:1].upper() + image.label[1:] for image in seen.images}
    with st.expander("What each field contributed"):
        rows = [[escape(names.get(image, image)), str(count)] for image, count in reading.fields]
        notices.html(cards.table(["Field", "Counted"], rows, "tight"))
