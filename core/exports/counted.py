"""Which cells a fact counts: beside a share stand the cells in it and the cells it is of."""

from __future__ import annotations

from collections.abc import Mapping

from core.readings import LabelFreeReading, Odds, Reading, Share


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
