"""The drawn slide: a real pyramid, the same each time, with cells where the truth says."""

from __future__ import annotations

import math
from collections import Counter

import numpy as np
import pytest
import tifffile

from core.slides.reading import opened
from models.synthesis import slide
from tests.core.slides import drawn


def test_a_pyramid_with_a_scale_in_bounded_tiles():
    path, _ = drawn.made()
    with opened(path) as found:
        assert (found.width, found.height, found.um_per_px) == (drawn.SIDE, drawn.SIDE, slide.UM_PER_PX)
        assert [level.downsample for level in found.levels] == [1, 4, 16]
        small = found.region(0, 0, 375, 375, level=2).astype(float)
        fine = found.scaled(0, 0, drawn.SIDE, drawn.SIDE, 375, 375)
        assert np.abs(small - fine).mean() < 2
    with tifffile.TiffFile(path) as file:
        assert file.is_bigtiff
        assert all(page.is_tiled for page in file.pages)


def test_cells_lie_where_the_truth_says_and_nowhere_twice():
    path, truth = drawn.made()
    assert Counter(lying.zone for lying in truth).keys() == {"thick", "monolayer", "feather"}
    assert {lying.label for lying in truth} <= set(slide.MIX)
    with opened(path) as found:
        for lying in truth:
            middle = found.region(int(lying.x) - 6, int(lying.y) - 6, 12, 12).astype(float)
            beside = found.region(int(lying.x) - 6, int(lying.y) - 60, 12, 12).astype(float)
            assert middle[..., 1].mean() < 190, lying
            assert beside.shape == middle.shape
    for number, one in enumerate(truth):
        for other in truth[:number]:
            assert math.hypot(one.x - other.x, one.y - other.y) >= 2 * max(one.radius, other.radius) * 0.9


def test_the_same_arguments_give_the_same_slide(tmp_path):
    first = slide.drawn(tmp_path / "a.tif", 1500, 4, pieces=1, sprites=1)
    again = slide.drawn(tmp_path / "b.tif", 1500, 4, pieces=1, sprites=1)
    assert first
    assert first == again
    with opened(tmp_path / "a.tif") as a, opened(tmp_path / "b.tif") as b:
        assert (a.region(0, 0, 1500, 1500) == b.region(0, 0, 1500, 1500)).all()
    assert not [path for path in tmp_path.iterdir() if path.suffix != ".tif"]  # nothing of the smaller levels stays


def test_a_slide_smaller_than_a_piece_is_refused(tmp_path):
    with pytest.raises(ValueError, match="at least"):
        slide.drawn(tmp_path / "a.tif", 100)
