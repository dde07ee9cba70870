"""What a case still waits for before somebody signs it. It forbids nothing: it is said, and a person decides."""

from __future__ import annotations

from collections.abc import Sequence

from core import labels
from core.doors.review import Purpose, Sample, SampleStep
from core.records import Review, Seen
from core.review import design, reads
from core.robustness.records import Robustness


def points(
    seen: Seen,
    reviews: Sequence[Review],
    samples: Sequence[Sample],
    steps: Sequence[SampleStep],
    run: str,
    tested: Robustness | None = None,
) -> tuple[str, ...]:
    """In words; none when nothing is open. `tested`: the test of the surroundings that speaks of these calls."""
    said = (
        *_doubtful(seen, reviews),
        *_renamed(reviews, tested),
        *_sample(reviews, samples, run),
        *_observers(seen, reviews, samples, steps, run),
    )
    return tuple(said)


def doubtful(seen: Seen, reviews: Sequence[Review]) -> tuple[str, ...]:
    """Cells with more than one possible class that no person has named."""
    named = labels.last(reviews)
    return tuple(call.cell for call in seen.calls if labels.unsure(call) and call.cell not in named)


def renamed(reviews: Sequence[Review], tested: Robustness | None) -> tuple[str, ...]:
    """Cells that several other surroundings rename and that no person has named."""
    named = labels.last(reviews)
    return tuple(one.cell for one in tested.flipped if one.fragile and one.cell not in named) if tested else ()


def waiting(seen: Seen, reviews: Sequence[Review], tested: Robustness | None = None) -> tuple[str, ...]:
    """The review queue: either of the two, each cell once."""
    return tuple(dict.fromkeys((*doubtful(seen, reviews), *renamed(reviews, tested))))


def _doubtful(seen: Seen, reviews: Sequence[Review]) -> list[str]:
    left = len(doubtful(seen, reviews))
    return [f"{_cells(left)} of which several classes are possible, named by nobody"] * bool(left)


def _renamed(reviews: Sequence[Review], tested: Robustness | None) -> list[str]:
    left = len(renamed(reviews, tested))
    return [f"{_cells(left)} that other surroundings rename, named by nobody"] * bool(left)


def _sample(reviews: Sequence[Review], samples: Sequence[Sample], run: str) -> list[str]:
    sample = reads.latest(samples, Purpose.ESTIMATE, run)
    if sample is None:
        return []
    read = len(design.reads(reviews, sample.drawn))
    total = len(sample.cells)
    return [f"the random sample: {read} of {total} declared cells are read"] * (read < total)


def _observers(
    seen: Seen, reviews: Sequence[Review], samples: Sequence[Sample], steps: Sequence[SampleStep], run: str
) -> list[str]:
    sample = reads.latest(samples, Purpose.OBSERVERS, run)
    if sample is None:
        return []
    people = reads.readers(sample, samples, steps, reviews)
    if not reads.closed(sample, steps):
        return [f"two observers: {_reading(people, len(sample.cells))}"]
    if len(people) < 2:
        return []
    queue = reads.queue(people[0], people[1], seen, reviews)
    said = [f"{_cells(len(queue.disputed))} on which two observers differ"] * bool(queue.disputed)
    return said + [f"{_cells(len(queue.agreed))} that two observers name alike and the case otherwise"] * bool(
        queue.agreed
    )


def _reading(people: Sequence[reads.Reader], cells: int) -> str:
    if not people:
        return "nobody has begun"
    return "; ".join(f"{one.actor} has read {len(one.reads)} of {cells}" for one in people)


def _cells(number: int) -> str:
    return "1 cell" if number == 1 else f"{number} cells"
