"""Tiles cover the picture, and what they find is counted once."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from models import tiling
from models.imaging.contours import bounds, matched


def disc(x: float, y: float, radius: float, points: int = 40) -> NDArray[np.float32]:
    turn = np.linspace(0, 2 * np.pi, points, endpoint=False)
    return np.stack([x + radius * np.cos(turn), y + radius * np.sin(turn)], axis=1).astype(np.float32)


sides = st.integers(10, 900)


@given(sides, sides, st.integers(40, 300), st.floats(0, 0.9))
def test_owned_parts_cover_the_picture_once(height: int, width: int, side: int, share: float) -> None:
    overlap = int(share * side)
    laid = tiling.tiles((height, width), side, overlap)
    assert sum((t.owned[2] - t.owned[0]) * (t.owned[3] - t.owned[1]) for t in laid) == pytest.approx(height * width)
    for tile in laid:
        assert 0 <= tile.x <= tile.owned[0] <= tile.owned[2] <= tile.x + tile.width <= width
        assert 0 <= tile.y <= tile.owned[1] <= tile.owned[3] <= tile.y + tile.height <= height
        inner = [tile.owned[0] - tile.x, tile.x + tile.width - tile.owned[2]]
        for border, gap in zip((tile.owned[0] > 0, tile.owned[2] < width), inner, strict=True):
            assert not border or gap >= overlap / 2 - 1


@given(st.integers(1, 90), st.integers(1, 90), st.integers(5, 24), st.integers(0, 4))
def test_tiles_are_whole_steps_as_few_and_as_small_as_will_do(high: int, wide: int, side: int, overlap: int) -> None:
    step = 32
    laid = tiling.tiles((high * step, wide * step), side * step, overlap * step, step)
    assert len({(t.width, t.height) for t in laid}) == 1
    along = (wide, laid[0].width, len({t.x for t in laid})), (high, laid[0].height, len({t.y for t in laid}))
    for length, one, count in along:
        assert one % step == 0
        assert one <= side * step
        if length <= side:
            assert (count, one) == (1, length * step)
        else:
            assert (count - 1) * (side - overlap) + overlap < length  # one less would not do
            assert count * (one // step - 1) - (count - 1) * overlap < length  # nor would smaller ones


def test_a_picture_hardly_larger_than_a_tile_is_not_looked_at_twice() -> None:
    seen = [sum(t.width * t.height for t in tiling.tiles((side, side), 768, 128, 32)) for side in (768, 800, 1024)]
    assert seen == [768**2, 4 * 480**2, 4 * 576**2]


@pytest.mark.parametrize(("side", "overlap", "step"), [(64, 64, 1), (100, 32, 32)])
def test_an_overlap_as_large_as_the_tile_or_a_broken_step_is_refused(side: int, overlap: int, step: int) -> None:
    with pytest.raises(ValueError, match="larger tiles"):
        tiling.tiles((100, 100), side, overlap, step)


@settings(deadline=None, max_examples=60)
@example(59)
@given(st.integers(0, 10_000))
def test_cells_on_seams_are_counted_once(seed: int) -> None:
    """Every tile reports the cells it sees, cut at its border and a little displaced, as a network would."""
    rng = np.random.default_rng(seed)
    side, overlap = 160, 64
    height, width = (int(v) for v in rng.integers(100, 520, 2))
    laid = tiling.tiles((height, width), side, overlap)
    truth: list[NDArray[np.float32]] = []
    places: list[tuple[float, float, float]] = []
    for _ in range(60):
        radius = float(rng.uniform(6, 30))
        x, y = rng.uniform(radius, width - radius), rng.uniform(radius, height - radius)
        if all(np.hypot(x - a, y - b) > 0.97 * (radius + r) for a, b, r in places):
            places.append((x, y, radius))
            truth.append(disc(x, y, radius))
    found = []
    for tile in laid:
        low, high = np.array([tile.x, tile.y]), np.array([tile.x + tile.width, tile.y + tile.height])
        seen = []
        for x, y, radius in places:
            shift = rng.normal(0, 0.05 * radius, 2)
            cut = np.clip(disc(x + shift[0], y + shift[1], radius * rng.uniform(0.95, 1.05)), low, high)
            if (np.ptp(cut, axis=0) > 3).all():
                seen.append(((cut - low).astype(np.float32), float(rng.uniform(0.3, 1))))
        found.append(seen)
    once = tiling.stitched(found, laid, overlap)
    assert len(once) == len(truth)
    assert len(matched([c for c, _ in once], truth, 0.6)) == len(truth)


def test_the_better_of_two_stays_and_parts_go() -> None:
    whole, part, beside = disc(50, 50, 20), disc(55, 50, 8), disc(88, 50, 20)
    kept = tiling.distinct([(part, 0.6), (disc(51, 50, 20), 0.5), (whole, 0.9), (beside, 0.4)])
    assert [s for _, s in kept] == [0.9, 0.4]
    assert bounds(kept[1][0])[0] == pytest.approx(68, abs=0.1)


def test_a_cell_stays_instead_of_its_lobes_but_not_instead_of_two_cells() -> None:
    lobes = [(disc(42, 50, 8), 0.8), (disc(60, 50, 8), 0.7)]
    assert [s for _, s in tiling.distinct([*lobes, (disc(50, 50, 22), 0.6)])] == [0.6]
    assert [s for _, s in tiling.distinct([*lobes, (disc(50, 50, 22), 0.3)])] == [0.8, 0.7]
    two = [(disc(30, 50, 20), 0.8), (disc(70, 50, 20), 0.7)]
    both = np.array([[10, 30], [90, 30], [90, 70], [10, 70]], np.float32)
    assert [s for _, s in tiling.distinct([*two, (both, 0.69)])] == [0.8, 0.7]


def test_what_has_no_area_is_no_cell() -> None:
    assert tiling.distinct([(np.zeros((4, 2), np.float32), 0.9)]) == []
    assert tiling.stitched([[]], tiling.tiles((20, 20), 64, 16), 16) == []
