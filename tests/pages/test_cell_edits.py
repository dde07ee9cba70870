"""Edits from the gallery become reviews: each once, in order, under the right banner, none from a forged batch."""

import datetime as dt
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import labels
from core.errors import BadInput
from core.records import Call, Cell, Review, Seen, Stream
from pages.components.cell_board import edits

CODES = ("blast", "band", "smudge")
DECK = ("c2", "c0", "c1", "c3")
AT = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)
CONTOUR = np.zeros((3, 2), np.float32)
SEEN = Seen(
    cells=tuple(Cell(f"c{n}", "i", (0, 0, 1, 1), CONTOUR, 0.9) for n in range(4)),
    calls=tuple(Call(f"c{n}", CODES[n], {CODES[n]: 1.0}, "m") for n in range(3)),  # c3 has no call
)
ANNA = edits.Reading("anna")


def batch(*some: tuple[int, int], seq: int = 1, why: str = "") -> edits.Batch:
    return edits.Batch("browser", seq, tuple((place, code, why) for place, code in some))


def written(some: edits.Batch, before: list[Review], how: edits.Reading = ANNA, minute: int = 0) -> list[Review]:
    now = edits.standing(SEEN, before, how.stream, how.actor, blinded=not how.saw_call)
    return edits.reviews(some, DECK, CODES, SEEN, now, how, AT + dt.timedelta(minutes=minute))


def test_an_edit_says_who_when_from_what_to_what_why_and_what_was_in_view():
    how = edits.Reading("anna", Stream.RANDOM, False, {"c2": 0.25})
    (review,) = written(batch((0, 1), why="two lobes"), [], how)
    assert review == Review("c2", "anna", AT, "smudge", "band", "two lobes", False, Stream.RANDOM, 0.25)


def test_edits_of_one_batch_keep_their_order_and_each_stands_in_the_record():
    reviews = written(batch((0, 1), (0, 0), (0, 1)), [])
    assert [(r.was, r.now) for r in reviews] == [("smudge", "band"), ("band", "blast"), ("blast", "band")]
    assert [r.at for r in reviews] == sorted({r.at for r in reviews})


def test_confirming_the_machines_call_is_a_review_and_saying_it_twice_is_one():
    assert [(r.was, r.now) for r in written(batch((1, 0)), [])] == [("blast", "blast")]
    first = written(batch((1, 0)), [])
    assert written(batch((1, 0)), first, minute=1) == []
    assert len(written(batch((1, 0)), first, replace(ANNA, actor="bela"), minute=1)) == 1


def test_taking_back_leaves_the_cell_unreviewed_and_is_only_for_ones_own_word():
    first = written(batch((1, 1)), [])
    back = written(batch((1, edits.TAKEN_BACK)), first, minute=1)
    assert [(r.was, r.now, r.reason) for r in back] == [("band", "blast", labels.TAKEN_BACK)]
    assert labels.last([*first, *back]) == {}
    assert written(batch((1, edits.TAKEN_BACK)), [], minute=1) == []
    assert written(batch((1, edits.TAKEN_BACK)), first, replace(ANNA, actor="bela"), minute=1) == []


def test_a_blinded_reader_or_an_observer_sees_no_word_but_his_own():
    others = [
        Review("c0", "bela", AT, "blast", "band"),
        Review("c1", "bela", AT, "band", "smudge", stream=Stream.OBSERVER),
        Review("c2", "anna", AT, "smudge", "blast", stream=Stream.OBSERVER),
    ]
    apart = edits.standing(SEEN, others, Stream.OBSERVER, "anna")
    assert (apart.names, apart.by) == ({"c0": "blast", "c1": "band", "c2": "blast"}, {"c2": "anna"})
    blind = edits.standing(SEEN, others, Stream.RANDOM, "anna", blinded=True)
    assert (blind.names, blind.by) == ({}, {})


def test_a_drawn_cell_is_read_only_once_it_was_read_as_a_drawn_one():
    targeted = [Review("c0", "anna", AT, "blast", "band")]
    now = edits.standing(SEEN, targeted, Stream.RANDOM, "anna")
    assert (now.names["c0"], now.by) == ("band", {})
    assert edits.standing(SEEN, targeted, Stream.TARGETED, "bela").by == {"c0": "anna"}


@pytest.mark.parametrize(
    "value",
    [
        None,
        7,
        {},
        {"client": "a", "seq": 1, "edits": [[0, 0]]},
        {"client": "a", "seq": 1, "edits": [[4, 0, ""]]},
        {"client": "a", "seq": 1, "edits": [[-1, 0, ""]]},
        {"client": "a", "seq": 1, "edits": [[0, 3, ""]]},
        {"client": "a", "seq": 1, "edits": [[0, -2, ""]]},
        {"client": "a", "seq": 1, "edits": [[0, 0, "x" * 201]]},
        {"client": "a", "seq": 0, "edits": []},
        {"client": "", "seq": 1, "edits": []},
        {"client": "a" * 65, "seq": 1, "edits": []},
    ],
)
def test_what_is_no_batch_is_refused(value):
    with pytest.raises(BadInput, match="Reload the page"):
        edits.parsed(value, 4, 3)


def test_a_batch_is_read_as_it_was_sent():
    told = {"client": "a", "seq": 3, "edits": [[0, 2, " a  reason\n"], [3, -1, ""]]}
    assert edits.parsed(told, 4, 3) == edits.Batch("a", 3, ((0, 2, "a reason"), (3, -1, "")))


def test_cells_that_are_not_shown_cannot_be_named():
    assert edits.outside(batch((0, 1), (3, 1)), DECK, {"c2"})
    assert not edits.outside(batch((0, 1)), DECK, {"c2"})


EDIT = st.tuples(st.integers(0, 3), st.integers(-1, 2))


@given(st.lists(st.lists(EDIT, max_size=6), max_size=6), st.sampled_from(list(Stream)), st.booleans(), st.data())
def test_batches_however_often_they_arrive_leave_what_the_person_sees(batches, stream, saw, data):
    """The browser shows its own edits at once; once all are written, the server must say the same."""
    how = edits.Reading("anna", stream, saw)
    ledger, kept = edits.Ledger(), []
    shown = dict(edits.standing(SEEN, [], stream, "anna", blinded=not saw).names)
    for number, some in enumerate(batches, start=1):
        sent = batch(*some, seq=number)
        for place, code in some:
            if code >= 0:
                shown[DECK[place]] = CODES[code]
            else:
                called = {call.cell: call.label for call in SEEN.calls} if saw else {}
                shown.pop(DECK[place], None)
                shown |= {DECK[place]: called[DECK[place]]} if DECK[place] in called else {}
        for _ in range(data.draw(st.integers(1, 3))):
            if not ledger.knows(sent):
                kept += written(sent, kept, how, minute=number)
                ledger.enter(sent)
    assert edits.standing(SEEN, kept, stream, "anna", blinded=not saw).names == shown
    assert len({(r.cell, r.at) for r in kept}) == len(kept)


def test_the_ledger_forgets_the_oldest_browser_first():
    ledger = edits.Ledger(most=2)
    for client in ("a", "b", "c"):
        ledger.enter(edits.Batch(client, 1, ()))
    assert [ledger.knows(edits.Batch(client, 1, ())) for client in ("a", "b", "c")] == [False, True, True]
    assert not ledger.knows(edits.Batch("c", 2, ()))
