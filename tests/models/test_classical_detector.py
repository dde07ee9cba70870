"""The baseline detector on procedural fields with known truth, and on pictures that hold nothing."""

from __future__ import annotations

import time

import numpy as np
import pytest
from numpy.typing import NDArray

from models import registry
from models.classical_detector import ClassicalDetector
from models.imaging.contours import area, iou, matched
from models.synthesis.smear import LABELS, field, single

NUCLEATED = {label: 1.0 for label in LABELS if label not in ("other", "smudge")}


@pytest.fixture(scope="module")
def detector() -> ClassicalDetector:
    model = registry.load("baseline-detector")
    assert isinstance(model, ClassicalDetector)
    return model


def contours(detector: ClassicalDetector, pixels: NDArray[np.uint8], um: float | None) -> list[NDArray[np.float32]]:
    return [c for c, _ in detector.find(pixels, um)]


@pytest.mark.parametrize("known", [True, False])
def test_finds_most_cells_and_little_else(detector: ClassicalDetector, known: bool) -> None:
    hit = found = true = 0
    for seed in range(5):
        drawn = field(700 + seed, mix=NUCLEATED, cells=14, size=(768, 1024))
        mine = contours(detector, drawn.pixels, drawn.um_per_px if known else None)
        hit += len(matched(mine, [c.contour for c in drawn.cells]))
        found += len(mine)
        true += len(drawn.cells)
    assert hit / true >= (0.85 if known else 0.75)
    assert hit / found >= (0.85 if known else 0.75)


def test_contours_fit_the_cells(detector: ClassicalDetector) -> None:
    drawn = field(41, mix=NUCLEATED, cells=10)
    found = detector.find(drawn.pixels, drawn.um_per_px)
    pairs = matched([c for c, _ in found], [c.contour for c in drawn.cells])
    assert np.mean([overlap for _, _, overlap in pairs]) > 0.8
    for contour, score in found:
        assert contour.dtype == np.float32
        assert contour.ndim == 2
        assert 3 <= len(contour) <= 64
        assert 0.0 <= score <= 1.0
        assert contour.min() >= -0.01
        assert (contour.max(axis=0) <= np.array(drawn.pixels.shape[1::-1]) + 0.01).all()
    assert [s for _, s in found] == sorted((s for _, s in found), reverse=True)


def test_the_same_picture_gives_the_same_cells(detector: ClassicalDetector) -> None:
    drawn = field(42, mix=NUCLEATED, cells=6, size=(512, 512))
    one, other = (detector.find(drawn.pixels, None) for _ in range(2))
    assert len(one) == len(other) > 0
    assert all(np.array_equal(a, b) and s == t for (a, s), (b, t) in zip(one, other, strict=True))


def two_discs(gap: float) -> NDArray[np.uint8]:
    """Two round cells of 10 µm, nuclei of 7.6 µm, `gap` µm between the cells, at 0.1 µm per pixel."""
    pixels = np.full((400, 500, 3), (250, 238, 222), np.uint8)
    rows, columns = np.mgrid[:400, :500]
    for x in (200 - gap * 5, 300 + gap * 5):
        away = np.hypot(rows - 200, columns - x)
        pixels[away < 50] = (165, 175, 220)
        pixels[away < 38] = (95, 45, 130)
    return pixels


@pytest.mark.parametrize("gap", [0.0, -0.4, 1.0, -3.0])
def test_touching_cells_are_parted(detector: ClassicalDetector, gap: float) -> None:
    found = contours(detector, two_discs(gap), 0.1)
    assert len(found) == 2
    assert iou(*found) < 0.02
    low, high = sorted(float(c[:, 0].mean()) for c in found)
    assert low == pytest.approx(200 - gap * 5, abs=8)
    assert high == pytest.approx(300 + gap * 5, abs=8)


def test_lobes_of_one_cell_stay_together(detector: ClassicalDetector) -> None:
    pixels = np.full((400, 400, 3), (250, 238, 222), np.uint8)
    rows, columns = np.mgrid[:400, :400]
    pixels[np.hypot(rows - 200, columns - 200) < 65] = (225, 190, 205)
    for x, y in ((175, 175), (225, 180), (200, 230)):
        pixels[np.hypot(rows - y, columns - x) < 19] = (95, 45, 130)
    found = contours(detector, pixels, 0.1)
    assert len(found) == 1
    assert area(found[0]) == pytest.approx(np.pi * 65**2, rel=0.15)


def test_platelets_are_too_small(detector: ClassicalDetector) -> None:
    pixels = np.full((400, 400, 3), (250, 238, 222), np.uint8)
    rows, columns = np.mgrid[:400, :400]
    for x, y in ((80, 90), (300, 120), (180, 320)):
        pixels[np.hypot(rows - y, columns - x) < 13] = (120, 70, 160)
    assert detector.find(pixels, 0.1) == []


def test_fields_without_leukocytes_give_none(detector: ClassicalDetector) -> None:
    for seed in range(3):
        drawn = field(60 + seed, mix={"lymphocyte": 1.0}, cells=0, size=(512, 640))
        assert detector.find(drawn.pixels, drawn.um_per_px) == []


@pytest.mark.parametrize("colour", [(0, 0, 0), (255, 255, 255), (240, 230, 220), (110, 40, 150), (200, 120, 120)])
def test_constant_pictures_hold_nothing(detector: ClassicalDetector, colour: tuple[int, int, int]) -> None:
    assert detector.find(np.full((300, 200, 3), colour, np.uint8), None) == []
    assert detector.scale(np.full((300, 200, 3), colour, np.uint8)) is None


@pytest.mark.parametrize(
    "shape", [(1, 1), (1, 4000), (4000, 1), (2, 2), (11, 11), (12, 12), (13, 3000), (640, 480), (1200, 1200)]
)
@pytest.mark.parametrize("um", [None, 0.01, 0.1, 5.0])
def test_noise_of_any_shape_ends_soon(detector: ClassicalDetector, shape: tuple[int, int], um: float | None) -> None:
    pixels = np.random.default_rng(3).integers(0, 256, (*shape, 3), np.uint8)
    began = time.process_time()
    for contour, score in detector.find(pixels, um):
        assert np.isfinite(contour).all()
        assert np.isfinite(score)
    assert time.process_time() - began < 30


def test_single_cells_fill_a_crop(detector: ClassicalDetector) -> None:
    hits = 0
    labels = [label for label in NUCLEATED if label != "eosinophil"]
    for seed, label in enumerate(labels):
        drawn = single(seed, label)
        mine = contours(detector, drawn.pixels, None)
        hits += bool(matched(mine, [drawn.cells[0].contour]))
    assert hits >= 0.75 * len(labels)


def test_scale_comes_from_erythrocytes(detector: ClassicalDetector) -> None:
    errors = []
    for seed in range(7):
        drawn = field(80 + seed, mix=NUCLEATED, cells=8, size=(600, 800))
        measured = detector.scale(drawn.pixels)
        assert measured is not None
        errors.append(abs(np.log(measured / drawn.um_per_px)))
    assert np.median(errors) < 0.2


@pytest.mark.parametrize("wrong", [np.zeros((9, 9), np.uint8), np.zeros((9, 9, 4), np.uint8), np.zeros((9, 9, 3))])
def test_other_arrays_are_refused(detector: ClassicalDetector, wrong: NDArray[np.uint8]) -> None:
    with pytest.raises(ValueError, match="expected uint8 pixels"):
        detector.find(wrong, None)
