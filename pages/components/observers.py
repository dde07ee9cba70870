"""Two observers: each reads the same cells by himself, then they are compared, then the differences are settled."""

from __future__ import annotations

import datetime as dt
import secrets
import uuid
from collections.abc import Sequence
from html import escape

import streamlit as st

from core.charts import words
from core.doors.review import Purpose, Sample, SampleStep, StepKind
from core.errors import HemaboardError
from core.people import Right
from core.protocols import CaseRow
from core.records import Review, Seen, Stream
from core.review import reads
from core.review import sample as drawing
from core.vocabulary import Vocabulary
from pages.components import agreement_card, cards, notices, resources, state, who
from pages.components.cell_board import component as cell_board

EACH = 200  # CLSI H20-A2: two observers × 200
LOOK_EVERY = 5.0
FIRST, SECOND = "first observer", "second observer"
LEDE = (
    "Each observer reads the same cells without seeing what the other said, and without the machine’s calls. Such reads"
    " change no label of the case: only what is settled afterwards does."
)


def shown(row: CaseRow, seen: Seen, reviews: Sequence[Review], vocabulary: Vocabulary) -> None:
    assert row.run is not None
    store = resources.store()
    samples, steps = store.review.samples(row.id), store.review.steps(row.id)
    sample = reads.latest(samples, Purpose.OBSERVERS, row.run.id)
    notices.html(f'<p class="hb-lede">{escape(LEDE)}</p>')
    if sample is None:
        _begun(row, seen)
        return
    people = reads.readers(sample, samples, steps, reviews)
    notices.html(
        f'<p class="hb-sub"><b>The round</b>: {len(sample.cells)} of {sample.drawn.frame} cells, drawn at random (seed'
        f" {sample.drawn.seed}), begun by {escape(sample.actor)} on {sample.at:%Y-%m-%d %H:%M} UTC.</p>"
    )
    if reads.closed(sample, steps):
        _compared(row, seen, reviews, people, vocabulary)
        with st.expander("Another round"):
            _begun(row, seen)
        return
    actor = _as_whom(row)
    st.fragment(_progress, run_every=LOOK_EVERY)(row, sample, len(_complete(people)))
    _compare_button(row, sample, people)
    mine = reads.reader(actor, sample, samples, steps, reviews)
    if len(people) >= 2 and actor not in {one.actor for one in people[:2]}:
        notices.say("note", "Two others read this round. You may settle their differences afterwards.", "Two observers")
        return
    if mine.done:
        notices.say("good", "You have read every cell of this round. You may still correct yourself.", "Read")
    cell_board.shown(
        row, seen, vocabulary, reads.since(sample, reviews), stream=Stream.OBSERVER, only=sample.cells,
        order=sample.cells, blinded=sample.blinded, actor=actor, key=f"{sample.id}-{actor}",
    )  # fmt: skip


# --- a round --------------------------------------------------------------------------------------------


def _begun(row: CaseRow, seen: Seen) -> None:
    total = len(seen.cells)
    if not total:
        notices.say("note", "The run found no cells.", "Nothing to read")
        return
    refusal = who.refusal(Right.REVIEW)
    with st.form(f"observers-{row.id}"):
        n = st.number_input(f"Cells for each observer ({EACH} in blood; {total} are all)", 1, total, min(EACH, total))
        if st.form_submit_button("Begin a round", type="primary", disabled=bool(refusal)):
            _begin(row, seen, int(n))
    if refusal:
        notices.html(f'<p class="hb-sub">{escape(refusal)}</p>')


def _begin(row: CaseRow, seen: Seen, n: int) -> None:
    if row.run is None or not who.may(Right.REVIEW):
        notices.say("warning", who.refusal(Right.REVIEW), "Not possible")
        return
    now, name = dt.datetime.now(dt.UTC), f"observers-{uuid.uuid4().hex[:12]}"
    try:
        drawn = drawing.drawn(drawing.frame(seen), n, secrets.randbelow(2**31))
        resources.store().review.add_sample(
            row.id, Sample(name, row.run.id, Purpose.OBSERVERS, now, who.actor(), drawn)
        )
    except HemaboardError as error:
        notices.error(error)
        return
    st.rerun()


def _as_whom(row: CaseRow) -> str:
    """Where nobody can sign in, people say themselves which of the two they are; that is told."""
    if who.authenticated():
        return who.actor()
    key = f"{state.REVIEW_OBSERVER}.{row.id}"
    chosen = st.segmented_control("I read as", [FIRST, SECOND], default=FIRST, key=key, required=True)
    notices.html('<p class="hb-sub">Nobody is signed in: that two different people read is not checked.</p>')
    return f"{who.actor()}, {chosen}"


def _complete(people: Sequence[reads.Reader]) -> list[reads.Reader]:
    return [one for one in people[:2] if one.done]


def _progress(row: CaseRow, sample: Sample, known: int) -> None:
    """How far both are, never what they said. Looks by itself; when both are done the page is drawn anew."""
    store = resources.store()
    people = reads.readers(sample, [sample], [], store.reviews(row.id))
    if len(_complete(people)) != known:
        st.rerun()
    total = len(sample.cells)
    drawn = [cards.bar(len(one.reads) / total, f"{one.actor}: {len(one.reads)} of {total}") for one in people[:2]]
    notices.html("".join(drawn) or '<p class="hb-sub">Nobody has begun to read.</p>')


def _compare_button(row: CaseRow, sample: Sample, people: Sequence[reads.Reader]) -> None:
    left = sum(one.cells - len(one.reads) for one in people[:2])
    early = f", {words.size(left, 'read')} short" if left else ""
    ready = len(people) >= 2 and who.may(Right.REVIEW)
    why = None if ready else "Two observers must have read before they can be compared."
    if st.button(f"End the round and compare{early}", disabled=not ready, help=why, key=f"close-{sample.id}"):
        now = dt.datetime.now(dt.UTC)
        step = SampleStep(sample.id, StepKind.CLOSED, now, who.actor(), sum(len(one.reads) for one in people))
        resources.store().review.add_step(row.id, step)
        st.rerun()


# --- compared and settled -------------------------------------------------------------------------------


def _compared(
    row: CaseRow, seen: Seen, reviews: Sequence[Review], people: Sequence[reads.Reader], vocabulary: Vocabulary
) -> None:
    if len(people) < 2:
        notices.say("note", "The round ended before a second observer had read.", "Nothing to compare")
        return
    first, second = people[:2]
    agreement_card.shown(first, second, vocabulary)
    st.subheader("To settle")
    queue = reads.queue(first, second, seen, reviews)
    notices.html(
        f'<p class="hb-sub">{words.size(len(queue.disputed), "cell")} in dispute, {len(queue.agreed)} on which both'
        f" agree against the case’s label, {len(queue.settled)} settled.</p>"
    )
    if queue.agreed:
        what = f"Take over what both say of {words.size(len(queue.agreed), 'cell')}"
        if st.button(what, disabled=not who.may(Right.REVIEW), key=f"agreed-{row.id}"):
            _take_over(row, seen, reviews, first, queue.agreed)
    if not queue.disputed:
        notices.say("good", "No cell is in dispute.", "Settled")
        return
    names = {code: cls.name for code, cls in vocabulary.by_code.items()}
    told = {
        cell: f"{names[first.reads[cell].now]} · {names[second.reads[cell].now]}" for cell in queue.disputed
    }  # the first observer's word, then the second's
    notices.html(
        f'<p class="hb-sub">Under each cell: what {escape(first.actor)} said · {escape(second.actor)} said.</p>'
    )
    cell_board.shown(
        row, seen, vocabulary, reviews, stream=Stream.ADJUDICATED, only=queue.disputed, strips=told,
        key=f"settle-{row.id}",
    )  # fmt: skip


def _take_over(row: CaseRow, seen: Seen, reviews: Sequence[Review], first: reads.Reader, cells: Sequence[str]) -> None:
    if not who.may(Right.REVIEW):
        notices.say("warning", who.refusal(Right.REVIEW), "Not possible")
        return
    said = reads.taken_over(seen, reviews, first, cells, who.actor(), dt.datetime.now(dt.UTC))
    try:
        resources.store().add_reviews(row.id, said)
    except HemaboardError as error:
        notices.error(error)
        return
    st.rerun()
