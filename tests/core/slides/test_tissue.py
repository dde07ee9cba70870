"""The drawn slide says where its monolayer is; the finder does not know it."""

from __future__ import annotations

import dataclasses
import time
from pathlib import Path

import cv2
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from core.slides import tissue
from core.slides.reading import opened
from models.synthesis import slide as drawing
from tests.core.slides import drawn, samples


def test_the_monolayer_is_found_and_proposed_best_first():
    path, _ = drawn.made()
    with opened(path) as slide:
        found = tissue.found(slide)
    rows, columns = found.score.shape
    zones = [
        [drawing.zone((c + 0.5) * found.square, (r + 0.5) * found.square, drawn.SIDE) for c in range(columns)]
        for r in range(rows)
    ]
    mean = {name: found.score[np.array(zones) == name].mean() for name in ("thick", "monolayer", "feather", "glass")}
    assert mean["monolayer"] > 2 * max(mean["thick"], mean["feather"], mean["glass"])
    assert found.regions
    scores = [region.score for region in found.regions]
    assert scores == sorted(scores, reverse=True)
    best = found.regions[0]
    assert drawing.zone(best.x + best.width / 2, best.y + best.height / 2, drawn.SIDE) == "monolayer"
    assert found.tissue[np.array(zones) == "thick"].all()
    assert not found.tissue[0].any()


def test_regions_lie_on_the_slide_and_apart():
    path, _ = drawn.made()
    with opened(path) as slide:
        regions = tissue.found(slide).regions
        for n, a in enumerate(regions):
            assert 0 <= a.x < a.x + a.width <= slide.width
            assert 0 <= a.y < a.y + a.height <= slide.height
            for b in regions[:n]:
                assert a.x >= b.x + b.width or b.x >= a.x + a.width or a.y >= b.y + b.height or b.y >= a.y + a.height


def test_the_same_slide_gives_the_same_map():
    path, _ = drawn.made()
    with opened(path) as first, opened(path) as second:
        one, other = tissue.found(first), tissue.found(second)
    for field in dataclasses.fields(one):
        assert np.array_equal(getattr(one, field.name), getattr(other, field.name))


def test_out_of_focus_is_worse(tmp_path: Path):
    path, _ = drawn.made()
    with opened(path) as slide:
        pixels = slide.region(2600, 2500, 2048, 2048)
    half = pixels.copy()
    half[:, 1024:] = cv2.GaussianBlur(pixels, (0, 0), 6)[:, 1024:]
    with opened(samples.pyramidal(tmp_path / "half.tif", half)) as slide:
        score = tissue.found(slide).score
    assert score[:, 0].mean() > 1.5 * score[:, -1].mean()


def test_glass_and_specks_propose_nothing(tmp_path: Path):
    glass = np.full((3000, 3000, 3), 240, np.uint8)
    glass[1500:1510, 1500:1510] = 30
    with opened(samples.pyramidal(tmp_path / "glass.tif", glass)) as slide:
        found = tissue.found(slide)
    assert found.regions == ()
    assert found.score.max() == 0


def plain(free: np.ndarray) -> tuple[int, int, int, int]:
    """The same, by looking at every rectangle that ends in each row, from left to right."""
    best, area = (0, 0, 0, 0), 0
    above = np.zeros(free.shape[1], int)
    for row in range(free.shape[0]):
        above = np.where(free[row], above + 1, 0)
        for left in range(free.shape[1]):
            for right in range(left, free.shape[1]):
                tall = int(above[left : right + 1].min())
                if tall * (right - left + 1) > area:
                    area = tall * (right - left + 1)
                    best = (row - tall + 1, left, tall, right - left + 1)
    return best


@settings(max_examples=150, deadline=None)
@given(
    free=arrays(np.bool_, array_shapes(min_dims=2, max_dims=2, max_side=9), elements=st.booleans(), fill=st.nothing())
)
def test_the_largest_rectangle_is_the_one_found_by_trying_all(free: np.ndarray):
    assert tissue._largest(free) == plain(free)


def test_a_slide_that_is_good_everywhere_costs_no_more_than_its_squares():
    """Six hundred million steps, if every pair of columns were looked at: a minute or more, where this takes a tenth
    of a second."""
    before = time.process_time()
    assert tissue._largest(np.ones((60, 4500), bool)) == (0, 0, 60, 4500)
    assert time.process_time() - before < 10
