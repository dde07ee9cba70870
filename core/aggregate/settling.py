"""A share settling while the fields of a slide come in: what a run may stop by, and what a page draws meanwhile."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache

from core.aggregate import anytime
from core.aggregate.anytime import Look
from core.aggregate.counting import groups
from core.records import CaseInfo
from core.slides.plans import Tally
from core.vocabulary import Vocabulary

POINTS = 40  # looks on the way: more cannot be told apart in a drawing


def columns(
    tallies: Sequence[Tally], share: str, info: CaseInfo, vocabulary: Vocabulary
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Field by field: the cells of the share ('cblc' or 'blasts'), and the counted cells."""
    group = groups(vocabulary, info.specimen, info.findings)
    codes = {"cblc": group.cblc, "blasts": group.blasts}[share]
    counts = tuple(sum(n for label, n in tally.labels.items() if label in codes) for tally in tallies)
    totals = tuple(sum(n for label, n in tally.labels.items() if label in group.counted) for tally in tallies)
    return counts, totals


def look(tallies: Sequence[Tally], planned: int, share: str, info: CaseInfo, vocabulary: Vocabulary) -> Look:
    """Where it stands now."""
    return _look(*columns(tallies, share, info, vocabulary), planned)


def path(
    tallies: Sequence[Tally], planned: int, share: str, info: CaseInfo, vocabulary: Vocabulary
) -> tuple[Look, ...]:
    """How it came there. Looks lie at the same places however many fields there are, so that none is made twice."""
    counts, totals = columns(tallies, share, info, vocabulary)
    step = max(1, math.ceil(planned / POINTS))
    ends = [*range(step, len(counts), step), *([len(counts)] if counts else [])]
    return tuple(_look(counts[:end], totals[:end], planned) for end in ends)


@lru_cache(maxsize=256)
def _look(counts: tuple[int, ...], totals: tuple[int, ...], planned: int) -> Look:
    return anytime.look(counts, totals, planned)
