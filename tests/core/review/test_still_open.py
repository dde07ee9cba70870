"""What is said to be open before somebody signs."""

from __future__ import annotations

from dataclasses import replace

from core.doors.review import Purpose, SampleStep, StepKind
from core.records import Stream
from core.review import still_open
from core.robustness.records import Flipped, Surroundings, Turn
from tests.core.review.test_reads import CELLS, SEEN, at, said, sample
from tests.core.robustness.made import result

DOUBTS = replace(SEEN, calls=tuple(replace(call, possible=("blast", "band")) for call in SEEN.calls))


def test_nothing_is_open_where_nothing_was_begun_and_nothing_is_doubtful() -> None:
    assert still_open.points(SEEN, [], [], [], "run") == ()


def test_doubtful_cells_are_open_until_somebody_names_them() -> None:
    named = [said(cell, "blast", 1, stream=Stream.TARGETED) for cell in CELLS[:5]]
    assert still_open.doubtful(DOUBTS, named) == ("f",)
    assert still_open.points(DOUBTS, named, [], [], "run")[0].startswith("1 cell of which several classes")
    reads = [said(cell, "blast", 1) for cell in CELLS]  # an observer's read names nothing
    assert len(still_open.doubtful(DOUBTS, reads)) == 6


def test_cells_that_other_surroundings_rename_wait_too_until_somebody_names_them() -> None:
    turns = tuple(Turn(setting, "blast", "") for setting in (Surroundings.MASKED, Surroundings.DRAWN))
    whole = result("run", CELLS, "m" * 64)
    once = Flipped("b", "band", 0.9, turns[:1], fragile=False)
    tested = replace(whole, flipped=(Flipped("a", "band", 0.9, turns, fragile=True), once))
    assert still_open.points(SEEN, [], [], [], "run", tested) == (
        "1 cell that other surroundings rename, named by nobody",
    )
    assert still_open.waiting(DOUBTS, [], tested) == CELLS, "a cell that is doubtful twice waits once"
    assert still_open.waiting(SEEN, [], tested) == ("a",)
    named = [said("a", "blast", 1, stream=Stream.TARGETED)]
    assert still_open.waiting(SEEN, named, tested) == still_open.points(SEEN, named, [], [], "run", tested) == ()


def test_samples_and_rounds_are_open_until_they_are_finished() -> None:
    estimate = sample("e", 0, Purpose.ESTIMATE, CELLS[:2])
    first = said("a", "blast", 1, stream=Stream.RANDOM)
    assert still_open.points(SEEN, [first], [estimate], [], "run") == (
        "the random sample: 1 of 2 declared cells are read",
    )
    second = said("b", "blast", 1, stream=Stream.RANDOM)
    assert still_open.points(SEEN, [first, second], [estimate], [], "run") == ()
    assert still_open.points(SEEN, [first], [estimate], [], "another run") == ()
    round_ = sample("o", 2)
    assert still_open.points(SEEN, [], [round_], [], "run") == ("two observers: nobody has begun",)
    both = [said("a", "monocyte", 3), said("a", "blast", 4, "dr b"), said("b", "band", 3), said("b", "band", 4, "dr b")]
    assert "dr a has read 2 of 6" in still_open.points(SEEN, both, [round_], [], "run")[0]
    ended = [SampleStep("o", StepKind.CLOSED, at(9), "dr a", 4)]
    assert still_open.points(SEEN, both, [round_], ended, "run") == (
        "1 cell on which two observers differ",
        "1 cell that two observers name alike and the case otherwise",
    )
