"""The random sample: plan, declare, draw, read, and only then the interval it gives. Doubtful cells stay outside."""

from __future__ import annotations

import datetime as dt
import secrets
import uuid
from collections.abc import Sequence
from html import escape

import streamlit as st

from core.appraisals import DesignEstimate, DesignShare, Plan
from core.charts import words
from core.doors.review import Purpose, Sample, SampleStep, StepKind
from core.errors import HemaboardError
from core.people import Right
from core.protocols import CaseRow
from core.readings import Corrected, Reading, Share
from core.records import Review, Seen, Stream
from core.review import design, planner, reads
from core.review import sample as drawing
from core.vocabulary import Vocabulary
from pages.components import cards, crop_row, notices, resources, who
from pages.components.cell_board import component as cell_board

USUAL = 100
LOOK_EVERY = 5.0  # seconds; while somebody reads, the progress follows
TWO_STREAMS = (
    "Two streams, kept apart. Cells drawn at random, each with a known probability, give an interval that holds"
    " whatever the classifier does. Cells that somebody picks because they look doubtful correct those very cells, and"
    " never enter that interval: they are not like the rest."
)
APART = "Doubtful cells are reviewed in the gallery of the case page. None of that enters the interval here."


def shown(row: CaseRow, seen: Seen, reviews: Sequence[Review], reading: Reading, vocabulary: Vocabulary) -> None:
    assert row.run is not None
    store = resources.store()
    samples, steps = store.review.samples(row.id), store.review.steps(row.id)
    sample = reads.latest(samples, Purpose.ESTIMATE, row.run.id)
    notices.html(f'<p class="hb-lede">{escape(TWO_STREAMS)}</p>')
    if sample is None:
        if any(one.purpose is Purpose.ESTIMATE for one in samples):
            notices.say("note", "It was drawn from another run’s cells. Draw anew for this run.", "An earlier sample")
        _planned(reading, seen, reviews, vocabulary)
        _declared(row, seen, vocabulary)
        return
    mine = reads.reader(who.actor(), sample, samples, steps, reviews)
    found = design.estimate(seen, reviews, sample.drawn, row.info, vocabulary)
    _stated(sample)
    if found.read == found.declared:
        _compared(reading, found)
    else:
        st.fragment(_progress, run_every=LOOK_EVERY)(row, sample, found.read)
    if sample.blinded and not mine.revealed and mine.reads:
        _reveal(row, sample, mine)
    hidden = sample.blinded and not mine.revealed
    if found.read < found.declared or (sample.blinded and mine.reads):
        cell_board.shown(
            row, seen, vocabulary, reviews, stream=Stream.RANDOM, only=sample.cells, order=sample.cells,
            blinded=hidden, probability=sample.drawn.probability, key=f"sample-{sample.id}",
        )  # fmt: skip
    notices.html(f'<p class="hb-sub">{escape(APART)}</p>')
    if mine.revealed:
        _changed(row, seen, reviews, sample, vocabulary)
    with st.expander("Another sample"):
        notices.say("warning", "To draw again because an interval did not please is optional stopping.", "Take care")
        _planned(reading, seen, reviews, vocabulary)
        _declared(row, seen, vocabulary)


# --- before: plan and declare ---------------------------------------------------------------------------


def _planned(reading: Reading, seen: Seen, reviews: Sequence[Review], vocabulary: Vocabulary) -> None:
    st.subheader("Would more work help?")
    plans = [planner.plan(reading, seen, reviews, vocabulary, share=id) for id in ("blasts.ratio", "cblc.ratio")]
    for plan, title in zip(plans, ("Blasts and blast equivalents", vocabulary.cblc_name), strict=True):
        if plan.withheld:
            notices.say("note", f"{plan.withheld}.", title)
        else:
            notices.html(f'<p class="hb-sub"><b>{escape(title)}</b>: {escape(plan.advice)}</p>')
    notices.html(f'<p class="hb-sub">{escape(plans[0].rule)}</p>')
    if any(plan.steps for plan in plans):
        with st.expander("How much: more cells read, or more fields"):
            notes = dict.fromkeys(note for plan in plans for note in plan.notes)
            told = "".join(f'<p class="hb-sub">{escape(text)}</p>' for text in notes)
            notices.html(_steps(plans, vocabulary) + told)


def _steps(plans: Sequence[Plan], vocabulary: Vocabulary) -> str:
    """One row for each thing that could be done, what it would do to either share beside it."""
    done = dict.fromkeys((step.kind, step.more) for plan in plans for step in plan.steps)
    foreseen = [{(step.kind, step.more): step.points for step in plan.steps} for plan in plans]
    now = ["now", *(_points(plan.points) for plan in plans)]
    rows = [[escape(_work(*what)), *(_points(one.get(what)) for one in foreseen)] for what in done]
    heads = ["What is done", "Blasts: half-width", f"{vocabulary.cblc_name}: half-width"]
    return cards.table(heads, [now, *rows])


def _work(kind: str, more: int) -> str:
    return f"{more} cells read at random" if kind == "cells" else words.size(more, "further field")


def _points(value: float | None) -> str:
    return words.NOTHING if value is None else f"± {value:.1f} points"


def _declared(row: CaseRow, seen: Seen, vocabulary: Vocabulary) -> None:
    st.subheader("Declare and draw")
    total = len(seen.cells)
    if not total:
        notices.say("note", "The run found no cells.", "Nothing to draw")
        return
    refusal = who.refusal(Right.REVIEW)
    with st.form(f"declare-{row.id}"):
        left, right = st.columns(2)
        n = left.number_input("Cells to read (declared now, then kept to)", 1, total, min(USUAL, total))
        grouped = right.toggle(
            "Draw from every group of calls",
            value=True,
            help="Some of the cells called early, of the other counted and of the uncounted ones. Better where early"
            " cells are few; each cell’s probability is kept and allowed for.",
        )
        blinded = right.toggle(
            "Hide the machine’s calls until I have read",
            value=True,
            help="A read with the call in view is drawn towards it. The calls are revealed when you ask for them;"
            " what you then change is kept, and counted as a changed mind.",
        )
        if st.form_submit_button(f"Draw from {words.size(total, 'cell')}", type="primary", disabled=bool(refusal)):
            _draw(row, seen, vocabulary, int(n), grouped=grouped, blinded=blinded)
    if refusal:
        notices.html(f'<p class="hb-sub">{escape(refusal)}</p>')


def _draw(row: CaseRow, seen: Seen, vocabulary: Vocabulary, n: int, *, grouped: bool, blinded: bool) -> None:
    if row.run is None or not who.may(Right.REVIEW):
        notices.say("warning", who.refusal(Right.REVIEW), "Not possible")
        return
    seed = secrets.randbelow(2**31)
    try:
        if grouped:
            drawn = drawing.stratified(drawing.call_groups(seen, row.info, vocabulary), n, seed)
        else:
            drawn = drawing.drawn(drawing.frame(seen), n, seed)
        now = dt.datetime.now(dt.UTC)
        name = f"sample-{uuid.uuid4().hex[:12]}"
        sample = Sample(name, row.run.id, Purpose.ESTIMATE, now, who.actor(), drawn, blinded)
        resources.store().review.add_sample(row.id, sample)
    except HemaboardError as error:
        notices.error(error)
        return
    st.rerun()


# --- while it is read -----------------------------------------------------------------------------------


def _stated(sample: Sample) -> None:
    drawn = sample.drawn
    how = "from every group of calls" if drawn.strata else "simple random"
    said = f"{len(drawn.cells)} of {drawn.frame} cells, {how}, seed {drawn.seed}; declared by {sample.actor}"
    parts = "; ".join(f"{part.name}: {part.drawn} of {part.cells}" for part in drawn.strata)
    notices.html(
        f'<p class="hb-sub"><b>The sample</b>: {escape(said)} on {sample.at:%Y-%m-%d %H:%M} UTC.'
        f"{f' {escape(parts[:1].upper() + parts[1:])}.' if parts else ''}</p>"
    )


def _progress(row: CaseRow, sample: Sample, known: int) -> None:
    """Looks by itself, so that reading in the gallery need not draw the whole page anew."""
    done = len(design.reads(resources.store().reviews(row.id), sample.drawn))
    total = len(sample.cells)
    if done == total and known < total:
        st.rerun()
    notices.html(cards.bar(done / total, f"{done} of {total} declared cells read"))
    if done < total:
        notices.html('<p class="hb-sub">There is no interval before the last declared cell is read.</p>')


def _reveal(row: CaseRow, sample: Sample, mine: reads.Reader) -> None:
    left = mine.cells - len(mine.reads)
    words_ = "Reveal the machine’s calls" if not left else f"Reveal the machine’s calls, {left} cells early"
    if st.button(words_, key=f"reveal-{sample.id}", disabled=not who.may(Right.REVIEW)) and who.may(Right.REVIEW):
        now = dt.datetime.now(dt.UTC)
        step = SampleStep(sample.id, StepKind.REVEALED, now, who.actor(), len(mine.reads))
        resources.store().review.add_step(row.id, step)
        st.rerun()


# --- afterwards -----------------------------------------------------------------------------------------


def _compared(reading: Reading, found: DesignEstimate) -> None:
    st.subheader("Three ways to the same share")
    if found.withheld or reading.quality.withheld:
        notices.say("note", f"{found.withheld or reading.quality.withheld}.", "Withheld")
        return
    corrected = {one.share: one for one in reading.corrected}
    rows = []
    for share, estimated in ((reading.blasts, found.blasts), (reading.cblc, found.cblc)):
        rows += _ways(share, corrected.get(share.id), estimated)
    heads = ["Share", "How", "Value", "On these cells", "For the patient"]
    notices.html(cards.boxed(cards.table(heads, rows, "words")))
    notices.html("".join(f'<p class="hb-sub">{escape(note)}</p>' for note in found.notes))


def _ways(share: Share, corrected: Corrected | None, found: DesignShare) -> list[list[str]]:
    rows = [["raw, as called and corrected by hand", words.percent(share.ratio), words.NOTHING,
             words.percent_range(share.interval)]]  # fmt: skip
    if corrected is not None:
        if corrected.withheld:
            rows.append(["corrected for the classifier’s confusion", "not corrected", "", escape(corrected.withheld)])
        else:
            ends = (words.percent_range(ends) for ends in (corrected.same_cells, corrected.patient))
            rows.append(["corrected for the classifier’s confusion", words.percent(corrected.value), *ends])
    rows.append(["<b>random sample</b>", f"<b>{words.percent(found.value)}</b>",
                 f"<b>{words.percent_range(found.same_cells)}</b>",
                 f"<b>{words.percent_range(found.patient)}</b>"])  # fmt: skip
    name = escape(share.name[:1].upper() + share.name[1:])
    return [[name if not place else "", *row] for place, row in enumerate(rows)]


def _changed(row: CaseRow, seen: Seen, reviews: Sequence[Review], sample: Sample, vocabulary: Vocabulary) -> None:
    st.subheader("Changed minds")
    own = [review for review in reviews if review.actor == who.actor()]
    found = reads.changed_minds(seen, own, sample.cells)
    said = (
        f"Of {words.size(found.blinded, 'cell')} read with the call hidden, {found.agreed} were named as the machine"
        f" had called them. After the calls were shown, {len(found.cells)} were named otherwise: {found.towards} to the"
        f" machine’s call, {found.away} away from it. The first, blinded read is what enters the interval."
    )
    notices.html(f'<p class="hb-sub">{escape(said)}</p>')
    if found.cells:
        last = {review.cell: review.now for review in own}
        listed = [(cell, vocabulary[last[cell]].colour, f"now {vocabulary[last[cell]].name}") for cell in found.cells]
        crop_row.shown(row.id, listed)
