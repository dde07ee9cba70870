"""With and without what training does against surroundings: gaps, spreads over seeds, and what is said of them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from models.imaging.backgrounds import Setting
from models.studies import trained
from models.studies.subjects import Subjects

LABELS = ("blast", "lymphocyte")


@pytest.fixture(scope="module")
def cells() -> Subjects:
    labels = np.array(list(LABELS) * 20)
    blank = (np.zeros((4, 4, 3), np.uint8),) * 40
    masks = (np.ones((4, 4), bool),) * 40
    people = np.array([f"p{k // 10}" for k in range(40)])
    return Subjects("smear", blank, masks, (None,) * 40, labels, people, {"blast": 20, "lymphocyte": 20}, "made")


def table(cells: Subjects, wrong: int) -> np.ndarray:
    """Right but for the first `wrong` blasts."""
    truth = np.array([LABELS.index(name) for name in cells.labels])
    truth[np.flatnonzero(cells.labels == "blast")[:wrong]] = 1
    return np.eye(2, dtype=np.float32)[truth]


def row(cells: Subjects, part: str, seed: int, other: int) -> dict[str, Any]:
    said = {setting: table(cells, 0) for setting in Setting} | {Setting.OTHER_CLASS: table(cells, other)}
    return trained.measured(cells, said, LABELS, part, seed)


def test_the_gap_is_what_other_surroundings_cost_and_is_told_with_the_spread_of_seeds(cells: Subjects) -> None:
    rows = [row(cells, "full", seed, 0) for seed in (1, 2)] + [
        row(cells, "no background swap", seed, 4 * seed) for seed in (1, 2)
    ]
    both, without = trained.summary(rows)
    assert both["gap"] == (0.0, 0.0)
    assert both["unaltered"][0] == 100
    assert without["gap"][0] == pytest.approx(100 * (4 + 8) / 2 / 40)  # of two classes' recalls, one loses
    assert without["gap"][1] == pytest.approx(np.std([10, 20], ddof=1))
    assert without["gap_interval"][0] <= without["gap"][0] <= without["gap_interval"][1]
    assert without["flipped"][Setting.OTHER_CLASS][0] == pytest.approx(15)
    (said,) = trained.verdict(rows)
    assert "15.0 % of calls flip" in said
    assert "+15.0 points beside that with both (more than seeds differ" in said
    lines = list(trained.lines(rows))
    assert [line[0] for line in lines] == ["with both", "without background swap"]
    assert all(len(line) == len(trained.head()) for line in lines)


def test_one_way_of_training_alone_is_compared_with_nothing(cells: Subjects) -> None:
    assert list(trained.verdict([row(cells, "full", 1, 2)])) == []
