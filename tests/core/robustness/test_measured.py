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
    found = measured.courses(of, now, Seen(cells=cells, calls=calls), info, WORDS, ())
    return tuple(one.moved for one in found)


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


def through(labels: list[str], settings: list[list[str]], seed: int) -> list[tuple[Moved, ...]]:
    """The same cells, named again in several settings, and judged together."""
    ring = np.array([[0, 0], [4, 0], [4, 4]], np.float32)
    cells = tuple(Cell(f"c{k}", "i", (0, 0, 4, 4), ring, 1.0) for k in range(len(labels)))
    calls = tuple(Call(cell.id, label, {}, "m") for cell, label in zip(cells, labels, strict=True))
    of, seen = measured.tested([c.id for c in cells], calls, [1.0] * len(cells), seed), Seen(cells=cells, calls=calls)
    info = CaseInfo("S-1", Specimen.BLOOD)
    named = [[Call(cell.id, label, {}, "m") for cell, label in zip(cells, one, strict=True)] for one in settings]
    return measured.together([measured.courses(of, after, seen, info, WORDS, ()) for after in named])


def test_chance_alone_moves_some_share_beyond_its_interval_and_seldom_beyond_the_common_one() -> None:
    """Five settings in which cells are renamed at random, as often one way as the other."""
    rng, worlds, alone, together = np.random.default_rng(5), 80, 0, 0
    for world in range(worlds):
        labels = [str(one) for one in rng.choice(["blast", "lymphocyte"], 120)]
        turned = rng.random((5, 120)) < 0.4
        swap = {"blast": "lymphocyte", "lymphocyte": "blast"}
        settings = [[swap[a] if b else a for a, b in zip(labels, row, strict=True)] for row in turned]
        blasts = [one for its in through(labels, settings, world) for one in its if one.id == "blasts.ratio"]
        for one in blasts:
            assert one.interval is not None
            assert one.together is not None
            assert one.together.low <= one.interval.low <= one.move <= one.interval.high <= one.together.high
        alone += any(not one.interval.low <= 0 <= one.interval.high for one in blasts)
        together += any(not one.together.low <= 0 <= one.together.high for one in blasts)
    assert alone / worlds > 0.08
    assert together / worlds <= 0.05


def test_a_move_that_is_there_in_one_setting_of_five_is_still_seen() -> None:
    labels = ["blast"] * 60 + ["lymphocyte"] * 60
    moved_there = ["lymphocyte"] * 30 + labels[30:]
    found = through(labels, [labels, labels, moved_there, labels, labels], 1)
    (seen,) = (one for one in found[2] if one.id == "blasts.ratio")
    assert seen.together is not None
    assert seen.together.high < -10
