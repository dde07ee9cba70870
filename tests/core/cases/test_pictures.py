"""Pixels in and out of the forms that are kept."""

from __future__ import annotations

import io

import numpy as np
import PIL.Image
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from core.cases import pictures

COLOURS = st.tuples(st.integers(1, 40), st.integers(1, 40), st.just(3)).flatmap(
    lambda shape: arrays.arrays(np.uint8, shape)
)


@given(pixels=COLOURS)
def test_every_pixel_comes_back_and_nothing_else_is_written(pixels):
    written = pictures.png(pixels)
    with PIL.Image.open(io.BytesIO(written), formats=("PNG",)) as picture:
        assert picture.mode == "RGB"
        assert np.array_equal(np.asarray(picture), pixels)
        assert not picture.info
    assert pictures.png(pixels.copy()) == written


def test_a_part_of_a_picture_is_written_as_it_looks():
    whole = np.random.default_rng(0).integers(0, 256, (30, 40, 3), np.uint8)
    with PIL.Image.open(io.BytesIO(pictures.png(whole[3:17, 25:5:-1]))) as picture:
        assert np.array_equal(np.asarray(picture), whole[3:17, 25:5:-1])
