"""Contours: masks, overlaps and outlines against slow, obvious references."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from models.imaging.contours import (
    area,
    bounds,
    cut_out,
    iou,
    matched,
    outline,
    overlaps,
    rasterised,
    resampled,
    simplified,
)


def inside(x: float, y: float, ring: NDArray[np.float64]) -> bool:
    """Even-odd rule, edge by edge."""
    odd = False
    for (x0, y0), (x1, y1) in zip(ring, np.roll(ring, -1, axis=0), strict=True):
        if (y0 <= y) != (y1 <= y) and x >= x0 + (y - y0) / (y1 - y0) * (x1 - x0):
            odd = not odd
    return odd


def clipped(subject: list[tuple[float, float]], clip: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """The exact intersection of two convex, anticlockwise polygons (Sutherland and Hodgman)."""
    for (ax, ay), (bx, by) in zip(clip, [*clip[1:], clip[0]], strict=True):
        kept: list[tuple[float, float]] = []
        side = [(bx - ax) * (y - ay) - (by - ay) * (x - ax) for x, y in subject]
        for k, (x, y) in enumerate(subject):
            px, py = subject[k - 1]
            if (side[k] >= 0) != (side[k - 1] >= 0):
                t = side[k - 1] / (side[k - 1] - side[k])
                kept.append((px + t * (x - px), py + t * (y - py)))
            if side[k] >= 0:
                kept.append((x, y))
        subject = kept
        if not subject:
            break
    return subject


@st.composite
def ellipses(draw: st.DrawFn) -> NDArray[np.float64]:
    """Convex, anticlockwise."""
    x, y = draw(st.floats(10, 60)), draw(st.floats(10, 60))
    a, b = draw(st.floats(3, 25)), draw(st.floats(3, 25))
    turn, points = draw(st.floats(0, 3)), draw(st.integers(5, 40))
    angle = np.linspace(0, 2 * np.pi, points, endpoint=False)
    along, across = a * np.cos(angle), b * np.sin(angle)
    return np.stack(
        [x + along * np.cos(turn) - across * np.sin(turn), y + along * np.sin(turn) + across * np.cos(turn)], 1
    )


@st.composite
def stars(draw: st.DrawFn) -> NDArray[np.float64]:
    """Any ring around a centre, with dents and spikes; some cross the border of a 40 × 40 canvas."""
    points = draw(st.integers(3, 24))
    radius = np.array(draw(st.lists(st.floats(1, 24), min_size=points, max_size=points)))
    angle = np.linspace(0, 2 * np.pi, points, endpoint=False) + draw(st.floats(0, 1))
    return np.stack([20 + radius * np.cos(angle), 20 + radius * np.sin(angle)], 1)


@settings(max_examples=12, deadline=None)
@given(stars())
def test_rasterised_is_the_even_odd_rule_at_every_pixel_centre(ring: NDArray[np.float64]) -> None:
    slow = [[inside(j + 0.5, i + 0.5, ring) for j in range(40)] for i in range(40)]
    fast = rasterised(ring, (40, 40))
    assert np.count_nonzero(fast != np.array(slow)) <= 1  # rounding, where an edge runs through a centre


@settings(max_examples=150, deadline=None)
@given(ellipses(), ellipses())
def test_iou_is_that_of_the_exact_intersection(one: NDArray[np.float64], other: NDArray[np.float64]) -> None:
    both = clipped([tuple(p) for p in one], [tuple(p) for p in other])
    common = area(np.array(both)) if len(both) >= 3 else 0.0
    exact = common / (area(one) + area(other) - common)
    assert iou(one, other) == pytest.approx(exact, abs=0.03)
    assert iou(one, other) == iou(other, one)
    assert iou(one, one) == 1.0


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000))
def test_outline_and_mask_turn_into_each_other(seed: int) -> None:
    rng = np.random.default_rng(seed)
    canvas = np.zeros((50, 60), bool)
    rows, columns = np.mgrid[:50, :60]
    for _ in range(rng.integers(1, 5)):  # blobs that all hold one point: one part
        r, y, x = rng.uniform(3, 12), rng.uniform(20, 28), rng.uniform(25, 33)
        canvas |= (rows - y) ** 2 + (columns - x) ** 2 < max(r, np.hypot(y - 24, x - 29) + 2) ** 2
    ring = outline(canvas)
    assert ring is not None
    assert np.array_equal(rasterised(ring, canvas.shape), canvas)


def test_outline_of_an_empty_mask_and_of_one_pixel() -> None:
    assert outline(np.zeros((5, 5), bool)) is None
    dot = np.zeros((5, 5), bool)
    dot[2, 3] = True
    ring = outline(dot)
    assert ring is not None
    assert np.array_equal(rasterised(ring, dot.shape), dot)


def test_outline_takes_the_largest_part_and_passes_over_holes() -> None:
    mask = np.zeros((30, 30), bool)
    mask[2:5, 2:5] = True
    mask[10:25, 10:25] = True
    mask[15:18, 15:18] = False
    ring = outline(mask)
    assert ring is not None
    assert area(ring) == pytest.approx(15 * 15, abs=1)


@settings(max_examples=50, deadline=None)
@given(ellipses(), st.integers(8, 64))
def test_resampling_keeps_the_ring(ring: NDArray[np.float64], points: int) -> None:
    again = resampled(ring, points)
    assert again.shape == (points, 2)
    low, high = bounds(ring)[:2], bounds(ring)[2:]
    assert (again >= np.array(low) - 1e-3).all()
    assert (again <= np.array(high) + 1e-3).all()
    if points >= 32 and len(ring) >= 20:
        assert iou(again, ring) > 0.9


def test_simplified_contours_have_few_corners_and_the_same_cell() -> None:
    rows, columns = np.mgrid[:200, :200]
    mask = (rows - 100) ** 2 + (columns - 90) ** 2 < 80**2
    ring = outline(mask)
    assert ring is not None
    assert len(ring) > 200
    few = simplified(ring)
    assert len(few) <= 64
    assert few.dtype == np.float32
    assert iou(few, ring) > 0.97


def test_a_ring_without_length_stays_where_it_is() -> None:
    assert np.array_equal(resampled(np.array([[3.0, 4.0]] * 3), 5), np.array([[3.0, 4.0]] * 5, np.float32))
    assert iou(np.array([[3.0, 4.0]] * 3), np.array([[0, 0], [9, 0], [9, 9]])) == 0.0


def squares(*corners: tuple[float, float]) -> list[NDArray[np.float64]]:
    return [np.array([[x, y], [x + 10, y], [x + 10, y + 10], [x, y + 10]], float) for x, y in corners]


def test_matching_uses_every_contour_once_and_the_best_first() -> None:
    found, truth = squares((0, 0), (1, 1), (50, 50)), squares((1, 1), (90, 90))
    table = overlaps(found, truth)
    assert table.shape == (3, 2)
    assert table[2].max() == 0
    assert [(i, j) for i, j, _ in matched(found, truth)] == [(1, 0)]
    for order in itertools.permutations(range(3)):
        pairs = matched([found[k] for k in order], truth)
        assert [(order[i], j) for i, j, _ in pairs] == [(1, 0)]
    assert matched([], truth) == []
    assert matched(found, []) == []


def test_cut_out_keeps_the_cell_and_its_place() -> None:
    pixels = np.arange(40 * 50 * 3, dtype=np.uint32).astype(np.uint8).reshape(40, 50, 3)
    ring = np.array([[10, 5], [30, 5], [30, 25], [10, 25]], float)
    crop, mask, (x, y) = cut_out(pixels, ring)
    assert (x, y) == (5, 0)
    assert crop.shape[:2] == mask.shape
    assert np.array_equal(crop, pixels[y : y + crop.shape[0], x : x + crop.shape[1]])
    assert mask.sum() == 400
    edge = cut_out(pixels, ring + np.array([35, 0]))
    assert edge[0].shape[:2] == edge[1].shape
    assert edge[1].sum() == 100
