"""The label-free finder against frames of known truth, and what it measures."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from models import registry
from models.dpc_detector import MEASURES, central, measured
from models.imaging import dpc
from models.imaging.contours import rasterised
from models.imaging.phase import phase
from models.synthesis import donors, dpc_demo
from models.synthesis.white_cells import Traits

DETECTOR = registry.load("dpc-detector")
FRAMES = list(dpc_demo.frames(replace(dpc_demo.DEMO, frames=3, cells_per_frame=12)))


def test_cells_of_a_frame_are_found_once_each() -> None:
    hit = found = true = 0
    for made in FRAMES:
        masks = [rasterised(contour, made.phase.shape) for contour, _ in DETECTOR.find(made.views, made.um_per_px)]
        for cell in made.cells:
            overlap = [(m & cell.inside).sum() / (m | cell.inside).sum() for m in masks]
            hit += max(overlap, default=0) >= 0.5
        found, true = found + len(masks), true + len(made.cells)
    assert hit >= 0.9 * true
    assert hit >= 0.85 * found


def test_an_assumed_scale_stands_in_for_one_that_is_not_stated() -> None:
    assert len(DETECTOR.find(FRAMES[0].views, None)) == len(DETECTOR.find(FRAMES[0].views, 0.166))
    assert DETECTOR.scale(FRAMES[0].views) is None


@pytest.mark.parametrize("absent", [(), (3,), (2, 3), (1, 3)])
def test_a_single_cell_lies_in_the_middle_with_fewer_views_too(absent: tuple[int, ...]) -> None:
    of, on = donors.donor(4), donors.slide(4, 0)
    views = donors.pictured(np.random.default_rng(4), of, on, Traits("granulocyte")).views
    views[list(absent)] = np.nan
    found = DETECTOR.find(views, 0.166)
    assert len(found) >= 1
    assert np.abs(np.asarray(found[0][0]).mean(0) - 64).max() < 8
    assert 0 < found[0][1] < 1


def test_an_empty_frame_holds_nothing() -> None:
    rng = np.random.default_rng(0)
    assert DETECTOR.find(rng.poisson(1000, (4, 128, 128)).astype(np.uint16), 0.166) == []


def test_measures_tell_size_and_texture() -> None:
    of, on = donors.donor(4), donors.slide(4, 0)
    told = {}
    for kind in ("lymphocyte", "granulocyte", "monocyte"):
        rows = []
        for seed in range(5):
            views = dpc.normalised(donors.pictured(np.random.default_rng(seed), of, on, Traits(kind)).views)
            found = phase(views, 0.166)
            inside = central(DETECTOR.parts(found, 0.166), 20)
            assert inside is not None
            rows.append([measured(found, inside, 0.166)[name] for name in MEASURES])
        told[kind] = dict(zip(MEASURES, np.median(rows, axis=0), strict=True))
    assert told["lymphocyte"]["area"] < told["granulocyte"]["area"]
    assert told["granulocyte"]["fine"] > 1.3 * told["lymphocyte"]["fine"]
    assert all(0 <= row["eccentricity"] < 1 for row in told.values())
