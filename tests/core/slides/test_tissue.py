"""The drawn slide says where its monolayer is; the finder does not know it."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import cv2
import numpy as np

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


def test_the_largest_rectangle():
    rng = np.random.default_rng(0)
    for _ in range(40):
        free = rng.random((7, 9)) < 0.7
        top, left, tall, wide = tissue._largest(free)
        area = tall * wide
        assert free[top : top + tall, left : left + wide].all()
        for r in range(7):
            for c in range(9):
                for h in range(1, 8 - r):
                    for w in range(1, 10 - c):
                        assert h * w <= area or not free[r : r + h, c : c + w].all()
