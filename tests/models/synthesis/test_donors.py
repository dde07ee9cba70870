"""Simulated donors: the same seed the same cells; classes differ as they should; markers know their own ceiling."""

from __future__ import annotations

import numpy as np
import pytest

from models.synthesis import donors, markers, white_cells
from models.synthesis.white_cells import KINDS, Traits


def test_the_seed_decides_everything() -> None:
    first, again, other = (
        list(
            donors.pictures(donors.donor(s), donors.slide(s, 1), donors.traits(donors.donor(s), 2, 1), 1)
        )
        for s in (5, 5, 6)
    )  # fmt: skip
    assert all(np.array_equal(a.views, b.views) for a, b in zip(first, again, strict=True))
    assert not np.array_equal(first[0].views, other[0].views)


def test_counts_are_those_of_a_twelve_bit_camera_over_its_offset() -> None:
    of, on = donors.donor(1), donors.slide(1, 0)
    made = next(donors.pictures(of, on, donors.traits(of, 1, 0), 0))
    assert made.views.shape == (4, donors.SIDE, donors.SIDE)
    assert made.views.min() >= 0
    assert made.views.max() <= donors.TOP
    assert np.array_equal(made.views, np.rint(made.views))
    border = np.median(made.views[:, :10])
    assert 0.7 * on.photons < border - donors.OFFSET < 1.3 * on.photons


def test_without_counts_the_empty_field_is_one() -> None:
    of, on = donors.donor(2), donors.slide(2, 0)
    for made in donors.pictures(of, on, [Traits("lymphocyte")], 0, counts=False):
        assert np.median(made.views[:, :12]) == pytest.approx(1, abs=0.04)


@pytest.mark.parametrize("kind", KINDS)
def test_a_cell_lies_where_its_outline_says(kind: str) -> None:
    rng = np.random.default_rng(11)
    where = white_cells.window(160, 0.166)
    drawn = white_cells.cell(rng, Traits(kind), where)
    assert drawn.inside[75:85, 75:85].mean() > 0.5
    assert drawn.phase[drawn.inside].mean() > 5 * abs(drawn.phase[~drawn.inside].mean())
    assert drawn.phase.max() < 6
    assert np.array_equal(np.isfinite(drawn.phase), np.ones_like(drawn.inside))
    assert (drawn.absorption > 0).any() == (KINDS[kind].absorption > 0)


def test_kinds_differ_in_size_and_texture_as_blood_cells_do() -> None:
    where = white_cells.window(160, 0.166)

    def typical(kind: str, measure: str) -> float:
        return float(
            np.median(
                [white_cells.cell(np.random.default_rng(s), Traits(kind), where).measures[measure] for s in range(8)]
            )
        )

    assert typical("lymphocyte", "area") < typical("granulocyte", "area") < typical("monocyte", "area")
    assert typical("lymphocyte", "nucleus_fraction") > typical("monocyte", "nucleus_fraction")
    assert typical("granulocyte", "lobes") > 1 == typical("lymphocyte", "lobes")
    assert typical("other/ghost", "phase") < typical("lymphocyte", "phase") / 2


def test_no_reader_beats_the_ceiling_and_the_truth_behind_reaches_it() -> None:
    rng = np.random.default_rng(0)
    cells = [Traits("granulocyte", *rng.normal(0, 1, 5)) for _ in range(4000)]
    marked = markers.drawn(rng, cells, np.zeros(4))
    best = markers.ceiling(marked, np.array([c.label for c in cells]))
    weights = markers.WEIGHTS["granulocyte"]
    explained = np.sqrt(sum(w[3] ** 2 for w in weights.values()))
    assert best["CD16"]["granulocyte"] == pytest.approx(explained / np.hypot(explained, markers.NOISE[3]), abs=0.02)
    for trait in weights:
        single = np.corrcoef([getattr(c, trait) for c in cells], marked.values[:, 3])[0, 1]
        assert abs(single) < best["CD16"]["granulocyte"]


def test_markers_do_not_fall_below_the_floor() -> None:
    rng = np.random.default_rng(0)
    marked = markers.drawn(rng, [Traits("other/erythrocyte")] * 200, np.zeros(4))
    assert marked.values.min() == markers.FLOOR
    assert (marked.expected < markers.FLOOR).any()
