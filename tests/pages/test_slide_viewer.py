"""What the slide viewer is told, and what of its messages is believed. Its hand is tested in a browser."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import BadInput
from core.slides.fields import Region
from core.slides.plans import SlideInfo
from pages.components import links
from pages.components.slide_viewer import component

SLIDE = SlideInfo("s1", "slide 1", "0" * 64, "pyramidal TIFF", 9000, 7000, 0.25, 1)
CORNER = st.integers(-2000, 12000)


def test_is_told_where_tiles_lie_and_which_regions_there_are():
    regions = (Region(100, 200, 3000, 2000, 0.8), Region(0, 0, 500, 500))
    told = component.data_of("case-1", SLIDE, 15, regions, component.Found(), editable=True)
    assert told["slide"]["tiles"] == "/api/tiles/case-1/s1"
    assert links.is_ours("tiles", "case-1", "s1", told["slide"]["query"].removeprefix("sig="))
    assert told["regions"] == [
        {"box": [100, 200, 3100, 2200], "own": False, "score": 0.8},
        {"box": [0, 0, 500, 500], "own": True, "score": None},
    ]
    assert (told["editable"], told["label"], told["slide"]["zooms"]) == (True, "Slide 1", 15)


def test_regions_come_back_as_they_went():
    regions = (Region(100, 200, 3000, 2000, 0.8), Region(0, 0, 500, 500))
    told = component.data_of("case-1", SLIDE, 15, regions, component.Found(), editable=True)
    assert component.taken({"boxes": told["regions"]}, SLIDE) == regions


def test_a_proposal_that_was_moved_is_a_persons_and_keeps_no_score():
    (found,) = component.taken({"boxes": [{"box": [5, 5, 900, 900], "own": True, "score": 0.8}]}, SLIDE)
    assert found == Region(5, 5, 895, 895)


@given(CORNER, CORNER, CORNER, CORNER)
def test_a_region_lies_on_the_slide_or_is_refused(x0, y0, x1, y1):
    try:
        (found,) = component.taken({"boxes": [{"box": [x0, y0, x1, y1]}]}, SLIDE)
    except BadInput:
        assert min(x1, SLIDE.width) <= max(x0, 0) or min(y1, SLIDE.height) <= max(y0, 0)
        return
    assert found.width > 0
    assert found.height > 0
    assert found.x >= 0
    assert found.y >= 0
    assert found.x + found.width <= SLIDE.width
    assert found.y + found.height <= SLIDE.height


@pytest.mark.parametrize(
    "message",
    [{}, {"boxes": "all"}, {"boxes": [{"box": [1, 2, 3]}]}, {"boxes": [{"box": [1, 2, "x", 4]}]}, {"boxes": [{}] * 61}],
)
def test_what_is_no_region_is_refused(message):
    with pytest.raises(BadInput):
        component.taken(message, SLIDE)
