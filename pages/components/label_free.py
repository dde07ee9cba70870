"""The result of a label-free case: shares of its classes, markers or why they are withheld, quality, fields, cells."""

from __future__ import annotations

from html import escape

import streamlit as st

from core.charts import gauge, markers, screen, words
from core.protocols import CaseRow
from core.readings import LabelFreeReading, MarkerReading
from core.records import Call, MarkerValue, Seen
from core.vocabulary import Vocabulary
from pages.components import cards, cell_grid, field_picture, notices, resources, state

FIRST = "CD16"  # the marker that is shown when nobody chose one
CHECKED = {"good": ("✔", "Good"), "warning": ("!", "Look"), "not assessed": ("–", "Not assessed")}
STRIP = (
    "Each strip: left, right, top and bottom view over their background, then the recovered phase from 0 (violet) to "
    "3 rad (yellow). A grey square is a view that is missing. “convolutions”: what that branch of the network says of "
    "the class; attention says the rest."
)


def cuts(case_id: str) -> dict[str, float]:
    """The cut-offs that were entered on this page in this session, by marker."""
    return dict(state.get(f"{state.CASE_CUTS}.{case_id}", {}))


def shown(row: CaseRow, seen: Seen, reading: LabelFreeReading, vocabulary: Vocabulary) -> None:
    """Everything between the notices and the small print."""
    _domain(reading)
    cards.class_shares(reading, vocabulary)
    notices.alerts(reading.alerts, ("note",))
    _figures(reading, vocabulary)
    st.header("Markers")
    if reading.markers_withheld:
        _withheld(reading)
    else:
        _markers(row.id, seen, reading, vocabulary)
    st.header("Quality")
    _checks(reading)
    st.header("Fields")
    field_picture.viewed(row.id, seen, ["Counted"], {image: [n] for image, n in reading.fields}, vocabulary)
    st.header("Cells")
    notices.html(f'<p class="hb-sub">{escape(STRIP)}</p>')
    cell_grid.shown(row.id, seen, vocabulary, _told(seen, reading))


def _domain(reading: LabelFreeReading) -> None:
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


def _withheld(reading: LabelFreeReading) -> None:
    """One block in place of every number, with the reason and what would change it."""
    names = "".join(notices.tag(marker.name) for marker in reading.markers)
    reason = reading.markers_withheld
    notices.html(
        '<section class="hb-card hb-withheld"><div class="hb-name">Marker values</div>'
        f'<div class="hb-figure"><b>withheld</b></div><div class="hb-tags">{names}</div>'
        f'<div class="hb-foot">{escape(reason[:1].upper() + reason[1:])}.</div></section>'
    )


def _markers(case_id: str, seen: Seen, reading: LabelFreeReading, vocabulary: Vocabulary) -> None:
    by_name = {marker.name: marker for marker in reading.markers}
    with st.container(key="choose-marker"):
        choice, entered = st.columns([3, 1], gap="medium", vertical_alignment="bottom")
    chosen = choice.segmented_control(
        "Marker", list(by_name), default=FIRST if FIRST in by_name else next(iter(by_name)), required=True,
        key=f"{state.CASE_MARKER}.{case_id}",
    )  # fmt: skip
    marker = by_name[chosen or next(iter(by_name))]
    _cut_off(entered, case_id, marker)
    if marker.withheld:
        notices.say("note", f"{marker.withheld[:1].upper()}{marker.withheld[1:]}.", "Withheld")
        return
    _numbers(marker)
    with st.container(border=True, key="box-marker"):
        rows = markers.rows(marker, reading, seen, vocabulary, tuple(resources.store().reviews(case_id)))
        drawn = screen.distributions(rows, f"{marker.name}, {marker.units}", marker.cut)
        st.plotly_chart(drawn, config=screen.CONFIG, key="marker")
    _table(marker, vocabulary)
    notices.html(f'<div class="hb-foot">{escape(marker.note)}</div>')


def _cut_off(place, case_id: str, marker: MarkerReading) -> None:
    """A cut-off typed here counts from the next drawing on; left empty, the card's own is used if it has one."""
    key = f"{state.CASE_CUTS}.{case_id}.{marker.id}"

    def taken() -> None:
        known = {name: cut for name, cut in cuts(case_id).items() if name != marker.name}
        value = st.session_state[key]
        state.put(f"{state.CASE_CUTS}.{case_id}", known if value is None else known | {marker.name: value})

    place.number_input(
        "Cut-off", value=cuts(case_id).get(marker.name), step=0.1, format="%.2f", key=key, on_change=taken,
        placeholder="none" if marker.cut is None else f"{marker.cut:.2f} (card)",
    )  # fmt: skip


def _numbers(marker: MarkerReading) -> None:
    """Median, share above the cut-off and shape, over all counted cells."""
    whole = marker.whole
    if whole.withheld:
        notices.html(cards.figure(marker.name, "withheld", "", whole.withheld))
        return
    drawn = []
    middle = markers.quantile(whole, 0.5)
    if middle:
        foot = f"{whole.cells} counted cells. {words.method(middle.interval)}." if middle.interval else ""
        drawn.append(
            cards.figure("Median", f"{middle.value:.2f}", words.number_range(middle.interval, 2), foot, small=False)
        )
    if whole.above:
        name = f"Above {marker.cut:g}, {marker.cut_origin}"
        drawn.append(cards.share_card(whole.above, name, gauge.ruler(whole.above)))
    else:
        drawn.append(
            cards.figure(
                "Above a cut-off", words.NOTHING, "", "Neither the card nor anybody here gave one.", small=False
            )
        )
    if whole.bimodality:
        shape = whole.bimodality
        hint = "Above 0.56: two peaks, or one that leans." if shape.above else "Not above 0.56: no sign of two peaks."
        beside = words.number_range(shape.interval, 2)
        drawn.append(cards.figure("Sarle's bimodality", f"{shape.value:.2f}", beside, hint, small=False))
    notices.html(f'<div class="hb-cards three">{"".join(drawn)}</div>')


def _table(marker: MarkerReading, vocabulary: Vocabulary) -> None:
    rows = [
        [
            f'<i class="hb-swatch" style="background:{escape(line.colour)}"></i>{escape(line.name)}',
            line.cells, line.median, line.median_range, line.middle_half, line.above, line.above_range,
        ]
        for line in markers.lines(marker, vocabulary)
    ]  # fmt: skip
    heads = ["Cells", "Number", "Median", "95 % interval", "Middle half", "Above cut-off", "95 % interval"]
    notices.html(cards.boxed(cards.table(heads, rows)))


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


def _told(seen: Seen, reading: LabelFreeReading) -> dict[str, str]:
    """Under each strip: the views if some are missing, the chosen marker if it may be seen, and who spoke."""
    return {call.cell: " · ".join(_parts(call, reading.values.get(call.cell, {}).get(FIRST))) for call in seen.calls}


def _parts(call: Call, value: MarkerValue | None) -> list[str]:
    parts = []
    if value is not None:
        ends = f" [{value.low:.2f}–{value.high:.2f}]" if value.low is not None and value.high is not None else ""
        parts.append(f"{FIRST} {value.value:.2f}{ends}")
    if call.views and len(call.views) < 4:
        parts.append(f"only {', '.join(call.views)}")
    if call.gate:
        parts.append(words.unbroken(f"convolutions {100 * call.gate[0]:.0f} %"))
    return parts
