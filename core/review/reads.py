"""What was read of a sample, by whom; what changed when the calls were shown; what is left to settle.

A sample of a stream ends when the next one of that stream is drawn: what is read afterwards belongs to the next. So two
rounds over the same cells stay two rounds. A reader's blinded repeat ends earlier rounds for that reader alone.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from core import labels
from core.doors.review import Purpose, Sample, SampleStep, StepKind
from core.records import Review, Seen, Stream

BOTH = "both observers agree"  # reason of a word that was taken over


@dataclass(frozen=True, slots=True)
class Reader:
    """One person's part in a sample."""

    actor: str
    reads: Mapping[str, Review]  # cell → the word that holds for it, in the order of the sample
    cells: int  # of the sample
    revealed: bool  # the machine's calls were shown to this reader

    @property
    def done(self) -> bool:
        return len(self.reads) == self.cells

    @property
    def labels(self) -> dict[str, str]:
        return {cell: review.now for cell, review in self.reads.items()}


@dataclass(frozen=True, slots=True)
class ChangedMinds:
    """Of cells read blinded, those that the same person named otherwise once the call was in view."""

    blinded: int  # cells read with the call hidden
    agreed: int  # of them, named as the machine had called them
    cells: tuple[str, ...]  # named otherwise afterwards
    towards: int  # of those, to the machine's call
    away: int  # of those, from the machine's call to something else


@dataclass(frozen=True, slots=True)
class Queue:
    """What two readers leave to settle. A cell is settled once somebody adjudicated it after both had read it."""

    disputed: tuple[str, ...]  # both read it, they differ, nobody has settled it
    agreed: tuple[str, ...]  # both read it alike, and the case's label is another: to be taken over
    settled: tuple[str, ...]


def latest(samples: Sequence[Sample], purpose: Purpose, run: str) -> Sample | None:
    """The sample of this purpose that is in force for the run."""
    return next((one for one in reversed(samples) if one.purpose is purpose and one.run == run), None)


def readers(
    sample: Sample, samples: Sequence[Sample], steps: Sequence[SampleStep], reviews: Sequence[Review]
) -> tuple[Reader, ...]:
    """Everybody who has read of the sample, in the order in which they began."""
    drawn = set(sample.cells)
    said: dict[str, dict[str, Review]] = {}
    for review in labels.standing(reviews):
        if _inside(review, sample, samples) and review.stream is sample.stream and review.cell in drawn:
            said.setdefault(review.actor, {})[review.cell] = review
    shown = {step.actor for step in steps if step.sample == sample.id and step.kind is StepKind.REVEALED}
    return tuple(
        Reader(actor, {cell: own[cell] for cell in sample.cells if cell in own}, len(drawn), actor in shown)
        for actor, own in said.items()
    )


def _inside(review: Review, sample: Sample, samples: Sequence[Sample]) -> bool:
    """Between the drawing of the sample and that of the next one for this reader."""
    if review.at < sample.at:
        return False
    later = [one for one in samples if one.stream is sample.stream and one.at > sample.at]
    return not any(
        one.at <= review.at for one in later if one.purpose is not Purpose.REPEAT or one.actor == review.actor
    )


def reader(
    actor: str,
    sample: Sample,
    samples: Sequence[Sample],
    steps: Sequence[SampleStep],
    reviews: Sequence[Review],
) -> Reader:
    """One person's part, also before the first read."""
    found = (one for one in readers(sample, samples, steps, reviews) if one.actor == actor)
    revealed = any((s.sample, s.actor, s.kind) == (sample.id, actor, StepKind.REVEALED) for s in steps)
    return next(found, Reader(actor, {}, len(sample.cells), revealed))


def since(sample: Sample, reviews: Sequence[Review]) -> list[Review]:
    """What was said since the sample was drawn: a cell met again must not show what was said of it before."""
    return [review for review in reviews if review.at >= sample.at]


def going_on(samples: Sequence[Sample], steps: Sequence[SampleStep]) -> Sample | None:
    """The round of observers that nobody has ended."""
    rounds = [one for one in samples if one.purpose is Purpose.OBSERVERS]
    return rounds[-1] if rounds and not closed(rounds[-1], steps) else None


def to_be_told(
    reviews: Sequence[Review], samples: Sequence[Sample], steps: Sequence[SampleStep]
) -> tuple[list[Review], int]:
    """What a history may show, and how many reads it keeps: those of a round of observers that nobody has ended."""
    open_ = going_on(samples, steps)
    told = [r for r in reviews if open_ is None or r.stream is not Stream.OBSERVER or r.at < open_.at]
    return told, len(reviews) - len(told)


def closed(sample: Sample, steps: Sequence[SampleStep]) -> bool:
    return any(step.sample == sample.id and step.kind is StepKind.CLOSED for step in steps)


def changed_minds(seen: Seen, reviews: Sequence[Review], cells: Sequence[str]) -> ChangedMinds:
    """First blinded word against the same person's last word with the call in view, over these cells."""
    called = {call.cell: call.label for call in seen.calls}
    wanted = set(cells)
    first: dict[tuple[str, str], str] = {}
    then: dict[tuple[str, str], str] = {}
    for review in labels.standing(reviews):
        whose = review.actor, review.cell
        if review.cell not in wanted or review.stream is Stream.ADJUDICATED:
            continue
        if not review.saw_call:
            first[whose] = review.now if whose not in then else first[whose]
        elif whose in first:
            then[whose] = review.now
    changed = [whose for whose, now in then.items() if now != first[whose]]
    return ChangedMinds(
        blinded=len({cell for _, cell in first}),
        agreed=sum(called.get(cell) == now for (_, cell), now in first.items()),
        cells=tuple(cell for _, cell in changed),
        towards=sum(then[whose] == called.get(whose[1]) for whose in changed),
        away=sum(first[whose] == called.get(whose[1]) for whose in changed),
    )


def queue(first: Reader, second: Reader, seen: Seen, reviews: Sequence[Review]) -> Queue:
    """Cells that both have read: those in dispute, those to take over, those done with."""
    now = labels.settled(seen, reviews)
    judged = {r.cell: r.at for r in labels.standing(reviews) if r.stream is Stream.ADJUDICATED}
    disputed, agreed, settled = [], [], []
    for cell, one in first.reads.items():
        other = second.reads.get(cell)
        if other is None:
            continue
        if cell in judged and judged[cell] >= max(one.at, other.at):
            settled.append(cell)
        elif one.now != other.now:
            disputed.append(cell)
        elif now.get(cell) != one.now:
            agreed.append(cell)
    return Queue(tuple(disputed), tuple(agreed), tuple(settled))


def taken_over(
    seen: Seen, reviews: Sequence[Review], read: Reader, cells: Sequence[str], actor: str, at: dt.datetime
) -> list[Review]:
    """What both observers say, as words that settle: the case's labels follow."""
    now = labels.settled(seen, reviews)
    return [
        Review(cell, actor, at, now.get(cell, ""), read.reads[cell].now, BOTH, True, Stream.ADJUDICATED)
        for cell in cells
    ]


def repeatable(seen: Seen, reviews: Sequence[Review], actor: str) -> tuple[str, ...]:
    """Cells that this person has read with the call hidden, and may meet again."""
    blind = {r.cell for r in labels.standing(reviews) if r.actor == actor and not r.saw_call}
    return tuple(cell.id for cell in seen.cells if cell.id in blind)
