"""What is told of a filed case number by number: its facts, and which cells each of them counts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from core import facts
from core.filed import Filed
from core.readings import Fact, LabelFreeReading, Odds, Reading, Share


def every(of: Filed) -> tuple[Fact, ...]:
    """The facts of the reading, then what people found in a random sample that was read to its end.

    Ids of the latter are `cblc.design` and `blasts.design`, and the same with `_patient`, as of the corrected shares.
    """
    return (*of.reading.facts, *_drawn(of))


def _drawn(of: Filed) -> Iterator[Fact]:
    if of.sample is None:
        return
    sample = of.sample
    origin = f"read by people: {sample.read} of {sample.frame} counted cells, drawn at random"
    for share in (sample.cblc, sample.blasts):
        marks = facts.MARKS if share is sample.blasts else ()
        ways = (("", "on these cells", share.same_cells), ("_patient", "for the patient", share.patient))
        for ending, what, interval in ways:
            name = f"{share.name}, by a random sample, {what}"
            note = "; ".join(sample.notes)
            bare = Share(
                f"{share.id}{ending}", name, 0, sample.read, share.value, interval, None, note, sample.withheld
            )
            yield facts.of_share(bare, origin, marks)


def cells(reading: Reading | LabelFreeReading) -> Mapping[str, tuple[int, int]]:
    """Fact id → (count, total); of a ratio of two counts, its two sides. Counts stay where a share is withheld."""
    shares: list[Share] = list(reading.differential)
    shares += [share for share in (reading.quality.odd, reading.quality.unsure) if share]
    odds: list[Odds] = []
    if isinstance(reading, Reading):
        shares += [reading.cblc, reading.blasts, reading.smudge.share]
        odds = [one for one in (reading.me, reading.erythroblasts_per_100) if one]
    else:
        told = (some for marker in reading.markers for some in (marker.whole, *marker.classes))
        shares += [some.above for some in told if some.above]
    found = {share.id: (share.count, share.total) for share in shares}
    return found | {one.id: (one.numerator, one.denominator) for one in odds}
