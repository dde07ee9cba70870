"""The trained detector on drawn fields with known truth, over scales, sizes, and pictures that hold nothing."""

from __future__ import annotations

import dataclasses

import cv2
import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from models import cell_detector, registry
from models.cell_detector import CellDetector
from models.imaging.contours import area, bounds, iou, matched
from models.synthesis.smear import LABELS, Field, field, single

CELLS = {label: 1.0 for label in LABELS if label not in ("other", "smudge")}


@pytest.fixture(scope="module")
def detector() -> CellDetector:
    model = registry.load("cell-detector")
    assert isinstance(model, CellDetector)
    return model


@pytest.fixture(scope="module")
def drawn() -> Field:
    return field(901, mix=CELLS, cells=12, size=(560, 720), um_per_px=0.2)


def test_finds_the_cells_and_little_else(detector: CellDetector) -> None:
    hit = found = true = 0
    overlaps: list[float] = []
    for seed in range(4):
        one = field(910 + seed, mix=CELLS, cells=12, size=(640, 800), um_per_px=0.2)
        mine = [c for c, _ in detector.find(one.pixels, None)]
        pairs = matched(mine, [c.contour for c in one.cells])
        hit, found, true = hit + len(pairs), found + len(mine), true + len(one.cells)
        overlaps += [v for _, _, v in pairs]
    assert hit / true > 0.9
    assert hit / found > 0.9
    assert np.mean(overlaps) > 0.88


def test_contours_are_as_the_contract_says(detector: CellDetector, drawn: Field) -> None:
    found = detector.find(drawn.pixels, drawn.um_per_px)
    scores = [score for _, score in found]
    assert scores == sorted(scores, reverse=True)
    for contour, score in found:
        assert contour.dtype == np.float32
        assert contour.ndim == 2
        assert 3 <= len(contour) <= 64
        assert detector.parameters.threshold <= score <= 1
        assert contour.min() >= 0
        assert (contour.max(axis=0) <= drawn.pixels.shape[1::-1]).all()
        assert area(contour) > 0


def test_the_same_picture_gives_the_same_cells(detector: CellDetector, drawn: Field) -> None:
    one, other = (detector.find(drawn.pixels, None) for _ in range(2))
    assert len(one) == len(other) > 0
    for (first, score), (second, again) in zip(one, other, strict=True):
        np.testing.assert_array_equal(first, second)
        assert score == again


def test_the_batch_size_changes_nothing(drawn: Field) -> None:
    card = registry.card("cell-detector")
    content = registry.weights(card)
    found = []
    for batch in (1, 5):
        parameters = {**card.parameters, "batch": batch, "tile": 128, "overlap": 80}
        found.append(CellDetector(dataclasses.replace(card, parameters=parameters), content).find(drawn.pixels, 0.2))
    assert len(found[0]) == len(found[1]) > 5
    for (one, score), (other, again) in zip(*found, strict=True):
        assert score == pytest.approx(again, abs=1e-3)
        assert iou(one, other) > 0.98


def test_cells_on_seams_are_counted_once(drawn: Field) -> None:
    """Tiles so small that most cells lie on a seam find what one tile finds."""
    card = registry.card("cell-detector")
    small = CellDetector(
        dataclasses.replace(card, parameters={**card.parameters, "tile": 160, "overlap": 96}), registry.weights(card)
    )
    truth = [c.contour for c in drawn.cells]
    found = [c for c, _ in small.find(drawn.pixels, drawn.um_per_px)]
    pairs = matched(found, truth)
    assert len(pairs) >= len(truth) - 1
    assert len(found) <= len(truth) + 1
    for k, one in enumerate(found):
        assert all(iou(one, other) < 0.5 for other in found[k + 1 :])


@pytest.mark.parametrize("factor", [0.45, 1.0, 2.2])
@pytest.mark.parametrize("known", [True, False])
def test_any_number_of_pixels_will_do(detector: CellDetector, drawn: Field, factor: float, known: bool) -> None:
    way = cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC
    pixels = np.asarray(cv2.resize(drawn.pixels, None, fx=factor, fy=factor, interpolation=way), np.uint8)
    found = [c for c, _ in detector.find(pixels, drawn.um_per_px / factor if known else None)]
    pairs = matched(found, [c.contour * factor for c in drawn.cells])
    assert len(pairs) >= len(drawn.cells) - 2
    assert len(found) <= len(drawn.cells) + 2


def test_a_picture_s_scale_is_estimated_once_and_each_picture_s_anew(
    detector: CellDetector, drawn: Field, monkeypatch: pytest.MonkeyPatch
) -> None:
    usual, asked = cell_detector.scale_of, []
    monkeypatch.setattr(cell_detector, "scale_of", lambda *given: asked.append(given[0].shape) or usual(*given))
    one, other = drawn.pixels.copy(), drawn.pixels[:400].copy()
    detector.find(one, None)
    assert detector.scale(one) == usual(one, cell_detector.ScaleParameters())
    assert asked == [one.shape]
    assert detector.scale(other) == usual(other, cell_detector.ScaleParameters())
    assert asked == [one.shape, other.shape]


def test_a_scale_stated_wrong_by_half_is_put_right_by_the_sizes_found(detector: CellDetector, drawn: Field) -> None:
    for wrong in (0.4, 2.5):
        found = [c for c, _ in detector.find(drawn.pixels, drawn.um_per_px * wrong)]
        assert len(matched(found, [c.contour for c in drawn.cells])) >= len(drawn.cells) - 2


def test_a_crop_of_one_cell(detector: CellDetector) -> None:
    one = single(31, "monocyte", size=192, um_per_px=0.14)
    found = detector.find(one.pixels, None)
    assert any(iou(c, one.cells[0].contour) > 0.8 for c, _ in found)


@pytest.mark.parametrize("shape", [(12, 12), (12, 200), (11, 300), (40, 33)])
def test_small_pictures_are_looked_at_without_complaint(detector: CellDetector, shape: tuple[int, int]) -> None:
    pixels = np.random.default_rng(0).integers(120, 255, (*shape, 3)).astype(np.uint8)
    for contour, _ in detector.find(pixels, None):
        assert (contour.max(axis=0) <= shape[::-1]).all()


@pytest.mark.parametrize("level", [0, 128, 245])
def test_nothing_is_found_on_an_even_picture(detector: CellDetector, level: int) -> None:
    assert detector.find(np.full((300, 400, 3), level, np.uint8), None) == []
    assert detector.scale(np.full((300, 400, 3), level, np.uint8)) is None


def test_a_large_field_far_from_square(detector: CellDetector) -> None:
    one = field(77, mix=CELLS, cells=3, size=(500, 500), um_per_px=0.25)
    pixels = np.full((500, 4000, 3), one.pixels[0, 0], np.uint8)
    for left in (0, 1730, 3500):
        pixels[:, left : left + 500] = one.pixels
    found = [c for c, _ in detector.find(pixels, one.um_per_px)]
    here = [sum(left <= np.mean(bounds(c)[::2]) < left + 500 for c in found) for left in (0, 1730, 3500)]
    assert here[0] == here[1] == here[2] > 0
    assert sum(here) == len(found)


@pytest.mark.parametrize("wrong", [np.zeros((20, 20), np.uint8), np.zeros((20, 20, 3), np.float32)])
def test_anything_but_rgb_bytes_is_refused(detector: CellDetector, wrong: NDArray[np.uint8]) -> None:
    with pytest.raises(ValueError, match="uint8 pixels"):
        detector.find(wrong, None)


def test_threads_stay_as_they_were(detector: CellDetector, drawn: Field) -> None:
    before = torch.get_num_threads()
    detector.find(drawn.pixels[:200, :200], 0.2)
    assert torch.get_num_threads() == before


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU here: parity with CUDA is not tested")
def test_cuda_finds_what_the_cpu_finds(detector: CellDetector, drawn: Field) -> None:
    other = registry.load("cell-detector", device="cuda")
    one, two = (model.find(drawn.pixels, None) for model in (detector, other))
    assert len(matched([c for c, _ in one], [c for c, _ in two], 0.95)) == len(one) == len(two)


def test_a_mask_is_cut_to_its_box() -> None:
    prototypes = np.full((1, 16, 16), 5.0, np.float32)
    contour = cell_detector._masked(np.array([8.0, 12, 40, 36]), np.ones(1, np.float32), prototypes)
    assert contour is not None
    np.testing.assert_allclose(bounds(contour), (8, 12, 40, 36), atol=1.6)
    assert cell_detector._masked(np.array([8.0, 12, 40, 36]), -np.ones(1, np.float32), prototypes) is None
