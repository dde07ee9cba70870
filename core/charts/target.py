"""How many cells were counted, and which of the numbers that are asked for that reaches."""

from __future__ import annotations

from dataclasses import dataclass

from core.readings import Adequacy
from core.records import Specimen

GOALS = {
    Specimen.MARROW: ((300, "where no precise share is needed (ICSH)"), (500, "for a precise share (ICSH)")),
    Specimen.BLOOD: ((200, "each of two observers (CLSI H20)"),),
}


@dataclass(frozen=True, slots=True)
class Goal:
    """A number of cells that somebody asks for; `at` is its place along the bar, 0–100."""

    cells: int
    why: str
    reached: bool
    at: float


@dataclass(frozen=True, slots=True)
class Target:
    counted: int
    filled: float  # how much of the bar is filled, 0–100
    goals: tuple[Goal, ...]
    word: str  # 'adequate' or 'inadequate'


def target(adequacy: Adequacy, specimen: Specimen) -> Target:
    """The bar is as long as the highest goal or, when more were counted, as the count."""
    end = max(adequacy.counted, *(cells for cells, _ in GOALS[specimen]))
    goals = tuple(Goal(cells, why, adequacy.counted >= cells, 100 * cells / end) for cells, why in GOALS[specimen])
    return Target(adequacy.counted, 100 * adequacy.counted / end, goals, adequacy.word)
