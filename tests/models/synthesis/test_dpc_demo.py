"""The label-free demo frames: the same on every machine, with truth where the picture shows a cell."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from models.synthesis import dpc_demo, markers

SMALL = replace(dpc_demo.DEMO, frames=2, cells_per_frame=5, side=256)


def test_frames_come_out_the_same_each_time_and_differ_from_one_another() -> None:
    first, again = list(dpc_demo.frames(SMALL)), list(dpc_demo.frames(SMALL))
    assert all(np.array_equal(a.views, b.views) for a, b in zip(first, again, strict=True))
    assert not np.array_equal(first[0].views, first[1].views)


def test_every_cell_stands_where_it_says_apart_from_the_others() -> None:
    for made in dpc_demo.frames(SMALL):
        assert made.views.shape == (4, 256, 256)
        assert made.views.dtype == np.uint16
        covered = np.zeros(made.phase.shape, int)
        for cell in made.cells:
            x, y = (round(v) for v in cell.centre)
            assert cell.inside[max(y - 4, 0) : y + 4, max(x - 4, 0) : x + 4].mean() > 0.5
            assert made.phase[cell.inside].mean() > 0.1
            assert cell.markers.min() >= markers.FLOOR
            covered += cell.inside
        assert (covered > 1).sum() < 0.02 * (covered > 0).sum()
