"""The share that a random sample of cells gives by itself: what people read, weighted by how likely it was to be read.

The sample corrects the machine. Within each group of the machine's calls (composite, counted rest, uncounted), and
within each stratum, all cells were equally likely to be drawn, so that the drawn ones stand for the group: each with
the weight N/n, the inverse of its probability adjusted to the group's known size. This is the difference (prediction-
powered) estimate: the machine's count, plus the mean error on the drawn cells times the cells. It is right whatever the
classifier does; a good one makes it narrow.

Two intervals. *Same cells*: what reading every cell of the case would give. The cells read are known; what the unread
cells of a group are is drawn from the Dirichlet distribution that the read ones leave possible (Perks' prior, a third
of a cell of each kind). So nothing is left open once all are read (the finite-population correction), and a group
without an error so far is not taken to be free of errors, which is what keeps shares near 0 and 1 covered. *Patient*:
the same, and the sampling of the case's cells and fields. Both are made only from a finished sample of the declared
size: to look at an unfinished one and stop when it pleases makes any interval untrue.

Only reads of the random stream count, and what settled them afterwards; cells picked because they looked doubtful never
do. What the detector did not find is in no sample.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from core import labels, statistics
from core.aggregate.corrected import group_of
from core.aggregate.counting import counts, groups
from core.appraisals import DesignEstimate, DesignShare, Drawn
from core.correction import resampled
from core.once import Once
from core.readings import Interval
from core.records import CaseInfo, Review, Seen, Stream
from core.review import sample
from core.vocabulary import Vocabulary

LEVEL = 0.95
DRAWS = 2000
SEED = 20_261_121
PRIOR = 1 / 3  # cells of each kind
UNFINISHED = (
    "{read} of {declared} declared cells are read: there is no estimate before the sample is finished, since stopping"
    " when an interval happens to please makes it untrue"
)

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Group:
    """Cells of one call and one stratum: equally likely to have been drawn."""

    called: int  # 0 composite, 1 counted rest, 2 uncounted, 3 without a call
    cells: int
    read: Floats  # (3,) drawn ones that people call composite, counted rest, uncounted

    @property
    def drawn(self) -> float:
        return float(self.read.sum())


def estimate(
    seen: Seen, reviews: Sequence[Review], drawn: Drawn, info: CaseInfo, vocabulary: Vocabulary
) -> DesignEstimate:
    """CBLC and blasts with their intervals; or, without them, the reason."""
    said = reads(reviews, drawn)
    for read in said.values():
        vocabulary[read.now]  # a label from elsewhere is refused, never dropped
    group = groups(vocabulary, info.specimen, info.findings)
    strata = sample.call_groups(seen, info, vocabulary) if drawn.strata else {}
    reason = _unfit(seen, drawn, strata) or _unfinished(said, drawn)
    if not reason and not any(read.now in group.counted for read in said.values()):
        reason = "no counted cell is in the sample"
    named = {cell: read.now for cell, read in said.items()}
    shares, undrawn = [], 0
    for id, name, members in (
        ("cblc.design", vocabulary.cblc_name, group.cblc),
        ("blasts.design", "blasts and blast equivalents", group.blasts),
    ):
        share = _called(seen, id, name, group.counted, members)
        if not reason:
            table = call_groups(seen, named, group.counted, members, strata)
            share = _estimated(share, table, _thinner(seen, group.counted, members))
            undrawn = max(undrawn, sum(one.cells for one in table if not one.drawn))
        shares.append(share)
    anchored = sum(read.saw_call for read in said.values())
    return DesignEstimate(
        declared=len(drawn.cells),
        read=len(said),
        frame=drawn.frame,
        anchored=anchored,
        cblc=shares[0],
        blasts=shares[1],
        notes=tuple(_notes(reviews, said, drawn, undrawn, anchored)),
        withheld=reason,
    )


def reads(reviews: Sequence[Review], drawn: Drawn) -> dict[str, Review]:
    """What people say of the drawn cells: the last random read, or what settled it. Targeted reviews are not looked at.

    A blinded read is kept though the reader thought otherwise once the call was shown: that word is drawn towards the
    machine. A cell that was only adjudicated has no random read behind it and stays unread.
    """
    inside = set(drawn.cells)
    ordered = [review for review in labels.standing(reviews) if review.cell in inside]
    random = [review for review in ordered if review.stream is Stream.RANDOM]
    found = {r.cell: r for r in random} | {r.cell: r for r in random if not r.saw_call}
    found |= {r.cell: r for r in ordered if r.stream is Stream.ADJUDICATED and r.cell in found}
    return {cell: found[cell] for cell in drawn.cells if cell in found}


def call_groups(
    seen: Seen, said: Mapping[str, str], counted: Set[str], members: Set[str], strata: Mapping[str, str]
) -> list[Group]:
    """The case's cells by call and stratum, with what was read of each."""
    called = {call.cell: group_of(call.label, counted, members) for call in seen.calls}
    sizes: dict[tuple[str, int], int] = {}
    read: dict[tuple[str, int], Floats] = {}
    for cell in seen.cells:
        key = strata.get(cell.id, ""), called.get(cell.id, 3)
        sizes[key] = sizes.get(key, 0) + 1
        if cell.id in said:
            read.setdefault(key, np.zeros(3))[group_of(said[cell.id], counted, members)] += 1
    return [Group(key[1], sizes[key], read.get(key, np.zeros(3))) for key in sorted(sizes)]


def weighted(table: Sequence[Group]) -> Floats:
    """Estimated cells of each kind (3,): N/n of every group; a group none of whose cells were drawn, as called."""
    total = np.zeros(3)
    for group in table:
        total += group.cells * (group.read / group.drawn if group.drawn else np.eye(4, 3)[group.called])
    return total


def possible(table: Sequence[Group], rng: np.random.Generator, draws: int = DRAWS) -> Floats:
    """(draws, 3) cells of each kind, as they may be after what was read."""
    total = np.zeros((draws, 3))
    for group in table:
        total += group.read
        left = group.cells - int(group.drawn)
        if left:
            mixed = rng.standard_gamma(group.read + PRIOR, (draws, 3))
            total += rng.multinomial(left, mixed / mixed.sum(axis=1, keepdims=True))
    return total


def _called(seen: Seen, id: str, name: str, counted: Set[str], members: Set[str]) -> DesignShare:
    """The share without its estimate: what the machine calls."""
    called = _called_each(seen)
    total = sum(number for label, number in called.items() if label in counted)
    composite = sum(number for label, number in called.items() if label in members)
    return DesignShare(id, name, None, None, None, composite / total if total else None)


_called_each = Once(lambda seen: Counter(call.label for call in seen.calls))


def _estimated(share: DesignShare, table: Sequence[Group], thinner: float) -> DesignShare:
    expected = weighted(table)
    value = float(expected[0] / expected[:2].sum())
    same, patient = intervals(table, value, thinner)
    return replace(share, value=value, same_cells=same, patient=patient)


def _thinner(seen: Seen, counted: Set[str], members: Set[str]) -> float:
    """Independent cells that would tell as much as one counted cell, from how the calls differ between fields."""
    called = counts(seen, {call.cell: call.label for call in seen.calls})
    n = statistics.effective_n(called.by_field(members), called.by_field(counted))
    return n / called.of(counted) if n else 1.0


def intervals(
    table: Sequence[Group], value: float, thinner: float = 1.0, seed: int = SEED, draws: int = DRAWS
) -> tuple[Interval, Interval]:
    """Same cells and patient. `thinner`: independent cells that would tell as much, for each counted cell."""
    rng = np.random.default_rng(seed)
    cells = possible(table, rng, draws)
    counted = cells[:, :2].sum(axis=1)
    kept = counted > 0
    share, counted = cells[kept, 0] / counted[kept], counted[kept]
    same = _interval(share, value, "random sample: cells not read")
    wide = _interval(resampled(rng, share, counted * thinner), value, "random sample, and sampling of cells and fields")
    return same, Interval(min(wide.low, same.low), max(wide.high, same.high), wide.level, wide.method)


def _interval(values: Floats, centre: float, method: str) -> Interval:
    tail = (1 - LEVEL) / 2
    low = float(np.quantile(values, tail, method="lower"))
    high = float(np.quantile(values, 1 - tail, method="higher"))
    return Interval(min(low, centre), max(high, centre), LEVEL, method)


def _unfit(seen: Seen, drawn: Drawn, strata: Mapping[str, str]) -> str:
    """Why this sample cannot speak of these cells; empty when it can."""
    missing = len(set(drawn.cells) - {cell.id for cell in seen.cells})
    if missing:
        return f"{missing} of the {len(drawn.cells)} cells drawn are not among the cells of this run: draw anew"
    if drawn.frame != len(seen.cells):
        return f"the sample was drawn from {drawn.frame} cells, the case has {len(seen.cells)}: draw anew"
    now, then = Counter(strata.values()), {one.name: one.cells for one in drawn.strata}
    rate = {one.name: one.drawn / one.cells for one in drawn.strata}
    moved = any(
        not math.isclose(rate.get(strata[cell], 0.0), drawn.probability[cell]) for cell in drawn.cells if strata
    )
    if now != then or moved:
        return "the groups of calls have changed since the sample was drawn from them: draw anew"
    return ""


def _unfinished(said: Mapping[str, Review], drawn: Drawn) -> str:
    if len(said) == len(drawn.cells):
        return ""
    return UNFINISHED.format(read=len(said), declared=len(drawn.cells))


def _notes(
    reviews: Sequence[Review], said: Mapping[str, Review], drawn: Drawn, undrawn: int, anchored: int
) -> list[str]:
    notes = []
    if anchored:
        notes.append(
            f"Anchored: {anchored} of {len(said)} reads were made with the machine's call in view, which draws a reader"
            " towards it."
        )
    standing = [review for review in labels.standing(reviews) if review.stream is Stream.RANDOM]
    otherwise = {r.cell for r in standing if r.cell in said and r.saw_call and not said[r.cell].saw_call
                 and r.now != said[r.cell].now}  # fmt: skip
    if otherwise:
        notes.append(
            f"{_cells(len(otherwise))} named otherwise once the call was shown: the blinded read is kept here."
        )
    outside = {review.cell for review in standing} - set(drawn.cells)
    if outside:
        notes.append(f"{_cells(len(outside))} read at random, not of this sample: left out.")
    if undrawn:
        notes.append(
            f"{_cells(undrawn)} of calls of which none was drawn: taken as called, the interval leaves them open."
        )
    return notes


def _cells(number: int) -> str:
    return f"{number} cell{'' if number == 1 else 's'}"
