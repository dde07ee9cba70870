"""Which word holds for a cell: the latest, whatever the order they were written in, and never one taken back."""

import datetime as dt
from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from core import labels
from core.records import Call, Cell, Review, Seen, Stream

BEGIN = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


def said(minute: int, now: str, *, cell="c", actor="anna", stream=Stream.TARGETED, reason="") -> Review:
    return Review(cell, actor, BEGIN + dt.timedelta(minutes=minute), "blast", now, reason, stream=stream)


def back(minute: int, **told) -> Review:
    return said(minute, "blast", reason=labels.TAKEN_BACK, **told)


def test_the_latest_holds_and_an_observers_read_for_nothing():
    reviews = [said(3, "band"), said(1, "other"), said(5, "smudge", stream=Stream.OBSERVER)]
    assert labels.last(reviews)["c"].now == "band"


def test_what_was_taken_back_leaves_the_cell_as_if_nobody_had_spoken():
    assert labels.last([said(1, "band"), back(2)]) == {}
    assert labels.last([said(1, "band"), back(2), said(3, "other")])["c"].now == "other"


def test_nobody_takes_back_what_another_said_or_what_was_said_in_another_stream():
    assert labels.last([said(1, "band"), back(2, actor="bela")])["c"].now == "band"
    drawn = [said(1, "band", stream=Stream.RANDOM), back(2)]
    assert [review.now for review in labels.standing(drawn)] == ["band"]


WORD = st.builds(
    said,
    st.integers(0, 30),
    st.sampled_from(["band", "other", "blast"]),
    cell=st.sampled_from("cd"),
    actor=st.sampled_from(["anna", "bela"]),
    stream=st.sampled_from(list(Stream)),
    reason=st.sampled_from(["", "", labels.TAKEN_BACK]),
)


@given(st.lists(WORD, max_size=12, unique_by=lambda review: review.at), st.randoms())
def test_the_order_of_writing_changes_nothing_and_each_word_stands_once(reviews, random):
    standing = labels.standing(reviews)
    shuffled = list(reviews)
    random.shuffle(shuffled)
    assert labels.standing(shuffled) == standing
    assert [review.at for review in standing] == sorted(review.at for review in standing)
    for review in reviews:
        later = [
            other
            for other in reviews
            if (other.cell, other.actor, other.stream) == (review.cell, review.actor, review.stream)
            and other.at >= review.at
        ]
        assert (review in standing) == all(other.reason != labels.TAKEN_BACK for other in later)


@given(
    st.lists(st.sampled_from("abcdef"), unique=True),
    st.dictionaries(st.sampled_from("abcdefz"), st.sampled_from(["blast", "band"])),
    st.lists(WORD.map(lambda review: replace(review, cell="abcdez"[review.at.minute % 6])), max_size=6),
)
def test_cells_keep_their_order_whoever_named_them(cells, calls, reviews):
    seen = Seen(
        cells=tuple(Cell(cell, "image", (0, 0, 9, 9), np.zeros((3, 2), np.float32), 0.9) for cell in cells),
        calls=tuple(Call(cell, label, {}, "net") for cell, label in calls.items()),
    )
    named = calls | {cell: review.now for cell, review in labels.last(reviews).items()}
    expected = [(cell, named[cell]) for cell in cells if cell in named]
    assert list(labels.settled(seen, reviews).items()) == expected
    assert list(labels.settled(seen, reviews).items()) == expected
    assert list(labels.settled(seen).items()) == [(cell, calls[cell]) for cell in cells if cell in calls]
