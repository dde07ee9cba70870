"""Pictures changed a little: nothing at strength 0, the same by the same seed, and more of the same with more of it."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.imaging import colour, perturb
from models.imaging.perturb import LADDERS, NOT_UNSTAINED, Change, Mask, Pixels, Views

UM = 0.15
GLASS = np.array([238, 232, 240], np.float32)
UNSTAINED = tuple(change for change in Change if change not in NOT_UNSTAINED)


def disc(side: int, x: float, y: float, radius: float) -> Mask:
    down, across = np.mgrid[:side, :side] + 0.5
    return np.asarray(np.hypot(down - y, across - x) <= radius, bool)


def cell(seed: int = 0, side: int = 72) -> tuple[Pixels, Mask]:
    """A stained cell off the middle with a nucleus, grains and an erythrocyte beside it."""
    rng = np.random.default_rng(seed)
    radius = side * rng.uniform(0.18, 0.24)
    x, y = side / 2 + rng.uniform(-3, 3, 2)
    mask = disc(side, x, y, radius)
    density = np.zeros((side, side, 3), np.float32)
    density[disc(side, 6, 8, 0.16 * side)] = 0.5 * colour.HAEMOGLOBIN
    density[mask] = 0.3 * colour.AZURE + 0.15 * colour.HAEMOGLOBIN
    density[disc(side, x + 2, y - 1, 0.55 * radius)] = 1.1 * colour.AZURE
    density *= 1 + 0.15 * rng.standard_normal((side, side, 1)).astype(np.float32)
    return np.clip(np.round((GLASS + 4) * np.exp(-density) - 4), 0, 255).astype(np.uint8), mask


def views(seed: int = 0, side: int = 48, absent: int | None = None) -> tuple[Views, Mask]:
    rng = np.random.default_rng(seed)
    mask = disc(side, side / 2, side / 2 + 1, side * 0.27)
    slope = np.linspace(-0.3, 0.3, side, dtype=np.float32)
    tilts = np.stack([slope[None] + 0 * slope[:, None], -slope[None] + 0 * slope[:, None]] * 2)
    light = (1 + tilts * mask + 0.01 * rng.standard_normal((4, side, side))).astype(np.float32)
    if absent is not None:
        light[absent] = np.nan
    return light, mask


def off(one: np.ndarray, other: np.ndarray) -> float:
    return float(np.abs(one.astype(np.float64) - other).mean())


@given(change=st.sampled_from(Change), seed=st.integers(0, 2**31))
@settings(max_examples=40, deadline=None)
def test_strength_nought_gives_back_what_came_in(change: Change, seed: int) -> None:
    pixels, mask = cell(seed)
    same, its = perturb.stained(change, pixels, mask, 0, seed)
    assert np.array_equal(same, pixels)
    assert np.array_equal(its, mask)
    if change in UNSTAINED:
        light, mask = views(seed)
        assert np.array_equal(perturb.unstained(change, light, mask, 0, seed)[0], light)


@given(change=st.sampled_from(Change), step=st.integers(0, 9), seed=st.integers(0, 2**31))
@settings(max_examples=40, deadline=None)
def test_the_same_seed_gives_the_same_picture_and_touches_nothing_given(change: Change, step: int, seed: int) -> None:
    pixels, mask = cell(seed)
    kept, its = pixels.copy(), mask.copy()
    strength = LADDERS[change].steps[step % len(LADDERS[change].steps)]
    one = perturb.stained(change, pixels, mask, strength, seed, um_per_px=UM)
    other = perturb.stained(change, pixels, mask, strength, seed, um_per_px=UM)
    assert np.array_equal(one[0], other[0])
    assert np.array_equal(one[1], other[1])
    assert one[0].dtype == np.uint8
    assert one[0].shape == pixels.shape
    assert one[1].any()
    assert np.array_equal(pixels, kept)
    assert np.array_equal(mask, its)


@pytest.mark.parametrize("change", Change)
@pytest.mark.parametrize("seed", [1, 5])
def test_more_strength_is_more_of_the_same_change(change: Change, seed: int) -> None:
    pixels, mask = cell(seed)
    for side in ({step for step in LADDERS[change].steps if step > 0}, {s for s in LADDERS[change].steps if s < 0}):
        ordered = sorted(side, key=abs)
        moved = [off(perturb.stained(change, pixels, mask, s, seed, um_per_px=UM)[0], pixels) for s in ordered]
        assert all(a < b for a, b in itertools.pairwise([0.0, *moved])), (change, ordered, moved)


@pytest.mark.parametrize("change", UNSTAINED)
def test_more_strength_is_more_of_the_same_change_without_stain_too(change: Change) -> None:
    light, mask = views(3)
    for side in ([s for s in LADDERS[change].steps if s > 0], [s for s in LADDERS[change].steps if s < 0]):
        ordered = sorted(side, key=abs)
        moved = [off(perturb.unstained(change, light, mask, s, 3, um_per_px=0.25)[0], light) for s in ordered]
        assert all(a < b for a, b in itertools.pairwise([0.0, *moved])), (change, moved)


@pytest.mark.parametrize("change", [Change.AZURE, Change.EOSIN])
@given(strength=st.floats(1, 80), seed=st.integers(0, 1000))
@settings(max_examples=15, deadline=None)
def test_more_stain_darkens_and_less_pales_and_glass_stays(change: Change, strength: float, seed: int) -> None:
    pixels, mask = cell(seed)
    more, _ = perturb.stained(change, pixels, mask, strength, seed, clear=GLASS)
    less, _ = perturb.stained(change, pixels, mask, -strength, seed, clear=GLASS)
    assert (more.astype(int) <= pixels).all()
    assert (less.astype(int) >= pixels).all()
    assert (less <= GLASS).all()
    glass = (pixels == GLASS).all(axis=2)
    assert glass.any()
    assert (more[glass] == GLASS).all()
    assert (less[glass] == GLASS).all()


def test_each_stain_moves_along_its_own_axis() -> None:
    for change, axis in ((Change.AZURE, colour.AZURE), (Change.EOSIN, colour.HAEMOGLOBIN)):
        pixels = np.round((GLASS + 4) * np.exp(-0.8 * axis) - 4).astype(np.uint8)[None, None].repeat(9, 0).repeat(9, 1)
        found, _ = perturb.stained(change, pixels, disc(9, 4, 4, 3), 50, 0, clear=GLASS)
        density = colour.optical_density(found, GLASS)[4, 4]
        assert density == pytest.approx(1.2 * axis, abs=0.03)
        other = Change.EOSIN if change is Change.AZURE else Change.AZURE
        kept, _ = perturb.stained(other, pixels, disc(9, 4, 4, 3), 50, 0, clear=GLASS)
        assert off(kept, pixels) < 3


def test_blur_is_the_same_in_micrometres_whatever_the_pixels() -> None:
    rough = np.random.default_rng(0).uniform(0, 255, (1, 40, 40)).astype(np.float32)
    fine = rough.repeat(2, 1).repeat(2, 2)
    half = perturb.blurred(fine, 0.6 / 0.1).reshape(1, 40, 2, 40, 2).mean((2, 4))
    assert np.corrcoef(half.ravel(), perturb.blurred(rough, 0.6 / 0.2).ravel())[0, 1] > 0.999
    point = np.zeros((1, 41, 41), np.float32)
    point[0, 20, 20] = 1
    spread = perturb.blurred(point, 3.0)[0]
    assert spread.sum() == pytest.approx(1, abs=1e-5)
    assert math.sqrt((spread.sum(0) * (np.arange(41) - 20) ** 2).sum()) == pytest.approx(3.0, abs=0.1)
    with pytest.raises(ValueError, match="State µm per pixel"):
        perturb.stained(Change.BLUR, *cell(), 0.2, 0)


def test_jpeg_is_what_pil_would_write_and_its_blocks_fall_by_seed() -> None:
    pixels, mask = cell()
    found = {perturb.stained(Change.JPEG, pixels, mask, 80, seed)[0].tobytes() for seed in range(6)}
    assert len(found) > 1
    assert off(perturb.stained(Change.JPEG, pixels, mask, 2, 0)[0], pixels) < 4


@given(strength=st.sampled_from([-30, -15, 15, 30]), seed=st.integers(0, 99))
@settings(max_examples=12, deadline=None)
def test_scale_changes_the_cells_area_with_it(strength: int, seed: int) -> None:
    pixels, mask = cell(seed)
    _, its = perturb.stained(Change.SCALE, pixels, mask, strength, seed)
    assert its.sum() / mask.sum() == pytest.approx((1 + strength / 100) ** 2, rel=0.05)


@given(strength=st.floats(3, 25), seed=st.integers(0, 2**20))
@settings(max_examples=15, deadline=None)
def test_a_window_beside_the_cell_is_as_far_beside_it_as_was_asked(strength: float, seed: int) -> None:
    pixels, mask = cell(seed)
    _, its = perturb.stained(Change.OFFSET, pixels, mask, strength, seed)
    moved = np.hypot(*(np.argwhere(its).mean(0) - np.argwhere(mask).mean(0)))
    assert moved == pytest.approx(strength / 100 * 2 * math.sqrt(mask.sum() / math.pi), abs=0.6)


def test_a_quarter_turn_loses_nothing() -> None:
    pixels, mask = cell()
    turns = {number: np.rot90(pixels, number) for number in (1, 3)}
    seen = set()
    for seed in range(8):
        found, its = perturb.stained(Change.ROTATION, pixels, mask, 90, seed)
        seen |= {number for number, turned in turns.items() if off(found, turned) < 0.01}
        assert its.sum() == mask.sum()
    assert seen == {1, 3}


@given(seed=st.integers(0, 2**31), strength=st.floats(1, 100), own=st.booleans())
@settings(max_examples=30, deadline=None)
def test_a_neighbour_never_touches_a_pixel_of_the_cell(seed: int, strength: float, own: bool) -> None:
    pixels, mask = cell(seed)
    other = None if own else cell(seed + 1, 60)
    found, its = perturb.stained(Change.NEIGHBOUR, pixels, mask, strength, seed, neighbour=other)
    assert np.array_equal(found[mask], pixels[mask])
    assert np.array_equal(its, mask)
    light, around = views(seed)
    lit, _ = perturb.unstained(Change.NEIGHBOUR, light, around, strength, seed, neighbour=views(seed + 1))
    assert np.array_equal(lit[:, around], light[:, around])


@given(seed=st.integers(0, 2**31))
@settings(max_examples=12, deadline=None)
def test_at_its_full_strength_the_neighbour_touches(seed: int) -> None:
    pixels, mask = cell(seed)
    found, _ = perturb.stained(Change.NEIGHBOUR, pixels, mask, 100, seed, neighbour=cell(seed + 1))
    changed = (found != pixels).any(axis=2)
    wide = np.pad(mask, 2)
    near = np.zeros_like(mask)
    for down, across in itertools.product(range(5), repeat=2):
        near |= wide[down : down + len(mask), across : across + len(mask)]
    assert (changed & near).any()


@given(seed=st.integers(0, 2**31), change=st.sampled_from(UNSTAINED), absent=st.integers(0, 3))
@settings(max_examples=20, deadline=None)
def test_an_absent_view_stays_absent_and_the_others_finite(seed: int, change: Change, absent: int) -> None:
    light, mask = views(seed, absent=absent)
    found, its = perturb.unstained(change, light, mask, LADDERS[change].steps[-1], seed, um_per_px=0.25)
    assert found.dtype == np.float32
    assert [bool(np.isnan(view).all()) for view in found] == [k == absent for k in range(4)]
    assert np.isfinite(np.delete(found, absent, axis=0)).all()
    assert its.any()


@pytest.mark.parametrize("change", list(NOT_UNSTAINED))
def test_what_makes_no_sense_without_stain_is_refused_with_its_reason(change: Change) -> None:
    with pytest.raises(ValueError, match=NOT_UNSTAINED[change][:20]):
        perturb.unstained(change, *views(), 10, 0)


@given(side=st.integers(4, 72))
@settings(max_examples=10, deadline=None)
def test_the_middle_is_the_middle(side: int) -> None:
    pixels, mask = cell()
    assert perturb.middle(pixels, side).shape == (side, side, 3)
    assert np.array_equal(perturb.middle(mask, 72), mask)
    with pytest.raises(ValueError, match="at least 80"):
        perturb.middle(pixels, 80)


def test_a_turned_wide_cut_shows_no_empty_corner_in_its_middle() -> None:
    pixels, mask = cell(side=72)
    full = np.full_like(pixels, 90)
    for seed in range(4):
        for change in (Change.ROTATION, Change.SCALE, Change.OFFSET):
            for strength in LADDERS[change].steps:
                moved, _ = perturb.stained(change, full, mask, strength, seed, clear=GLASS)
                assert (perturb.middle(moved, round(72 / perturb.WIDER)) == 90).all(), (change, strength)


def test_what_cannot_be_changed_is_refused() -> None:
    pixels, mask = cell()
    with pytest.raises(ValueError, match="a bool mask of its size"):
        perturb.stained(Change.JPEG, pixels, mask[1:], 10, 0)
    with pytest.raises(ValueError, match="a bool mask of its size"):
        perturb.unstained(Change.BLUR, pixels, mask, 10, 0)
    with pytest.raises(ValueError, match="a strength from 0 on for jpeg"):
        perturb.stained(Change.JPEG, pixels, mask, -10, 0)
    with pytest.raises(ValueError, match="a finite strength"):
        perturb.stained(Change.SCALE, pixels, mask, math.nan, 0)


def test_every_ladder_goes_up_and_leaves_nought_out() -> None:
    for change in Change:
        steps = LADDERS[change].steps
        assert list(steps) == sorted(set(steps)) and 0 not in steps, change  # noqa: PT018
    assert set(LADDERS) == set(Change)
