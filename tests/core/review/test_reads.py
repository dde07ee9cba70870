"""Who read what of a sample, and what is left: rounds stay apart, nothing is counted that was not said."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from core import labels
from core.appraisals import Drawn
from core.doors.review import Purpose, Sample, SampleStep, StepKind
from core.records import Call, Cell, Review, Seen, Stream
from core.review import reads
from tests.core.cases import made

CELLS = tuple("abcdef")
CLASSES = ("blast", "monocyte", "lymphocyte")
SEEN = Seen(
    cells=tuple(Cell(name, "i", (0, 0, 1, 1), made.smear(1).pixels[:3, :2, 0], 0.9) for name in CELLS),
    calls=tuple(Call(name, "blast", {"blast": 0.9}, "m") for name in CELLS),
)


def at(minute: float) -> dt.datetime:
    return made.AT + dt.timedelta(minutes=minute)


def sample(name: str, minute: int, purpose: Purpose = Purpose.OBSERVERS, cells: tuple[str, ...] = CELLS) -> Sample:
    drawn = Drawn(cells, dict.fromkeys(cells, len(cells) / 6), 6, 1)
    return Sample(name, "run", purpose, at(minute), "dr a", drawn)


def said(
    cell: str, now: str, minute: float, actor: str = "dr a", stream: Stream = Stream.OBSERVER, call: bool = False
) -> Review:
    return Review(cell, actor, at(minute), "blast", now, "", call, stream)


def test_readers_are_told_apart_with_their_last_word_in_the_order_of_the_sample() -> None:
    one = sample("s", 0, cells=("c", "a", "b"))
    given_ = [
        said("a", "monocyte", 1),
        said("c", "blast", 2),
        said("a", "blast", 3),
        said("a", "lymphocyte", 4, "dr b"),
        said("b", "blast", 5, stream=Stream.RANDOM),  # another stream
        said("d", "blast", 6),  # not drawn
        said("b", "blast", -1),  # before it was drawn
    ]
    steps = [SampleStep("s", StepKind.REVEALED, at(9), "dr b", 1)]
    first, second = reads.readers(one, [one], steps, given_)
    assert (first.actor, list(first.labels.items())) == ("dr a", [("c", "blast"), ("a", "blast")])
    assert (second.labels, second.revealed, first.revealed) == ({"a": "lymphocyte"}, True, False)
    assert not first.done
    assert reads.reader("dr c", one, [one], steps, given_).reads == {}
    whole = reads.reader("dr a", one, [one], steps, [*given_, said("b", "blast", 7)])
    assert whole.done


def test_a_round_ends_where_the_next_of_its_stream_begins() -> None:
    first, repeat = sample("one", 0), sample("two", 10, Purpose.REPEAT)
    estimate = sample("three", 3, Purpose.ESTIMATE)  # another stream: ends nothing
    every = [first, estimate, repeat]
    given_ = [said("a", "blast", 5), said("a", "monocyte", 12)]
    assert reads.reader("dr a", first, every, [], given_).labels == {"a": "blast"}
    assert reads.reader("dr a", repeat, every, [], given_).labels == {"a": "monocyte"}
    assert reads.latest(every, Purpose.OBSERVERS, "run") == first
    assert reads.latest(every, Purpose.OBSERVERS, "another run") is None


def test_a_repeat_ends_a_round_for_its_reader_alone_and_an_open_round_is_not_told() -> None:
    round_ = sample("one", 0)
    repeat = replace(sample("two", 10, Purpose.REPEAT), actor="dr b")
    given_ = [said("a", "blast", 12), said("a", "monocyte", 12, "dr b"), said("b", "blast", 1, stream=Stream.RANDOM)]
    first, *others = reads.readers(round_, [round_, repeat], [], given_)
    assert (first.actor, first.labels, others) == ("dr a", {"a": "blast"}, [])
    assert reads.going_on([round_, repeat], []) == round_
    assert reads.to_be_told(given_, [round_, repeat], []) == ([given_[2]], 2)
    ended = [SampleStep("one", StepKind.CLOSED, at(20), "dr a", 2)]
    assert reads.to_be_told(given_, [round_, repeat], ended) == (given_, 0)
    assert reads.since(repeat, given_) == given_[:2]
    assert reads.repeatable(SEEN, given_, "dr a") == ("a", "b")


def test_words_taken_over_settle_as_both_said() -> None:
    one = sample("s", 0)
    given_ = [said("a", "monocyte", 1), said("a", "monocyte", 2, "dr b")]
    first, second = reads.readers(one, [one], [], given_)
    taken = reads.taken_over(SEEN, given_, first, ("a",), "dr c", at(5))
    assert [(r.was, r.now, r.stream, r.actor, r.saw_call) for r in taken] == [
        ("blast", "monocyte", Stream.ADJUDICATED, "dr c", True)
    ]
    assert labels.settled(SEEN, [*given_, *taken])["a"] == "monocyte"
    assert reads.queue(first, second, SEEN, [*given_, *taken]).settled == ("a",)


def test_what_was_taken_back_is_not_read() -> None:
    one = sample("s", 0)
    given_ = [said("a", "blast", 1), replace(said("a", "blast", 2), reason=labels.TAKEN_BACK)]
    assert reads.reader("dr a", one, [one], [], given_).reads == {}


def test_changed_minds_are_the_same_persons_after_the_call_came_into_view() -> None:
    given_ = [
        said("a", "monocyte", 1),
        said("b", "monocyte", 1),
        said("c", "blast", 1),
        said("d", "lymphocyte", 1),
        said("a", "blast", 5, call=True),  # towards the machine
        said("b", "lymphocyte", 5, call=True),  # to something else
        said("c", "monocyte", 5, call=True),  # away from it
        said("d", "blast", 5, "dr b", call=True),  # somebody else
        said("e", "blast", 5, call=True),  # never read blinded
    ]
    found = reads.changed_minds(SEEN, given_, CELLS)
    assert (found.blinded, found.agreed, found.cells) == (4, 1, ("a", "b", "c"))
    assert (found.towards, found.away) == (1, 1)
    assert reads.changed_minds(SEEN, given_, ("d",)).cells == ()


def test_the_queue_empties_as_cells_are_settled() -> None:
    one = sample("s", 0)
    given_ = [
        said("a", "monocyte", 1),
        said("a", "lymphocyte", 2, "dr b"),  # in dispute
        said("b", "monocyte", 1),
        said("b", "monocyte", 2, "dr b"),  # agreed, against the call
        said("c", "blast", 1),
        said("c", "blast", 2, "dr b"),  # agreed, with the call
        said("d", "monocyte", 1),  # read by one alone
    ]
    first, second = reads.readers(one, [one], [], given_)
    found = reads.queue(first, second, SEEN, given_)
    assert (found.disputed, found.agreed, found.settled) == (("a",), ("b",), ())
    done = [*given_, said("a", "monocyte", 3, "dr c", Stream.ADJUDICATED)]
    found = reads.queue(first, second, SEEN, done)
    assert (found.disputed, found.settled) == ((), ("a",))
    early = [*given_, said("a", "monocyte", 0.5, "dr c", Stream.ADJUDICATED)]  # of an earlier round
    assert reads.queue(first, second, SEEN, early).disputed == ("a",)


WORDS = st.lists(
    st.tuples(
        st.sampled_from(CELLS), st.sampled_from(CLASSES), st.integers(0, 30), st.sampled_from(("dr a", "dr b")),
        st.sampled_from(tuple(Stream)), st.booleans(),
    )
)  # fmt: skip


@given(WORDS)
def test_every_cell_of_the_queue_stands_in_one_list_and_independent_reads_change_no_label(words: list) -> None:
    given_ = [said(*word) for word in words]
    one = sample("s", 0)
    people = [reads.reader(actor, one, [one], [], given_) for actor in ("dr a", "dr b")]
    found = reads.queue(*people, SEEN, given_)
    listed = [*found.disputed, *found.agreed, *found.settled]
    both = set(people[0].reads) & set(people[1].reads)
    assert len(listed) == len(set(listed))
    assert set(listed) <= both
    alone = [review for review in given_ if review.stream is Stream.OBSERVER]
    assert set(labels.settled(SEEN, alone).values()) == {"blast"}
    for reader in people:
        assert list(reader.reads) == [cell for cell in one.cells if cell in reader.reads]
    minds = reads.changed_minds(SEEN, given_, CELLS)
    assert minds.towards + minds.away <= len(minds.cells)
