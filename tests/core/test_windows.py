"""A mask drawn over a kept picture lies on the very pixels that were the cell's when it was cut out."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import classify, detect, windows
from core.records import Image, ImageInfo, Modality
from models.imaging import dpc
from models.imaging.phase import BSCCM
from tests import fakes

COLOUR = (20, 40, 120)


@pytest.mark.parametrize("place", [(100.0, 90.0), (4.0, 5.0), (198.0, 150.0)])
def test_the_mask_covers_the_disc_in_its_crop_also_beyond_the_picture(place):
    pixels = fakes.field([(*place, 14.0, "blast")])
    info = ImageInfo("i", "0" * 64, 0, "image 1", Modality.SMEAR, 200, 200)
    (cell,) = detect.cells(Image(info, pixels), fakes.DiscDetector())
    crop = classify.crop(cell, Image(info, pixels), None, classify.glass_of(pixels))
    disc = (crop.pixels == COLOUR).all(axis=2)
    window = windows.of(cell, Modality.SMEAR, None)
    assert crop.pixels.shape[0] == window.side
    assert (windows.mask(cell, window, window.side) == disc).mean() > 0.95  # outlines run through pixel centres
    small = windows.mask(cell, window, 24)
    assert small.shape == (24, 24)
    assert small.mean() == pytest.approx(disc.mean(), abs=0.06)


@given(st.floats(5, 195), st.floats(5, 195), st.floats(2, 30), st.sampled_from([0.1, BSCCM.um_per_px, 0.4]))
def test_the_window_of_a_label_free_cell_is_the_one_its_strip_was_cut_by(x, y, radius, um_per_px):
    field = np.ones((1, 200, 200), np.float32)
    box = (x - radius, y - radius, x + radius, y + radius)
    window = windows.unstained(box, um_per_px)
    row, column = np.clip((round(y), round(x)), 0, 199)
    field[0, row, column] = 9.0
    shown = dpc.window(field, (x, y), um_per_px, window.side)
    assert shown.shape == (1, window.side, window.side)
    assert tuple(np.argwhere(shown[0] > 5)[0]) == (row - window.top, column - window.left)


def test_a_label_free_field_without_a_scale_is_taken_as_bsccms():
    box = (10.0, 10.0, 30.0, 30.0)
    assert windows.unstained(box, None) == windows.unstained(box, BSCCM.um_per_px)
