"""Markers of a label-free case: which one, how its values lie, a cut-off that can be moved; or why none may be seen."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any

import streamlit as st

from core.charts import gauge, label_free, markers, screen, screen_label_free, words
from core.charts.markers import Row
from core.readings import LabelFreeReading, MarkerReading
from core.records import Review, Seen
from core.vocabulary import Vocabulary
from pages.components import cards, notices, state
from pages.components.label_free_kept import Now

FIRST = "CD16"  # the marker that is shown when nobody chose one
STEP = 0.05  # of the cut-off
VIOLINS, RIDGES, BARS = "Violins", "Ridges", "Histograms"
READ_AS = {
    VIOLINS: "The thick bar under each shape is the middle half of its group.",
    RIDGES: "Each curve is as high as the others at its highest place; the tick at its foot is the median.",
    BARS: "Bars are shares of a group's own cells.",
}


def cuts(case_id: str) -> dict[str, float]:
    """The cut-offs that were entered on this page in this session, by marker."""
    return dict(state.get(f"{state.CASE_CUTS}.{case_id}", {}))


def chosen(case_id: str, reading: LabelFreeReading) -> MarkerReading:
    """The marker that the page is about now."""
    by_name = {marker.name: marker for marker in reading.markers}
    name = st.session_state.get(f"{state.CASE_MARKER}.{case_id}") or FIRST
    return by_name.get(name) or next(iter(by_name.values()))


def shown(
    now: Now, seen: Seen, reading: LabelFreeReading, vocabulary: Vocabulary, reviews: Sequence[Review]
) -> None:  # fmt: skip
    names = [marker.name for marker in reading.markers]
    with st.container(key="wrap-marker"):
        choice, shape = st.columns([3, 2], gap="medium", vertical_alignment="bottom")
    choice.segmented_control(
        "Marker", names, default=FIRST if FIRST in names else names[0], required=True,
        key=f"{state.CASE_MARKER}.{now.case}",
    )  # fmt: skip
    drawn_as = shape.segmented_control(
        "Drawn as", list(READ_AS), default=VIOLINS, required=True, key=f"{state.CASE_SHAPE}.{now.case}"
    )
    marker = chosen(now.case, reading)
    if marker.withheld:
        notices.say("note", f"{marker.withheld[:1].upper()}{marker.withheld[1:]}.", "Withheld")
        return
    rows = now.once(
        ("values", marker.name), lambda: markers.rows(marker, reading, seen, vocabulary, tuple(reviews))
    )  # fmt: skip
    _cut_off(now.case, marker, rows)
    _numbers(marker)
    _picked(now, marker, reading, seen)
    with st.container(border=True, key="box-marker"):
        _drawn(now, marker, rows, drawn_as or VIOLINS)
        notices.html(f'<div class="hb-foot">{escape(READ_AS[drawn_as or VIOLINS])} Dotted: the cut-off.</div>')
    _table(marker, vocabulary)
    notices.html(f'<div class="hb-foot">{escape(marker.note)}</div>')


def withheld(reading: LabelFreeReading) -> None:
    """One block in place of every number, with the reason and what would change it."""
    names = "".join(notices.tag(marker.name) for marker in reading.markers)
    reason = reading.markers_withheld
    notices.html(
        '<section class="hb-card hb-withheld"><div class="hb-name">Marker values</div>'
        f'<div class="hb-figure"><b>withheld</b></div><div class="hb-tags">{names}</div>'
        f'<div class="hb-foot">{escape(reason[:1].upper() + reason[1:])}.</div></section>'
    )


def _drawn(now: Now, marker: MarkerReading, rows: tuple[Row, ...], drawn_as: str) -> None:
    plain = now.once(("values' chart", marker.name, drawn_as), lambda: _chart(marker, rows, drawn_as))
    figure = screen.Ready(plain, screen.line(x=marker.cut, width=1.4 if drawn_as == VIOLINS else 1.6))
    st.plotly_chart(figure, config=screen.CONFIG, key=f"marker-{drawn_as}")  # a violin does not become a bar


def _chart(marker: MarkerReading, rows: tuple[Row, ...], drawn_as: str) -> dict[str, Any]:
    """Without the cut-off, which moves."""
    units = f"{marker.name}, {marker.units}"
    if drawn_as == RIDGES:
        return screen_label_free.ridges(label_free.curves(rows), units).to_dict()
    if drawn_as == BARS:
        return screen_label_free.histograms(label_free.bars(rows), units).to_dict()
    return screen.distributions(rows, units).to_dict()


def _cut_off(case_id: str, marker: MarkerReading, rows: tuple[Row, ...]) -> None:
    """A slider to look for it and a number to say it: whichever was touched last counts, from the next drawing on.

    An emptied number gives the card's own cut-off back, if it has one.
    """
    low, high = label_free.reach(rows, STEP)
    slid, typed = (f"{state.CASE_CUTS}.{case_id}.{marker.id}{part}" for part in (".slid", ""))
    if marker.cut is not None and abs(st.session_state.get(slid, low - 1) - marker.cut) > STEP / 2:
        state.put(slid, min(max(marker.cut, low), high))
    elif not low <= state.get(slid, low) <= high:
        state.put(slid, low)

    def taken(key: str, other: str) -> None:
        known = {name: cut for name, cut in cuts(case_id).items() if name != marker.name}
        value = st.session_state[key]
        state.put(f"{state.CASE_CUTS}.{case_id}", known if value is None else known | {marker.name: value})
        if other == typed:
            state.put(typed, value)

    state.get(typed, cuts(case_id).get(marker.name))
    moved, said = st.columns([4, 1], gap="medium", vertical_alignment="bottom")
    moved.slider("Move the cut-off", low, high, step=STEP, format="%.2f", key=slid, on_change=taken, args=(slid, typed))
    said.number_input(
        "Cut-off", step=0.1, format="%.2f", key=typed, on_change=taken, args=(typed, slid),
        placeholder="none" if marker.cut is None else f"{marker.cut:.2f} (card)",
    )  # fmt: skip


def _picked(now: Now, marker: MarkerReading, reading: LabelFreeReading, seen: Seen) -> None:
    cells = now.once(("above", marker.name, marker.cut), lambda: label_free.above(marker, reading, seen))
    if cells:
        st.button(
            f"Show the {words.size(len(cells), 'cell')} above the cut-off in the gallery",
            key="cells-above", on_click=state.put, args=(f"{state.CASE_PICKED}.{now.case}", cells),
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
        missing = "Neither the card nor anybody here gave one."
        drawn.append(cards.figure("Above a cut-off", words.NOTHING, "", missing, small=False))
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
