"""Lines at a level, against scikit-image's, point for point."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import gaussian_filter
from skimage.measure import find_contours

from models.imaging.marching import rings


def same(picture, level, joined):
    found = rings(picture, level, joined=joined)
    expected = find_contours(picture, level, fully_connected="high" if joined else "low")
    assert len(found) == len(expected)
    assert all(np.array_equal(one, other) for one, other in zip(found, expected, strict=True))
    return found


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from([0.0, 0.7, 2.0]), st.booleans(), st.booleans())
def test_lines_are_scikit_images(seed, soft, binary, joined):
    """Smooth hills and single pixels, with holes, corners that touch, and lines inside lines."""
    rng = np.random.default_rng(seed)
    noise = gaussian_filter(rng.random((rng.integers(3, 40), rng.integers(3, 40))), soft).astype(np.float32)
    picture = (noise > np.median(noise)).astype(np.float32) if binary else noise
    same(np.pad(picture, 1), 0.5 if binary else float(np.median(noise)) + 1e-4, joined)


@pytest.mark.parametrize("joined", [False, True])
def test_what_reaches_the_border_or_lies_at_the_level_is_drawn_all_the_same(joined):
    rng = np.random.default_rng(1)
    same(rng.random((12, 9)), 0.5, joined)
    same(np.pad(rng.integers(0, 3, (12, 9)) / 2.0, 1), 0.5, joined)


def test_nothing_above_the_level_gives_no_line():
    assert rings(np.zeros((5, 5)), 0.5) == []
