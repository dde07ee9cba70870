"""An interval of a share that may be looked at after every field, and by which one may stop.

Who stops counting because an interval has become narrow, or has cleared a mark, may not use an ordinary interval: it
holds at a number of cells fixed beforehand and at no other. The interval here holds at all numbers of fields at once,
so also at the one where somebody stopped, whatever made them stop (Ville's inequality).

**What is drawn.** The fields of a plan, in an order drawn at random, each once. The field is what is exchangeable, not
the cell: cells of one field resemble one another, in kind and in number, and nothing is assumed of how. So each field
gives one number, (cells of the kind) − share × (counted cells), and somebody who knew the share of the whole plan could
win nothing by betting on it. For every share that is conceivable a bet is kept [Waudby-Smith & Ramdas, J R Stat Soc B
2024;86:1, without replacement]: ten bold and timid ones at a time, each a fixed part of the largest that can never be
ruined. The shares against which 40 times the stake was won at any time so far are outside (2 / 0.05: half for each
side).

**What it is an interval of.** The share among the counted cells of *all fields of the plan, as they would be called*:
what would have come out had nobody stopped. When every field is looked at it is that share and has no width. It holds
no error of the classifier, and says nothing of places that are not in the plan (another smear, the thick end).

**What it assumes.** That the order is random, fixed before the first field, and kept to. And one bound, as an unseen
field could else hold any number of cells: none holds more than ROOM times the most that one before it held. Nothing
is bet on the first PILOT fields, which only say how full a field is. A field beyond the bound is taken as it is, a
bet that it ruins is lost, and their number is told (`Look.beyond`): the guarantee then holds nearly, no longer to the
letter. In simulations of strongly clustered fields that was not to be seen (`python -m tests.benchmarks.anytime`).
What lies on the seam of two fields belongs to the one looked at first; so few cells do that this is left out of
account.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.readings import Interval

LEVEL = 0.95
PILOT = 8  # fields that only say how full a field is
ROOM = 1.5  # times the fullest field so far: no field is thought to hold more
PARTS = 0.95 * 0.62 ** np.arange(10)  # of the largest bet that cannot be ruined
LOST = 1e-9  # of a stake: what a field beyond the bound leaves of it at least
FINE = 1e-4  # how finely the ends are sought, always outwards
METHOD = "anytime-valid over fields"

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Look:
    """What is known after some of the planned fields."""

    fields: int
    planned: int
    count: int
    total: int
    interval: Interval  # (0, 1) while nothing can be said
    beyond: int = 0  # fields that held more cells than any was thought to

    @property
    def ratio(self) -> float | None:
        return self.count / self.total if self.total else None

    @property
    def width(self) -> float:
        return self.interval.high - self.interval.low


def look(counts: Sequence[int], totals: Sequence[int], planned: int, level: float = LEVEL) -> Look:
    """counts[i] of totals[i] cells in the i-th field of the random order; `planned` fields in all."""
    yes, all_ = np.asarray(counts, dtype=float), np.asarray(totals, dtype=float)
    if len(yes) != len(all_) or len(yes) > planned or (yes < 0).any() or (yes > all_).any():
        raise ValueError(f"a count within each total and at most {planned} fields are needed; got {len(yes)}")
    count, total = int(yes.sum()), int(all_.sum())
    if not total or (len(all_) <= PILOT and len(all_) < planned):
        return Look(len(yes), planned, count, total, Interval(0.0, 1.0, level, METHOD))
    share, most = count / total, _most(all_)
    beyond = int((all_ > most)[PILOT:].sum())
    if len(yes) == planned:
        whole = Interval(share, share, level, "every planned field")
        return Look(planned, planned, count, total, whole, beyond)
    low = _lower(yes, all_, planned, most, level)
    high = 1.0 - _lower(all_ - yes, all_, planned, most, level)
    method = f"{METHOD}, {beyond} of them fuller than thought" if beyond else METHOD
    return Look(len(yes), planned, count, total, Interval(min(low, share), max(high, share), level, method), beyond)


def path(
    counts: Sequence[int], totals: Sequence[int], planned: int, points: int = 40, level: float = LEVEL
) -> tuple[Look, ...]:
    """The looks on the way to the last one, at most `points` of them, evenly apart."""
    if not len(counts):
        return ()
    ends = np.unique(np.linspace(1, len(counts), min(points, len(counts))).round().astype(int)).tolist()
    return tuple(look(counts[:end], totals[:end], planned, level) for end in ends)


def narrow(found: Look, width: float) -> bool:
    """Whether one may stop: the whole interval is no wider than was asked for."""
    return found.total > 0 and found.width <= width


def _most(totals: Floats) -> Floats:
    """Before each field: how many cells it may hold at most."""
    fullest = np.maximum.accumulate(np.maximum(totals, 1.0))
    return ROOM * np.concatenate([[1.0], fullest[:-1]])


def _lower(yes: Floats, all_: Floats, planned: int, most: Floats, level: float) -> float:
    """The largest share that is too small. What is won against a share falls as it rises, so halving finds it."""
    if yes.sum() <= 0:
        return 0.0
    bound = math.log(2 / (1 - level))
    low, high = 0.0, float(yes.sum() / all_.sum())
    while high - low > FINE:
        middle = (low + high) / 2
        won = _won(middle, yes, all_, planned, most)
        low, high = (middle, high) if won.max() >= bound else (low, middle)
    return low


def _won(share: float, yes: Floats, all_: Floats, planned: int, most: Floats) -> Floats:
    """After each field past the pilot: the logarithm of what betting on a higher share than this made of a stake of 1.

    Were it the share of the plan, a stake would stay what it is on average, whatever the fields are like.
    """
    left = planned - np.arange(len(yes))  # fields not yet looked at, this one among them
    had_yes, had_all = np.cumsum(yes) - yes, np.cumsum(all_) - all_
    expected = ((share * had_all - had_yes) / left)[PILOT:]  # of this field, if that were the share of the plan
    room = share * most[PILOT:] + expected  # how far below it a field can fall
    if room.min() <= 0:
        return np.array([math.inf])  # so many were found already that no rest could bring the share so low
    gain = ((yes - share * all_)[PILOT:] - expected) / room
    stakes = np.cumsum(np.log(np.maximum(1 + PARTS[:, None] * gain[None, :], LOST)), axis=1)
    won: Floats = np.logaddexp.reduce(stakes, axis=0) - math.log(len(PARTS))
    return won
