"""What is put where a donor was: pieces of what lies around it, as rough as that, and nothing else is touched."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.imaging import backgrounds, filling

SEEDS = st.integers(0, 10_000)


def textured(seed: int, side: int = 90, grain: float = 14.0) -> np.ndarray:
    """Surroundings with structure of a few pixels, as red cells and dust make it."""
    rng = np.random.default_rng(seed)
    coarse = rng.normal(0, grain, (3, side // 4 + 1, side // 4 + 1)).repeat(4, 1).repeat(4, 2)[:, :side, :side]
    return np.clip(coarse + 190 + rng.normal(0, 2, (3, side, side)), 0, 255).astype(np.float32)


def disc(side: int = 90, radius: float = 24) -> np.ndarray:
    y, x = np.mgrid[:side, :side] + 0.5 - side / 2
    return np.hypot(y, x) < radius


@given(SEEDS, st.floats(8, 30), st.booleans())
@settings(max_examples=15, deadline=None)
def test_what_is_known_stays_and_one_seed_fills_alike(seed: int, radius: float, turned: bool) -> None:
    levels, hole = textured(seed), disc(radius=radius)
    found = filling.quilted(levels, hole, seed, turned=turned)
    assert np.array_equal(found[:, ~hole], levels[:, ~hole])
    assert np.array_equal(found, filling.quilted(levels, hole, seed, turned=turned))
    assert np.isfinite(found).all()
    assert levels.min() - 25 <= found.min() <= found.max() <= levels.max() + 25


def left(found: np.ndarray, hole: np.ndarray) -> float:
    """Variance of what fills the middle of the hole over that of what lies around it."""
    even = found.mean(axis=0)
    return float(even[backgrounds.grown(hole, -8)].var() / even[~backgrounds.grown(hole, 3)].var())


def test_pieces_keep_the_structure_of_what_they_continue_and_a_smooth_surface_does_not() -> None:
    """In the mean of twelve pictures."""
    hole, told = disc(), {"pieces": [], "smooth": []}
    for seed in range(12):
        levels = textured(seed)
        told["pieces"].append(left(filling.quilted(levels, hole, seed, turned=True), hole))
        told["smooth"].append(left(filling.smoothed(levels, hole, seed), hole))
    assert 0.35 < np.mean(told["pieces"]) < 1.3
    assert np.mean(told["smooth"]) < 0.5 * np.mean(told["pieces"])
    assert np.mean(told["smooth"]) < 0.2


def test_pieces_that_must_not_be_turned_keep_the_side_the_light_comes_from() -> None:
    """Stripes stay stripes."""
    stripes = np.broadcast_to(np.sin(np.arange(90) * 2 * np.pi / 9)[None, :, None], (4, 90, 90)).astype(np.float32)
    found = filling.quilted(stripes.copy(), disc(), 3, turned=False)
    across, down = (float(np.abs(np.diff(found[:, 30:60, 30:60], axis=axis)).mean()) for axis in (2, 1))
    assert across < 0.3 * down


def test_where_too_little_is_known_the_smooth_surface_is_left() -> None:
    levels, hole = textured(1), np.ones((90, 90), bool)
    hole[:3] = False
    assert np.array_equal(filling.quilted(levels, hole, 1, turned=True), filling.smoothed(levels, hole, 1))


@pytest.mark.parametrize("pieces", [False, True])
def test_a_donor_is_emptied_either_way_without_a_trace_of_it(pieces: bool) -> None:
    crop = np.moveaxis(textured(5), 0, -1).astype(np.uint8)
    crop[disc(radius=20)] = (90, 40, 150)
    found = backgrounds.emptied(crop, disc(radius=20), seed=5, pieces=pieces)
    assert np.abs(found[disc(radius=20)].astype(int) - (90, 40, 150)).max(axis=-1).min() > 20
