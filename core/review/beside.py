"""A count made elsewhere beside the ratio: does it agree? It is compared, and never merged.

It disagrees when it lies outside the patient interval of the blast share. Where the number of cells it was counted of
is known, its own uncertainty is heard too: two proportions are tested, ours on as many independent cells as its
interval amounts to, so that the classifier's error is in it where it was measured.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from core import statistics
from core.doors.counts import Count, Kind, standing
from core.readings import Corrected, Interval, Reading

CHANCE = 0.05
NAMES = {Kind.FLOW: "Flow cytometry", Kind.MANUAL: "Manual count"}
OWN = {
    Kind.FLOW: "Flow counts blasts by their markers among the events of its own gate, so that the two need not agree.",
    Kind.MANUAL: "A manual count by other eyes, of other cells.",
}


@dataclass(frozen=True, slots=True)
class Beside:
    """One count and how it stands to ours. `discordant` is None where ours is withheld or has no interval."""

    count: Count
    name: str
    interval: Interval | None  # ours, that it is compared with
    corrected: bool  # whether the classifier's error is in that interval
    own: Interval | None  # the count's own, where its number of cells is known
    p: float | None
    discordant: bool | None
    said: str


def compared(reading: Reading, entered: Sequence[Count]) -> tuple[Beside, ...]:
    """The counts that stand, flow first."""
    return tuple(_one(reading, count) for count in standing(list(entered)))


def _one(reading: Reading, count: Count) -> Beside:
    assert count.blasts is not None  # `standing` gives no others
    better = next((c for c in reading.corrected if c.share == reading.blasts.id and c.patient), None)
    interval, value = _ours(reading, better)
    own = statistics.wilson(count.blasts * count.total, count.total) if count.total else None
    if interval is None or value is None:
        said = f"Not compared: {reading.blasts.withheld or 'there is no blast share here'}."
        return Beside(count, NAMES[count.kind], None, False, own, None, None, said)
    inside = interval.low <= count.blasts <= interval.high
    n = statistics.amounts_to(interval)
    p = statistics.two_shares(value, n, count.blasts, count.total) if count.total and n else None
    discordant = not inside and (p is None or p < CHANCE)
    said = f"{_said(inside, discordant, p, better is not None)} {OWN[count.kind]}"
    return Beside(count, NAMES[count.kind], interval, better is not None, own, p, discordant, said)


def _ours(reading: Reading, better: Corrected | None) -> tuple[Interval | None, float | None]:
    if better is not None:
        return better.patient, better.value
    return reading.blasts.interval, reading.blasts.ratio


def _said(inside: bool, discordant: bool, p: float | None, corrected: bool) -> str:
    which = "the patient interval" if corrected else "the interval, which holds the sampling of cells and fields only"
    chance = "" if p is None else f" (two proportions, p {'< 0.001' if p < 0.001 else f'= {p:.3f}'})"
    if inside:
        return f"It lies within {which}{chance}."
    if discordant:
        return f"It lies outside {which}{chance}: look for the reason before either is used."
    return f"It lies outside {which}, but its own number of cells leaves room for that{chance}."
