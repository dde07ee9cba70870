"""What so few cells cannot rule out is in every interval, and few are those that a share is counted from."""

from __future__ import annotations

import numpy as np
import pytest

from core import statistics
from core.records import Call, CaseInfo, Cell, Seen, Specimen
from core.robustness import measured
from core.robustness.records import Moved
from core.vocabulary import vocabulary

WORDS = vocabulary("shipped16")


def moved(labels: list[str], after: list[str]) -> tuple[Moved, ...]:
    """Every cell of the case tested."""
    ring = np.array([[0, 0], [4, 0], [4, 4]], np.float32)
    cells = tuple(Cell(f"c{k}", "i", (0, 0, 4, 4), ring, 1.0) for k in range(len(labels)))
    calls = tuple(Call(cell.id, label, {}, "m") for cell, label in zip(cells, labels, strict=True))
    now = [Call(cell.id, label, {}, "m") for cell, label in zip(cells, after, strict=True)]
    of = measured.tested([cell.id for cell in cells], calls, [1.0] * len(cells), 0)
    info = CaseInfo("S-1", Specimen.BLOOD)
    return measured.moved(of, now, Seen(cells=cells, calls=calls), info, WORDS, ())


@pytest.mark.parametrize("beside", [0, 290])
def test_cells_outside_the_denominator_rule_out_nothing(beside: int) -> None:
    """Ten counted cells that stay leave as much open with 290 smudges beside them as without."""
    labels = ["blast"] * 2 + ["lymphocyte"] * 8 + ["smudge"] * beside
    least = 100 * statistics.wilson(0, 10).high
    for one in moved(labels, labels):
        assert one.move == 0
        assert one.interval is not None
        assert (one.interval.low, one.interval.high) == (pytest.approx(-least), pytest.approx(least))


def test_heavier_cells_tell_less_than_as_many_of_equal_weight() -> None:
    labels = ["blast"] * 20
    even = measured.unseen(labels, np.ones(20), {"blast"})
    uneven = measured.unseen(labels, np.array([50.0] + [1.0] * 19), {"blast"})
    assert even == statistics.wilson(0, 20).high < uneven
    assert measured.unseen(labels, np.ones(20), {"other"}) == statistics.wilson(0, 1).high
