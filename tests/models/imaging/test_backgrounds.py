"""The cell stays, its surroundings change: what a composite promises, whatever the crop."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from models.imaging import backgrounds
from models.imaging.backgrounds import DONATED, Setting

SIDES = st.integers(9, 40)
SEEDS = st.integers(0, 10_000)
SETTINGS = st.sampled_from(list(Setting))


def drawn(seed: int, side: int, *, unstained: bool = False) -> NDArray[np.generic]:
    rng = np.random.default_rng(seed)
    if unstained:
        return rng.normal(1, 0.1, (4, side, side)).astype(np.float32)
    return rng.integers(0, 256, (side, side, 3), np.uint8)


def disc(side: int, share: float = 0.3, seed: int = 0) -> NDArray[np.bool_]:
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:side, :side] + 0.5 - side / 2 + rng.uniform(-2, 2)
    return np.hypot(y, x) < share * side


@given(SEEDS, SIDES, SETTINGS, st.booleans(), st.booleans(), st.floats(0, 6))
@settings(max_examples=60, deadline=None)
def test_a_composite_keeps_every_pixel_of_the_cell(
    seed: int, side: int, setting: Setting, unstained: bool, match: bool, feather: float
) -> None:
    crop, other = (drawn(seed + k, side, unstained=unstained) for k in (0, 1))
    mask = disc(side, 0.3, seed)
    found = backgrounds.altered(setting, crop, mask, other, feather=feather, match_colour=match)
    inside = (slice(None), mask) if unstained else mask
    assert found.dtype == crop.dtype
    assert found.shape == crop.shape
    assert np.array_equal(found[inside], crop[inside])


@given(SEEDS, SIDES, st.booleans())
@settings(max_examples=30, deadline=None)
def test_once_the_cell_fills_the_crop_no_setting_changes_anything(seed: int, side: int, unstained: bool) -> None:
    crop, other = (drawn(seed + k, side, unstained=unstained) for k in (0, 1))
    full = np.ones((side, side), bool)
    masked = backgrounds.masked(crop, full)
    for setting in Setting:
        assert np.array_equal(backgrounds.altered(setting, crop, full, other), masked)


@given(SEEDS, SIDES, st.floats(0, 6))
@settings(max_examples=40, deadline=None)
def test_beyond_the_feather_the_background_is_the_donors_own(seed: int, side: int, feather: float) -> None:
    crop, other, mask = drawn(seed, side), drawn(seed + 1, side), disc(side, 0.25)
    found = backgrounds.placed(crop, mask, other, feather=feather, match_colour=False)
    far = ~backgrounds.grown(mask, int(feather) + 1)
    assert np.array_equal(found[far], other[far])
    hard = backgrounds.placed(crop, mask, other, feather=0, match_colour=False)
    assert np.array_equal(hard, np.where(mask[..., None], crop, other))


@given(SEEDS, SIDES)
@settings(max_examples=20, deadline=None)
def test_unaltered_is_the_crop_and_a_copy(seed: int, side: int) -> None:
    crop = drawn(seed, side)
    found = backgrounds.altered(Setting.UNALTERED, crop, disc(side))
    assert np.array_equal(found, crop)
    assert found is not crop


@given(SEEDS, SIDES)
@settings(max_examples=20, deadline=None)
def test_masked_does_not_depend_on_the_background_when_the_fill_is_given(seed: int, side: int) -> None:
    crop, other, mask = drawn(seed, side), drawn(seed + 1, side), disc(side)
    fill = (240, 238, 231)
    swapped = backgrounds.placed(crop, mask, other)
    assert np.array_equal(backgrounds.masked(swapped, mask, fill=fill), backgrounds.masked(crop, mask, fill=fill))
    assert (backgrounds.masked(crop, mask, fill=fill)[~mask] == fill).all()


@given(SEEDS, st.booleans())
@settings(max_examples=20, deadline=None)
def test_the_same_seed_empties_alike_and_changes_nothing_outside(seed: int, unstained: bool) -> None:
    crop, mask = drawn(seed, 40, unstained=unstained), disc(40, 0.25)
    one, two = (backgrounds.emptied(crop, mask, seed=seed) for _ in range(2))
    assert np.array_equal(one, two)
    outside = ~backgrounds.grown(mask, backgrounds.RIM)
    kept = (slice(None), outside) if unstained else outside
    assert np.array_equal(one[kept], crop[kept])
    hole = (slice(None), mask) if unstained else mask
    assert not np.array_equal(one[hole], crop[hole])
    assert not np.array_equal(backgrounds.emptied(crop, mask, seed=seed + 1)[hole], one[hole])


def test_an_emptied_donor_shows_its_surroundings_where_its_cell_was() -> None:
    crop = np.full((60, 60, 3), (230, 210, 190), np.uint8)
    mask = disc(60, 0.3)
    crop[mask] = (90, 40, 150)
    found = backgrounds.emptied(crop, mask)
    assert np.abs(found.astype(int) - (230, 210, 190)).max() <= 2


def test_a_donor_that_fills_its_crop_leaves_clear_glass() -> None:
    full = np.ones((20, 20), bool)
    assert (backgrounds.emptied(drawn(1, 20), full) == 240).all()
    assert (backgrounds.emptied(drawn(1, 20, unstained=True), full) == 1).all()


def test_matched_colours_bring_the_donors_glass_to_the_crops() -> None:
    mask = disc(60, 0.3)
    crop = np.full((60, 60, 3), (250, 230, 204), np.uint8)
    crop[mask] = (90, 40, 150)
    other = np.full((60, 60, 3), (205, 208, 203), np.uint8)
    far = ~backgrounds.grown(mask, 5)
    plain = backgrounds.placed(crop, mask, other, match_colour=False)
    matched = backgrounds.placed(crop, mask, other)
    assert (plain[far] == (205, 208, 203)).all()
    assert np.abs(matched[far].astype(int) - (250, 230, 204)).max() <= 1
    assert np.abs(backgrounds.clear(crop, mask) - (250, 230, 204)).max() == 0


def test_matched_views_meet_at_the_empty_field() -> None:
    mask = disc(40, 0.2)
    crop = drawn(1, 40, unstained=True)
    other = drawn(2, 40, unstained=True) + np.float32(0.4)
    found = backgrounds.placed(crop, mask, other)
    far = ~backgrounds.grown(mask, 5)
    assert abs(float(np.median(found[:, far])) - float(np.median(crop[:, far]))) < 0.02


def test_an_absent_view_stays_absent_and_a_donors_absent_view_is_empty_glass() -> None:
    crop, other, mask = drawn(1, 20, unstained=True), drawn(2, 20, unstained=True), disc(20)
    crop[1], other[2] = np.nan, np.nan
    found = backgrounds.placed(crop, mask, other, feather=0, match_colour=False)
    assert np.isnan(found[1]).all()
    assert np.isfinite(found[[0, 2, 3]]).all()
    assert (found[2][~mask] == 1).all()
    assert np.isnan(backgrounds.emptied(crop, mask)[1]).all()
    assert np.isnan(backgrounds.masked(crop, mask)[1]).all()


@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("pq")), min_size=1, max_size=30), SEEDS)
def test_donors_are_of_the_asked_class_and_group_and_never_the_cell_itself(
    cells: list[tuple[str, str]], seed: int
) -> None:
    labels, groups = [c[0] for c in cells], [c[1] for c in cells]
    for setting in DONATED:
        found = backgrounds.chosen(labels, setting, seed, groups)
        assert np.array_equal(found, backgrounds.chosen(labels, setting, seed, groups))
        for k, donor in enumerate(found):
            same = setting is Setting.SAME_CLASS
            able = [j for j, c in enumerate(cells) if j != k and c[1] == groups[k] and (c[0] == labels[k]) == same]
            assert (donor == -1) == (not able)
            assert donor == -1 or donor in able


@given(SEEDS, st.integers(1, 3))
@settings(max_examples=20, deadline=None)
def test_contours_moved_out_and_in_enclose_each_other(seed: int, pixels: int) -> None:
    mask = disc(30, 0.3, seed)
    wide, narrow = backgrounds.grown(mask, pixels), backgrounds.grown(mask, -pixels)
    assert (narrow <= mask).all()
    assert (mask <= wide).all()
    assert narrow.sum() < mask.sum() < wide.sum()
    assert np.array_equal(backgrounds.grown(mask, 0), mask)


@given(SEEDS, SIDES, SIDES, st.booleans())
@settings(max_examples=30, deadline=None)
def test_a_background_of_any_size_is_brought_to_the_crop(seed: int, have: int, want: int, unstained: bool) -> None:
    other, crop = drawn(seed, have, unstained=unstained), drawn(seed, want, unstained=unstained)
    found = backgrounds.fitted(other, crop.shape)
    assert found.shape == crop.shape
    assert set(np.unique(found)) <= set(np.unique(other))
    assert np.array_equal(backgrounds.fitted(other, other.shape), other)


def test_what_does_not_fit_is_refused_with_what_to_do() -> None:
    crop, mask = drawn(1, 20), disc(20)
    with pytest.raises(ValueError, match="fitted"):
        backgrounds.placed(crop, mask, drawn(1, 21))
    with pytest.raises(ValueError, match="mask as high and wide"):
        backgrounds.placed(crop, disc(19), crop)
    with pytest.raises(ValueError, match="Take one of another crop"):
        backgrounds.altered(Setting.CELL_FREE, crop, mask)
    with pytest.raises(ValueError, match="setting with donors"):
        backgrounds.chosen(["a"], Setting.MASKED, 1)
