"""What the store keeps of tests of the surroundings: each result as it was found, and the seam.

Results are only appended. One speaks of the case for as long as the case's calls and the weights that made them are
those it was made of (`core.robustness.standing`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from core.robustness.records import Robustness, Word


@dataclass(frozen=True, slots=True)
class Latest:
    """What a list of cases needs to know of the test that stands for a case (`core.robustness.standing.current`)."""

    run: str
    calls: str
    model: str
    word: Word
    settings: tuple[str, ...] = ()  # the kinds of surroundings that were asked for


class RobustnessDoor(Protocol):
    """Every write names who did it, and stands in the trail with it."""

    def add(self, case_id: str, result: Robustness, *, actor: str) -> Robustness:
        """As it is kept: with its number, who asked for it and when."""
        ...

    def results(self, case_id: str) -> list[Robustness]:
        """Every one, in the order in which they were made."""
        ...

    def latest(self, case_ids: Sequence[str]) -> dict[str, Latest]:
        """Of each case that has one the newest that no fuller test of the same calls stands before."""
        ...
