"""Cells of label-free frames are found where they are, one contour each; a small frame holds the one in its middle."""

from __future__ import annotations

from functools import cache

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from models import registry
from models.dpc_detector import DpcDetector, central, measured
from models.imaging import dpc
from models.imaging.contours import area, matched, outline, rasterised
from models.imaging.phase import BSCCM, phase
from models.synthesis import donors, dpc_demo
from models.synthesis.white_cells import Traits

UM = BSCCM.um_per_px
KINDS = ("lymphocyte", "granulocyte", "monocyte")


@pytest.fixture(scope="module")
def detector() -> DpcDetector:
    found: DpcDetector = registry.load("dpc-detector")
    return found


@cache
def frame(seed: int) -> dpc_demo.Frame:
    of, on = donors.donor(seed), donors.slide(seed, 0)
    return dpc_demo.frame(np.random.default_rng(seed), of, on, donors.traits(of, 10, 0), 320)


@cache
def alone(seed: int, kind: str) -> donors.Pictured:
    of, on = donors.donor(seed), donors.slide(seed, 0)
    return donors.pictured(np.random.default_rng(seed), of, on, Traits(kind))


def test_the_leukocytes_of_a_frame_are_found_once_each_and_little_else(detector: DpcDetector) -> None:
    hits = there = found = 0
    overlap: list[float] = []
    for seed in (501, 502, 503):
        contours = [contour for contour, _ in detector.find(frame(seed).views, UM)]
        truth = [ring for cell in frame(seed).cells if (ring := outline(cell.inside)) is not None]
        pairs = matched(contours, truth)
        hits, there, found = hits + len(pairs), there + len(truth), found + len(contours)
        overlap += [iou for *_, iou in pairs]
    assert there > 20
    assert hits >= 0.9 * there
    assert hits >= 0.9 * found
    assert np.mean(overlap) > 0.8


@given(seed=st.integers(0, 20), kind=st.sampled_from(KINDS), um=st.sampled_from([UM, None]))
@settings(max_examples=10, deadline=None)
def test_a_small_frame_gives_the_cell_in_its_middle_and_no_other(seed: int, kind: str, um: float | None) -> None:
    detector: DpcDetector = registry.load("dpc-detector")
    made = alone(seed, kind)
    ((contour, score),) = detector.find(made.views, um)
    inside = rasterised(contour, made.inside.shape)
    assert 0 < score <= 1
    assert contour.dtype == np.float32
    assert (inside & made.inside).sum() > 0.6 * (inside | made.inside).sum()


@pytest.mark.parametrize("there", [(0,), (3,), (0, 1), (0, 2), (0, 1, 2)])
def test_with_fewer_views_there_is_still_one_cell_of_plausible_size(
    detector: DpcDetector, there: tuple[int, ...]
) -> None:
    for kind in KINDS:
        views = alone(7, kind).views.copy()
        views[[k for k in range(4) if k not in there]] = np.nan
        ((contour, _),) = detector.find(views, UM)
        width = 2 * np.sqrt(area(contour) / np.pi) * UM
        assert 5 < width < 15
        assert np.hypot(*(contour.mean(0) - 64)) * UM < 3


def test_an_empty_frame_holds_no_cell(detector: DpcDetector) -> None:
    rng = np.random.default_rng(2)
    for side in (128, 300):
        assert detector.find(rng.normal(1000, 30, (4, side, side)).astype(np.float32), UM) == []


def test_coarser_pixels_give_the_same_cells(detector: DpcDetector) -> None:
    views = frame(501).views.astype(np.float32)
    half = np.stack([cv2.resize(view, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA) for view in views])
    fine = [contour for contour, _ in detector.find(views, UM)]
    coarse = [2 * contour for contour, _ in detector.find(half, 2 * UM)]
    assert abs(len(fine) - len(coarse)) <= 1
    assert len(matched(coarse, fine, 0.7)) >= len(fine) - 1


def test_a_field_too_large_is_looked_at_on_coarser_pixels(
    detector: DpcDetector, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = [contour for contour, _ in detector.find(frame(502).views, UM)]
    monkeypatch.setattr("models.dpc_detector.LARGEST", 200)
    coarser = [contour for contour, _ in detector.find(frame(502).views, UM)]
    assert len(matched(coarser, whole)) >= len(whole) - 1


def test_what_is_measured_follows_the_cell() -> None:
    detector: DpcDetector = registry.load("dpc-detector")
    seen = []
    for size in (-1.5, 1.5):
        of, on = donors.donor(4), donors.slide(4, 0)
        views = donors.pictured(np.random.default_rng(4), of, on, Traits("granulocyte", size=size)).views
        found = phase(dpc.normalised(views), UM)
        inside = central(detector.parts(found, UM), 20)
        assert inside is not None
        seen.append(measured(found, inside, UM))
    assert seen[1]["area"] > 1.2 * seen[0]["area"]
    assert seen[1]["mass"] > seen[0]["mass"]
    assert all(np.isfinite(list(values.values())).all() for values in seen)


def test_the_middle_one_of_several_is_chosen() -> None:
    labels: NDArray[np.int32] = np.zeros((40, 40), np.int32)
    labels[2:8, 2:8], labels[18:24, 18:24] = 1, 2
    chosen = central(labels, 5)
    assert chosen is not None
    assert chosen[20, 20]
    assert not chosen[4, 4]
    assert central(np.roll(labels, 12, 0), 5) is None


def test_three_views_in_an_array_are_refused_in_words(detector: DpcDetector) -> None:
    with pytest.raises(ValueError, match="left, right, top, bottom"):
        detector.find(np.ones((3, 64, 64), np.float32), UM)
    assert detector.scale(np.ones((4, 64, 64), np.float32)) is None
