"""Wrong orders of views are named, right ones are not accused, and spoiled pictures are refused in words."""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from models.imaging import dpc
from models.imaging.dpc_faults import Fault, faults, misplaced
from models.synthesis import donors, dpc_optics
from models.synthesis.shapes import grain
from models.synthesis.white_cells import Traits

UM = 0.166
KINDS = ("lymphocyte", "granulocyte", "monocyte", "other/erythrocyte")
BOTH, ACROSS, ALONG = "Left and right, and top and bottom, are", "Left and right are", "Top and bottom are"
ORDERS = {
    (0, 1, 2, 3): "",
    (1, 0, 2, 3): ACROSS,
    (0, 1, 3, 2): ALONG,
    (1, 0, 3, 2): BOTH,
    **dict.fromkeys([(2, 3, 0, 1), (3, 2, 0, 1), (2, 3, 1, 0), (3, 2, 1, 0)], "axes are exchanged"),
    **dict.fromkeys([(0, 2, 1, 3), (0, 3, 2, 1), (2, 0, 3, 1), (1, 2, 0, 3)], "axes are mixed up"),
}


@lru_cache(maxsize=64)
def cell(seed: int, kind: str) -> NDArray[np.float32]:
    of, on = donors.donor(seed), donors.slide(seed, 0)
    return donors.pictured(np.random.default_rng(seed), of, on, Traits(kind)).views


@given(seed=st.integers(0, 15), kind=st.sampled_from(KINDS), order=st.sampled_from(list(ORDERS)))
@settings(max_examples=40, deadline=None)
def test_any_order_of_the_views_of_any_cell_is_named_for_what_it_is(
    seed: int, kind: str, order: tuple[int, ...]
) -> None:
    wrong = misplaced(dpc.normalised(cell(seed, kind)[list(order)]), UM)
    if ORDERS[order]:
        assert wrong is not None
        assert wrong.grave
        assert ORDERS[order] in str(wrong)
    else:
        assert wrong is None


@given(seed=st.integers(0, 15), gain=st.sampled_from([1 / 4095, 0.25, 3.0, 16.0]))
@settings(max_examples=10, deadline=None)
def test_camera_gain_and_number_format_do_not_matter(seed: int, gain: float) -> None:
    views = cell(seed, "granulocyte") * np.float32(gain)
    assert faults(views) == ()
    assert faults(views[[1, 0, 2, 3]]) != ()
    if gain >= 1:
        assert faults(views.astype(np.uint16), UM) == ()


@given(um=st.floats(0.1, 0.5), order=st.sampled_from([(0, 1, 2, 3), (1, 0, 2, 3), (2, 3, 0, 1), (0, 2, 1, 3)]))
@settings(max_examples=10, deadline=None)
def test_any_scale(um: float, order: tuple[int, ...]) -> None:
    views = dpc.normalised(cell(2, "monocyte"))[list(order)]
    side = round(128 * UM / um)
    small = np.stack([cv2.resize(view, (side, side), interpolation=cv2.INTER_AREA) for view in views])
    assert ORDERS[order] in str(misplaced(small, 128 * UM / side) or "")
    assert (misplaced(small, 128 * UM / side) is None) == (not ORDERS[order])


def test_a_large_field_with_several_cells() -> None:
    rng = np.random.default_rng(0)
    y, x = np.mgrid[:300, :400]
    heights = [
        np.clip(1 - ((x - a) ** 2 + (y - b) ** 2) / 26**2, 0, None) ** 0.5 for a, b in rng.uniform(40, 260, (6, 2))
    ]
    seen = dpc_optics.views((1.5 * np.max(heights, 0) + 0.05 * grain(rng, (300, 400), 4)).astype(np.float32))
    large = np.tile(seen, (1, 4, 4))
    for order, words in ORDERS.items():
        assert words in str(misplaced(seen[list(order)], UM) or "")
    assert misplaced(large, UM) is None
    assert ACROSS in str(misplaced(large[[1, 0, 2, 3]], UM))


@pytest.mark.parametrize("noise", [0.005, 0.03, 0.06])
def test_an_empty_frame_is_not_accused(noise: float) -> None:
    rng = np.random.default_rng(1)
    assert misplaced(1 + np.float32(noise) * rng.standard_normal((4, 96, 96), np.float32), UM) is None


def test_axes_of_two_fields_are_told_where_the_cells_differ() -> None:
    room = np.zeros((128, 128), np.float32)
    room[20:60, 20:60] = 0.5
    here, there = dpc_optics.views(room), dpc_optics.views(np.ascontiguousarray(room[::-1, ::-1]))
    assert "different fields" in str(misplaced(np.stack([*here[:2], *there[2:]]), UM))


def spoiled(what: str) -> NDArray[np.float32]:
    views = cell(3, "granulocyte").copy()
    match what:
        case "constant":
            views[2] = 7
        case "nan":
            views[1, 5, 5] = np.nan
        case "infinite":
            views[1, 5, 5] = np.inf
        case "differences":
            views = (views - views[::-1]) / views.mean()
        case "overexposed":
            views[3] = np.minimum(views[3], np.percentile(views[3], 60))
        case "twice":
            views[3] = views[2]
        case "three":
            views = views[:3]
    return views


SPOILED = {
    "constant": "picture in the top view; found one value",
    "nan": "finite numbers in the right view",
    "infinite": "finite numbers in the right view",
    "differences": "below nought",
    "overexposed": "a bottom view within the camera's range",
    "twice": "the same picture as top and as bottom",
    "three": "four DPC views; found 3",
}


@pytest.mark.parametrize("what", SPOILED)
def test_what_cannot_be_used_is_refused_in_words(what: str) -> None:
    (fault,) = faults(spoiled(what))
    assert fault.grave
    assert SPOILED[what] in str(fault)


def test_views_of_different_size_are_refused() -> None:
    views = list(cell(3, "monocyte"))
    views[1] = views[1][:100]
    (fault,) = faults(views)
    assert "same size; found 128 × 128, 128 × 100" in str(fault)


def warned(views: NDArray[np.generic]) -> tuple[Fault, ...]:
    found = faults(views)
    assert not any(fault.grave for fault in found)
    return found


def test_eight_bits_and_stretched_views_are_warned_of() -> None:
    views = cell(5, "lymphocyte")
    low, high = views.min((1, 2), keepdims=True), views.max((1, 2), keepdims=True)
    stretched = (views - low) / (high - low)
    assert "stretched to the whole scale" in str(warned(stretched)[-1])
    assert "stretched to the whole scale" in str(warned((255 * stretched).astype(np.uint8))[-1])
    assert "8 bits" in str(warned((views / 8).astype(np.uint8))[-1])
    assert warned(views.astype(np.uint16)) == ()


def test_a_few_overexposed_pixels_are_warned_of() -> None:
    views = cell(5, "lymphocyte").copy()
    views[0] = np.minimum(views[0], np.percentile(views[0], 99))
    (fault,) = warned(views)
    assert "very end of the scale in left" in str(fault)
