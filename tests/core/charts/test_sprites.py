"""Sheets hold each picture in its place, at its shape, with or without what lies around the cell."""

import io

import numpy as np
import pytest
from PIL import Image as Picture

from core.charts import sprites
from tests import fakes


def opened(content: bytes) -> np.ndarray:
    with Picture.open(io.BytesIO(content)) as picture:
        assert picture.format == "WEBP"
        return np.asarray(picture.convert("RGB")).astype(int)


def plain(shade: int, height: int = 40, width: int = 40) -> bytes:
    return fakes.png(np.full((height, width, 3), shade, dtype=np.uint8))


@pytest.mark.parametrize("number", [1, 5, 6, 7, sprites.MOST])
def test_pictures_lie_row_by_row_in_the_order_they_were_asked_for(number):
    shades = [20 + 4 * n for n in range(number)]
    whole = opened(sprites.sheet([plain(shade) for shade in shades], 96, wide=False))
    assert whole.shape == (-(-number // sprites.ACROSS) * 96, min(number, sprites.ACROSS) * 96, 3)
    for n, shade in enumerate(shades):
        row, column = divmod(n, sprites.ACROSS)
        part = whole[row * 96 + 8 : row * 96 + 88, column * 96 + 8 : column * 96 + 88]
        assert abs(part - shade).mean() < 3


def test_a_picture_of_another_shape_is_fitted_not_stretched():
    whole = opened(sprites.sheet([plain(0, 20, 40)], 96, wide=False))
    assert whole[48, 48].max() < 20
    assert abs(whole[10, 48] - sprites.GROUND).max() < 12


def test_strips_are_five_pictures_wide():
    assert opened(sprites.sheet([plain(90, 96, 480)], 96, wide=True)).shape == (96, 480, 3)


@pytest.mark.parametrize("wide", [False, True])
def test_a_mask_leaves_the_cell_alone(wide):
    mask = np.zeros((96, 96), bool)
    mask[32:64, 32:64] = True
    whole = opened(sprites.sheet([plain(0, 96, 480 if wide else 96)], 96, wide=wide, masks=[mask]))
    for left in range(0, whole.shape[1], 96):
        assert whole[40:56, left + 40 : left + 56].max() < 25
        assert abs(whole[4:24, left + 4 : left + 92] - sprites.GROUND).mean() < 6
