"""Every cell of a slide belongs to exactly one field, wherever it lies and whoever looks first."""

from __future__ import annotations

import math
import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import BadInput
from core.records import Cell
from core.slides.fields import (
    MARGIN_UM,
    SIDE,
    Field,
    Grid,
    Region,
    best_first,
    chosen,
    grid,
    owned,
    seen_from,
    shuffled,
    spot,
    touch,
)
from core.slides.source import Level

SIZES = st.tuples(st.integers(20, 9000), st.integers(20, 9000))
SCALES = st.sampled_from([None, 0.1, 0.17, 0.22, 0.25, 0.5])


def laid(width: int, height: int, um: float | None) -> Grid:
    return grid(width, height, um, (Level(width, height, 1.0), Level(width // 4, height // 4, 4.0)))


def cell(x: float, y: float, radius: float) -> Cell:
    return Cell(f"{x:.2f} {y:.2f}", "field", (x - radius, y - radius, x + radius, y + radius), np.zeros((3, 2)), 1.0)


@settings(max_examples=60)
@given(size=SIZES, um=SCALES)
def test_owned_parts_cover_the_slide_side_by_side(size: tuple[int, int], um: float | None) -> None:
    found = laid(*size, um)
    area = sum((f.own[2] - f.own[0]) * (f.own[3] - f.own[1]) for f in found.fields)
    assert area == pytest.approx(math.floor(size[0] / found.factor) * math.floor(size[1] / found.factor))
    for field in found.fields:
        assert 0 <= field.x < field.x + field.width <= size[0] + found.factor
        assert 0 <= field.y < field.y + field.height <= size[1] + found.factor
        assert max(field.out_width, field.out_height) <= SIDE
        left, top, right, bottom = field.own
        assert 0 <= left < right <= field.out_width
        assert 0 <= top < bottom <= field.out_height


@pytest.mark.parametrize(("um", "factor"), [(None, 1.0), (0.25, 1.0), (0.5, 1.0), (0.22, 1.0), (0.0625, 4.0)])
def test_working_resolution_is_a_level_where_one_is_near(um: float | None, factor: float) -> None:
    assert laid(8000, 8000, um).factor == factor


def test_a_finer_slide_is_resampled() -> None:
    found = laid(8000, 8000, 0.17)
    assert found.um_per_px == pytest.approx(0.25)
    assert found.fields[0].width == round(SIDE * 0.25 / 0.17)
    assert found.fields[0].own[2] <= SIDE - MARGIN_UM / 0.25


@settings(max_examples=60)
@given(seed=st.integers(0, 10**6), um=st.sampled_from([None, 0.17, 0.25]), jitter=st.floats(0, 3))
def test_a_cell_on_a_seam_counts_once(seed: int, um: float | None, jitter: float) -> None:
    """Cells crowd around the seams, every field sees each of them a little elsewhere, and looks come in any order."""
    rng = random.Random(seed)
    found = laid(5200, 4700, um)
    truth = _around_seams(found, rng)
    held: dict[int, list[Cell]] = {}
    for field in shuffled(found.fields, seed):
        seen = [
            cell(*_in(field, x, y, rng, jitter), 20.0)
            for x, y in truth
            if field.x + 30 < x < field.x + field.width - 30 and field.y + 30 < y < field.y + field.height - 30
        ]
        beside = [
            place
            for other in found.fields
            if other.number in held and touch(field, other)
            for place in seen_from(field, other, [spot(one.box) for one in held[other.number]])
        ]
        held[field.number] = list(owned(seen, field, beside))
    counted = [_out(field, one) for field in found.fields for one in held[field.number]]
    assert len(counted) == len(truth)
    for x, y in truth:
        assert sum(math.hypot(x - cx, y - cy) < 15 for cx, cy in counted) == 1


def _around_seams(found: Grid, rng: random.Random) -> list[tuple[float, float]]:
    seams_x = [f.x + f.own[2] * found.factor for f in found.fields[: found.columns - 1]]
    seams_y = [f.y + f.own[3] * found.factor for f in found.fields[:: found.columns][:-1]]
    truth: list[tuple[float, float]] = []
    for _ in range(400):
        x, y = rng.uniform(60, 5100), rng.uniform(60, 4600)
        if rng.random() < 0.7:
            x = rng.choice(seams_x) + rng.uniform(-25, 25)
        if rng.random() < 0.3:
            y = rng.choice(seams_y) + rng.uniform(-25, 25)
        if all(math.hypot(x - tx, y - ty) > 70 for tx, ty in truth):
            truth.append((x, y))
    return truth


def _in(field: Field, x: float, y: float, rng: random.Random, jitter: float) -> tuple[float, float]:
    scale = field.out_width / field.width
    return (x - field.x) * scale + rng.uniform(-jitter, jitter), (y - field.y) * scale + rng.uniform(-jitter, jitter)


def _out(field: Field, one: Cell) -> tuple[float, float]:
    x, y, _ = spot(one.box)
    return field.x + x * field.width / field.out_width, field.y + y * field.height / field.out_height


def test_fields_of_regions() -> None:
    found = laid(9000, 9000, None)
    assert chosen(found, [Region(0, 0, 9000, 9000)]) == found.fields
    assert [field.number for field in chosen(found, [Region(10, 10, 20, 20)])] == [1]  # small: the one it lies in
    two = chosen(found, [Region(10, 10, 20, 20), Region(8000, 8000, 500, 500)])
    assert [field.number for field in two] == [1, len(found.fields)]
    assert chosen(found, [Region(0, 0, 9000, 9000)] * 2) == found.fields  # drawn twice, looked at once
    for bad in (Region(0, 0, 0, 10), Region(9500, 0, 10, 10)):
        with pytest.raises(BadInput):
            chosen(found, [bad])


def test_orders() -> None:
    found = laid(9000, 9000, None)
    drawn = shuffled(found.fields, 7)
    assert sorted(field.number for field in drawn) == [field.number for field in found.fields]
    assert drawn == shuffled(tuple(reversed(found.fields)), 7)
    assert drawn != shuffled(found.fields, 8)
    regions = [Region(0, 0, 9000, 4500, 0.2), Region(0, 4500, 9000, 4500, 0.9)]
    best = best_first(found.fields, regions)
    assert best[0].y > 2000
    assert best[-1].y < 4500


def test_the_same_place_is_the_same_field() -> None:
    found = laid(9000, 9000, None)
    names = {field.id("a" * 64) for field in found.fields}
    assert len(names) == len(found.fields)
    assert names.isdisjoint(field.id("b" * 64) for field in found.fields)
