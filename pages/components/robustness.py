"""The test of the surroundings on its page: what it is, asking for it, what it found."""

from __future__ import annotations

from html import escape

import streamlit as st

from core.charts import robustness as charts
from core.charts import words
from core.errors import HemaboardError
from core.people import Right
from core.protocols import CaseRow
from core.readings import LabelFreeReading, Reading
from core.records import Seen
from core.robustness import standing
from core.robustness.records import Asked, Badge, Robustness, Surroundings
from core.robustness.requests import Kind
from pages.components import (
    cards,
    go,
    notices,
    resources,
    robustness_flips,
    robustness_gallery,
    robustness_moves,
    robustness_watch,
    state,
    who,
)

LEDE = (
    "Each tested cell keeps its own pixels and is put among other surroundings; the network that named it names it "
    "again. If the call changes, the background had a say. It tests the network on this case, not the cells."
)
CELLS = {100: "100 cells", 300: "300 cells", 100_000: "All cells"}


def shown(row: CaseRow, seen: Seen, reading: Reading | LabelFreeReading) -> None:
    notices.html(f'<p class="hb-lede">{LEDE}</p>')
    vocabulary = resources.vocabulary(row.info.vocabulary)
    try:
        results = resources.store().robustness.results(row.id)
    except HemaboardError as error:
        notices.error(error)
        return
    now = standing.current(results, seen, row.info, vocabulary)
    found = results[-1] if results and (now is None or standing.fits(results[-1], seen, row.info, vocabulary)) else now
    badge = standing.badge(results, now)
    if badge is Badge.OUTDATED:
        said = "The cells, their calls or the weights are others since. What follows speaks of an earlier analysis."
        notices.say("warning", said, "Outdated")
    elif badge is Badge.NOT_TESTED:
        notices.html(
            '<div class="hb-empty"><b>Not tested yet.</b>Whether the surroundings decide the calls of this case is not '
            "known.</div>"
        )
    _asking(row, tested=found is not None)
    if found is not None:
        if now is not None and now is not found:
            fuller = (
                f"What follows, test {found.number}, left out kinds of surroundings or cells that test {now.number}"
            )
            said = f"{fuller} tried. That one stands for the case: {now.verdict.word.value}."
            notices.say("note", said, "A fuller test stands")
        _result(row, seen, reading, found, current=now is not None)


def _asking(row: CaseRow, *, tested: bool) -> None:
    if robustness_watch.goes_on(row.id, Kind.SURROUNDINGS):
        return
    with st.container(border=True, key="box-robustness-ask"):
        cells = st.segmented_control(
            "Cells to test", list(CELLS), default=300, format_func=CELLS.__getitem__, required=True,
            key=f"{state.ROBUSTNESS_CELLS}.{row.id}",
        )  # fmt: skip
        settings = st.pills(
            "Surroundings", list(Surroundings), default=list(Surroundings), selection_mode="multi",
            format_func=charts.SHORT.__getitem__, key=f"{state.ROBUSTNESS_SETTINGS}.{row.id}",
        )  # fmt: skip
        refused = who.refusal(Right.REVIEW) or ("" if settings else "Choose at least one kind of surroundings.")
        label = "Test again" if tested else "Test the surroundings"
        if st.button(label, type="secondary" if tested else "primary", disabled=bool(refused), help=refused or None):
            ordered = tuple(one for one in Surroundings if one in settings)
            robustness_watch.ask(row.id, Asked(cells=int(cells or 300), settings=ordered))


def _result(
    row: CaseRow, seen: Seen, reading: Reading | LabelFreeReading, found: Robustness, *, current: bool
) -> None:  # fmt: skip
    vocabulary = resources.vocabulary(row.info.vocabulary)
    withheld = reading.quality.withheld
    _verdict(found, withheld)
    st.header("How far each number moves")
    if withheld:
        notices.say("note", f"{withheld[:1].upper()}{withheld[1:]}.", "Numbers withheld")
    else:
        robustness_moves.shown(row, found)
    st.header("Calls that change")
    robustness_flips.shown(found, vocabulary)
    st.header("Cells that change their call")
    if current:
        robustness_gallery.shown(row, seen, found, vocabulary)
    else:
        notices.html('<p class="hb-sub">Test again to see the cells: those of an earlier analysis may be others.</p>')


def _verdict(found: Robustness, withheld: str) -> None:
    verdict = found.verdict
    when = f"{found.at:%Y-%m-%d %H:%M} UTC by {found.actor}" if found.at else "not kept"
    size = f"{words.size(len(found.tested), 'cell')} of {found.frame}"
    fragile = sum(one.fragile for one in found.flipped)
    reasons = () if withheld else verdict.reasons
    listed = "".join(f"<li>{escape(words.unbroken(one))}</li>" for one in reasons)
    notices.html(
        f'<div class="hb-notice {charts.LEVELS[verdict.word]}" role="note"><b>{charts.TITLES[verdict.word]}</b>'
        f"<span>{escape(verdict.said)}</span></div>"
        + (f'<ul class="hb-list hb-advice">{listed}</ul>' if listed else "")
        + '<div class="hb-cards four hb-apart">'
        + cards.figure("Tested", str(len(found.tested)), f"of {found.frame} cells", "")
        + cards.figure("Called otherwise", str(len(found.flipped)), "in at least one setting", "")
        + cards.figure("Fragile", str(fragile), "in two or more", "They join the review queue.")
        + cards.figure("Verdict", verdict.word.value, "", "")
        + "</div>"
    )
    with st.expander("What the verdict rests on, and its limits"):
        lines = "".join(f"<li>{escape(words.unbroken(one))}</li>" for one in (*verdict.limits, *found.notes))
        notices.html(f'<ul class="hb-list">{lines}</ul><p class="hb-foot">{escape(size)}, tested {escape(when)}.</p>')


def badge(row: CaseRow, seen: Seen) -> None:
    """For the case's page: one word, and the way here."""
    vocabulary = resources.vocabulary(row.info.vocabulary)
    results = resources.store().robustness.results(row.id)
    word = standing.badge(results, standing.current(results, seen, row.info, vocabulary))
    kind = charts.TAGS.get(word, "")
    with st.container(
        horizontal=True, vertical_alignment="center", key="robustness-badge", gap="small", width="content"
    ):
        go.to("robustness.py", "Does the background decide?", key="case-robustness", case=row.id)
        notices.html(f'<span class="hb-tag {kind}">background: {escape(word.value)}</span>')
