"""Cells that need no real picture: drawn ones with their masks where the cell is."""

from __future__ import annotations

import numpy as np
import pytest

from models.studies import subjects
from models.synthesis import donors
from models.synthesis.smear import LABELS
from models.synthesis.white_cells import Traits


def test_drawn_cells_come_in_every_class_with_a_mask_on_the_cell() -> None:
    cells = subjects.drawn(1)
    assert sorted(cells.labels.tolist()) == sorted(LABELS)
    assert cells.available == dict.fromkeys(sorted(LABELS), 1)
    darker = [p[m].mean() < p[~m].mean() for p, m in zip(cells.pictures, cells.masks, strict=True)]
    assert np.mean(darker) > 0.9
    assert all(m.shape == p.shape[:2] for p, m in zip(cells.pictures, cells.masks, strict=True))


def test_an_unstained_cell_lies_where_its_mask_says() -> None:
    of, on = donors.donor(5), donors.slide(5, 0)
    made = donors.pictured(np.random.default_rng(5), of, on, Traits("lymphocyte"))
    views, inside = subjects._windowed(made)
    assert views.shape == (4, subjects.WINDOW, subjects.WINDOW)
    assert inside.shape == views.shape[1:]
    unrest = np.abs(views - 1).mean(0)
    assert unrest[inside].mean() > 2 * unrest[~inside].mean()
    assert 0.05 < inside.mean() < 0.6


def test_unstained_cells_are_those_of_the_test_donors_each_class_as_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subjects, "DONORS", 7)  # one of them is tested on
    cells = subjects.unstained(1)
    assert sorted(cells.labels.tolist()) == sorted(donors.MIX)
    assert cells.available == dict.fromkeys(sorted(donors.MIX), 1)
    assert len(set(cells.patients.tolist())) == 1
    assert "1 test donors" in cells.about
    assert all(p.shape == (4, *m.shape) for p, m in zip(cells.pictures, cells.masks, strict=True))
