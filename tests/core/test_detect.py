"""Outlines become cells: identity from the contour, boxes inside the image, measures that geometry gives."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import detect
from core.errors import ModelMismatch
from core.records import Image, ImageInfo, Modality, Outline


class Given:
    """A detector that returns what it was given."""

    def __init__(self, *contours: list[tuple[float, float]]) -> None:
        self.outlines = [Outline(np.array(c, dtype=np.float32).reshape(-1, 2), 0.5) for c in contours]

    def find(self, pixels, um_per_px):  # noqa: ARG002
        return self.outlines


def image(width: int = 100, height: int = 80, um_per_px: float | None = None) -> Image:
    info = ImageInfo("image", "0" * 64, 0, "image 1", Modality.SMEAR, width, height, um_per_px)
    return Image(info, np.zeros((height, width, 3), dtype=np.uint8))


SQUARE = [(10.0, 20.0), (30.0, 20.0), (30.0, 40.0), (10.0, 40.0)]


def test_a_square_is_measured_as_geometry_says():
    (cell,) = detect.cells(image(um_per_px=0.5), Given(SQUARE))
    assert cell.box == (10, 20, 30, 40)
    assert cell.measures["area_px"] == 400
    assert cell.measures["area_um2"] == 100
    assert cell.measures["diameter_px"] == pytest.approx(math.sqrt(4 * 400 / math.pi), abs=1e-3)
    assert cell.measures["diameter_um"] == pytest.approx(math.sqrt(4 * 100 / math.pi), abs=1e-3)
    assert cell.measures["circularity"] == pytest.approx(math.pi / 4, abs=1e-3)
    assert not cell.touches_edge


def test_without_a_scale_nothing_is_said_in_micrometres():
    (cell,) = detect.cells(image(), Given(SQUARE))
    assert not [name for name in cell.measures if name.endswith(("um", "um2"))]


def test_the_same_outline_twice_is_one_cell_and_order_does_not_matter():
    other = [(50.0, 5.0), (60.0, 5.0), (55.0, 15.0)]
    once = [c.id for c in detect.cells(image(), Given(SQUARE, other))]
    assert [c.id for c in detect.cells(image(), Given(other, SQUARE, SQUARE))] == once
    assert len(once) == 2


@pytest.mark.parametrize("contour", [[(0, 0), (1, 1)], [(0, 0), (1, 1), (math.nan, 2)], []])
def test_an_outline_that_is_none_is_refused(contour):
    with pytest.raises(ModelMismatch, match="three finite"):
        detect.cells(image(), Given(contour))


@given(st.lists(st.tuples(st.floats(-50, 150), st.floats(-50, 150)), min_size=3, max_size=20))
def test_cells_lie_within_their_image(contour):
    (cell,) = detect.cells(image(), Given(contour))
    x0, y0, x1, y1 = cell.box
    assert 0 <= x0 <= x1 <= 100
    assert 0 <= y0 <= y1 <= 80
    if min(x for x, _ in contour) <= 0 or max(y for _, y in contour) >= 80:
        assert cell.touches_edge
