"""How readers read, over all cases: for themselves to learn from. And blinded repeats, which tell how steady one is."""

from __future__ import annotations

import datetime as dt
import secrets
import uuid
from collections.abc import Sequence
from html import escape

import streamlit as st

from core.appraisals import Rate, ReaderStatistics
from core.charts import words
from core.doors.review import Deed, Purpose, Sample, StepKind
from core.errors import HemaboardError
from core.people import Right
from core.protocols import CaseRow, RunState
from core.records import Review, Seen, Stream
from core.review import readers, reads
from core.review import sample as drawing
from core.vocabulary import Vocabulary
from pages.components import cards, notices, resources, who
from pages.components.cell_board import component as cell_board

PAGE = 200
USUAL = 20
LEDE = (
    "Agreement with what somebody else settled, with the machine’s call (hidden or in view), and with oneself on cells"
    " met again blinded. With few cells the intervals say how little is known. Nobody is ranked."
)


def shown(row: CaseRow, seen: Seen, reviews: Sequence[Review], vocabulary: Vocabulary) -> None:
    notices.html(f'<p class="hb-lede">{escape(LEDE)}</p>')
    found = _statistics()
    if not found:
        notices.html('<div class="hb-empty"><b>Nobody has read yet.</b>Figures appear with the first reviews.</div>')
    else:
        notices.html(cards.boxed(_table(found)))
        _by_month(found)
    _repeats(row, seen, reviews, vocabulary)


def _statistics() -> tuple[ReaderStatistics, ...]:
    return readers.statistics(_every_case())


@st.cache_data(ttl=60, show_spinner="Reading the reviews of all cases …")
def _called(case_id: str, run_id: str) -> dict[str, str]:
    return {call.cell: call.label for call in resources.seen(case_id, run_id).calls}


def _every_case() -> list[readers.CaseReads]:
    store, found, offset = resources.store(), [], 0
    while page := store.cases(limit=PAGE, offset=offset):
        offset += len(page)
        found += [_case(row) for row in page if row.run and row.run.state is RunState.DONE and store.reviews(row.id)]
    return found


def _case(row: CaseRow) -> readers.CaseReads:
    assert row.run is not None
    store = resources.store()
    given = store.review.signatures(row.id)
    samples = {sample.id: sample for sample in store.review.samples(row.id)}
    shown_: dict[str, frozenset[str]] = {}
    for step in store.review.steps(row.id):
        if step.kind is StepKind.REVEALED:
            shown_[step.actor] = shown_.get(step.actor, frozenset()) | set(samples[step.sample].cells)
    signed = bool(given) and given[-1].deed is Deed.SIGNED
    called = _called(row.id, row.run.id)
    return readers.CaseReads(store.reviews(row.id), called, signed, revealed=shown_)


def _table(found: Sequence[ReaderStatistics]) -> str:
    heads = ["Reader", "Cases", "Reads", "With what others settled", "With the call, hidden", "With the call, in view",
             "With oneself", "Changed minds"]  # fmt: skip
    rows = [
        [escape(one.reader), str(one.cases), str(one.reads), _rate(one.reference), _rate(one.machine_blinded),
         _rate(one.machine_anchored), _rate(one.repeats), _changed(one)]
        for one in found
    ]  # fmt: skip
    return cards.table(heads, rows, "words")


def _rate(rate: Rate) -> str:
    if rate.value is None:
        return words.NOTHING
    return f"{words.percent(rate.value, 0)} <small>({words.percent_range(rate.interval, 0)}; {rate.total})</small>"


def _changed(one: ReaderStatistics) -> str:
    return f"{_rate(one.changed)} {one.towards} to the call" if one.changed.total else words.NOTHING


def _by_month(found: Sequence[ReaderStatistics]) -> None:
    with st.expander("By month"):
        rows = [
            [escape(one.reader), period.month, str(period.reads), _rate(period.reference), _rate(period.machine)]
            for one in found
            for period in one.periods
        ]
        heads = ["Reader", "Month", "Reads", "With what others settled", "With the machine’s call"]
        notices.html(cards.table(heads, rows, "words"))


# --- blinded repeats ------------------------------------------------------------------------------------


def _repeats(row: CaseRow, seen: Seen, reviews: Sequence[Review], vocabulary: Vocabulary) -> None:
    assert row.run is not None
    st.subheader("Blinded repeats in this case")
    store = resources.store()
    samples, steps = store.review.samples(row.id), store.review.steps(row.id)
    own = reads.repeatable(seen, reviews, who.actor())
    last = next((one for one in reversed(samples) if one.purpose is Purpose.REPEAT and one.actor == who.actor()), None)
    if last is not None and last.run == row.run.id:
        mine = reads.reader(who.actor(), last, samples, steps, reviews)
        notices.html(cards.bar(len(mine.reads) / mine.cells, f"{len(mine.reads)} of {mine.cells} met again"))
        if not mine.done:
            cell_board.shown(
                row, seen, vocabulary, reads.since(last, reviews), stream=Stream.OBSERVER, only=last.cells,
                order=last.cells, blinded=True, key=last.id,
            )  # fmt: skip
            return
    if reads.going_on(samples, steps) is not None:
        notices.html('<p class="hb-sub">A round of two observers goes on: repeats can be drawn when it has ended.</p>')
        return
    if not own:
        notices.html('<p class="hb-sub">You have read no cell of this case with the call hidden yet.</p>')
        return
    with st.form(f"repeat-{row.id}"):
        n = st.number_input("Cells to meet again", 1, len(own), min(USUAL, len(own)))
        if st.form_submit_button("Draw them", disabled=not who.may(Right.REVIEW)) and who.may(Right.REVIEW):
            _draw(row, own, int(n))


def _draw(row: CaseRow, own: Sequence[str], n: int) -> None:
    assert row.run is not None
    now, name = dt.datetime.now(dt.UTC), f"repeat-{uuid.uuid4().hex[:12]}"
    try:
        drawn = drawing.drawn(own, n, secrets.randbelow(2**31))
        resources.store().review.add_sample(row.id, Sample(name, row.run.id, Purpose.REPEAT, now, who.actor(), drawn))
    except HemaboardError as error:
        notices.error(error)
        return
    st.rerun()
