"""The demo cases hold what their titles promise."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from models.synthesis.demo import DemoCase, demo_cases, demo_fields, places, true_counts
from models.synthesis.smear import LABELS


def share(case: DemoCase) -> tuple[int, int]:
    counts = true_counts(case)
    uncounted = {"smudge", "other"} | ({"erythroblast"} if case.specimen == "blood" else set())
    return counts["blast"] + counts["promonocyte"], sum(n for name, n in counts.items() if name not in uncounted)


def test_three_cases_low_borderline_high() -> None:
    low, borderline, high = demo_cases()
    assert len({c.key for c in demo_cases()}) == 3
    assert all(set(c.mix) <= set(LABELS) for c in demo_cases())
    assert share(low)[0] / share(low)[1] < 0.02
    assert share(borderline)[0] / share(borderline)[1] == pytest.approx(0.20, abs=0.01)
    assert share(high)[0] / share(high)[1] > 0.5


def test_each_case_has_the_cells_its_specimen_asks_for() -> None:
    low, borderline, high = demo_cases()
    assert low.specimen == "blood"
    assert share(low)[1] >= 200
    assert share(borderline)[1] >= 500
    assert share(high)[1] >= 300


def test_every_case_says_that_it_is_synthetic() -> None:
    for case in demo_cases():
        assert "synthetic" in case.title.lower()
        assert "drawn by a program" in case.note.lower()


def test_fields_are_drawn_as_counted_and_share_one_look() -> None:
    case = replace(demo_cases()[1], fields=2)
    drawn = list(demo_fields(case))
    assert [len(f.cells) for f in drawn] == [case.cells_per_field] * 2
    assert len({f.um_per_px for f in drawn}) == 1
    names = [cell.label for f in drawn for cell in f.cells]
    assert {n: names.count(n) for n in set(names)} == dict(true_counts(case))


def test_places_are_known_without_drawing() -> None:
    case = replace(demo_cases()[2], fields=1)
    drawn, known = next(demo_fields(case)), places(case, 0)
    assert [place[0] for place in known] == [cell.label for cell in drawn.cells]
    for (_, x, y, radius), cell in zip(known, drawn.cells, strict=True):
        if not cell.touches_edge:
            assert cell.center == (x, y)
            assert np.hypot(*(cell.contour - (x, y)).T).max() < 2 * radius
