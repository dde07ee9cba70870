"""Frames of many cells: matching, shares and their intervals."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
from numpy.typing import NDArray

from models.imaging import contours
from models.synthesis import dpc_demo
from models.training.label_free import crowded

DONOR = 90_500


class Seeing:
    """Finds exactly what was drawn, except the last cell of every frame."""

    def __init__(self) -> None:
        case = crowded.dataclasses.replace(dpc_demo.DEMO, seed=DONOR, frames=1)
        self.frame = next(dpc_demo.frames(case))

    def find(self, views: NDArray[np.uint16], um_per_px: float | None) -> list[tuple[NDArray[np.float32], float]]:
        assert um_per_px == self.frame.um_per_px
        assert np.array_equal(views, self.frame.views)
        lines = [contours.outline(cell.inside) for cell in self.frame.cells]
        return [(line, 1.0) for line in lines if line is not None][:-1]


class Lymphocytes:
    labels = ("granulocyte", "lymphocyte")

    def look(self, windows: list[NDArray[np.float32]]) -> SimpleNamespace:
        assert all(window.shape == (4, crowded.SIDE, crowded.SIDE) for window in windows)
        return SimpleNamespace(probabilities=np.tile([0.2, 0.8], (len(windows), 1)))


def test_what_is_found_is_matched_with_what_was_drawn() -> None:
    seeing = Seeing()
    rows = list(crowded.looked_at(DONOR, 1, seeing, Lymphocytes()))
    told = crowded.figured(rows)
    lymphocytes = [row for row in rows if row[1] == "lymphocyte" and row[4]]
    assert told["cells"] == len(rows) > 5
    assert told["found_cells"] - sum(row[4] for row in rows) == 1
    assert told["accuracy"] == round(len(lymphocytes) / (len(rows) - 1), 4)
    assert told["accuracy_near_cells"] + told["accuracy_alone_cells"] == told["accuracy_cells"]


def test_intervals_come_from_drawing_donors() -> None:
    rows = [(donor, "a", "a" if donor % 2 else "b", False, True) for donor in range(20) for _ in range(50)]
    told = crowded.figured([*rows, (1, "a", "a", True, True)])
    low, high = told["accuracy_interval"]
    assert 0.2 < low < 0.4 < told["accuracy"] < 0.6 < high < 0.8  # twenty donors, not a thousand cells
