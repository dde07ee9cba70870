"""Training fields, from drawn scenes: sizes, labels, and that the same seed gives the same field."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.imaging import colour
from models.synthesis.smear import field, single
from models.training import detector_fields as fields
from models.training import detector_scenes, train_detector
from models.training.detector_scenes import Scene


def scene(seed: int, kind: str = "") -> Scene:
    """A field of four cells, or a crop of one."""
    if kind:
        drawn = single(seed, "lymphocyte", size=128, um_per_px=0.16)
    else:
        drawn = field(seed, mix={"lymphocyte": 1.0, "blast": 1.0}, cells=4, size=(300, 340), um_per_px=0.2)
    labels = np.zeros(drawn.pixels.shape[:2], np.uint8)
    for number, cell in enumerate(drawn.cells, 1):
        labels[fields_mask(cell.contour, labels.shape)] = number
    return Scene(drawn.pixels, labels, 60.0, kind, colour.background(drawn.pixels))


def fields_mask(contour: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    return detector_scenes.rasterised(contour, (shape[0], shape[1]))


@pytest.fixture(scope="module")
def given_stock() -> fields.Stock:
    grounds = {"drawn": [scene(k) for k in range(3)]}
    crops = {"Lymphocyte": [scene(9, "Lymphocyte"), scene(10, "Lymphocyte")]}
    crops["Giant thrombocyte"] = [Scene(c.pixels, c.labels * 0, c.across, "", c.clear) for c in crops["Lymphocyte"]]
    return fields.Stock(grounds, {"drawn": 1.0}, crops)


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 10_000))
def test_labels_are_numbered_without_gaps(given_stock: fields.Stock, seed: int) -> None:
    drawn = fields.draw(np.random.default_rng(seed), given_stock)
    assert drawn.pixels.shape == (fields.SIDE, fields.SIDE, 3)
    assert drawn.pixels.dtype == drawn.labels.dtype == np.uint8
    assert set(np.unique(drawn.labels)) - {0} == set(range(1, int(drawn.labels.max()) + 1))


def test_the_same_seed_gives_the_same_field(given_stock: fields.Stock) -> None:
    one, other = (fields.draw(np.random.default_rng(5), given_stock) for _ in range(2))
    np.testing.assert_array_equal(one.pixels, other.pixels)
    np.testing.assert_array_equal(one.labels, other.labels)


@pytest.mark.parametrize("across", [20.0, 45.0, 100.0])
def test_cells_are_laid_down_at_the_size_asked_for(across: float) -> None:
    ground = scene(1)
    widths = []
    for seed in range(12):
        _, labels = fields.laid(np.random.default_rng(seed), ground, across)
        inside = set(np.unique(labels)) - set(
            np.unique(np.concatenate([labels[[0, -1]].ravel(), labels[:, [0, -1]].ravel()]))
        )
        widths += [2 * np.sqrt((labels == k).sum() / np.pi) for k in inside if k]
    true = [2 * np.sqrt((ground.labels == k).sum() / np.pi) for k in range(1, 5)]
    assert 0.7 < np.median(widths) / (np.median(true) * across / ground.across) < 1.3


def test_more_cells_are_laid_on_the_ground_than_were_there(given_stock: fields.Stock) -> None:
    bare = fields.Stock(given_stock.grounds, given_stock.weights, {})
    counts = [
        np.mean([fields.draw(np.random.default_rng(seed), some).labels.max() for seed in range(30)])
        for some in (bare, given_stock)
    ]
    assert counts[1] > 1.3 * counts[0]


def test_the_camera_changes_colours_and_keeps_the_picture(given_stock: fields.Stock) -> None:
    ground = given_stock.grounds["drawn"][0]
    plain = ground.pixels[: fields.SIDE, : fields.SIDE]
    likeness, shifts = [], []
    for seed in range(16):
        other = fields.photographed(np.random.default_rng(seed), plain.copy(), 60.0, ground.clear)
        likeness.append(np.corrcoef(plain[..., 1].ravel(), other[..., 1].ravel())[0, 1])
        shifts.append(np.abs(plain.mean(axis=(0, 1)) - other.mean(axis=(0, 1))).max())
    assert min(likeness) > 0.75
    assert np.median(shifts) > 8


def test_boxes_and_marks_agree_with_the_labels(given_stock: fields.Stock) -> None:
    drawn = [fields.draw(np.random.default_rng(seed), given_stock) for seed in range(4)]
    pictures, marks, boxes, owners = train_detector.batched(drawn)
    assert pictures.shape == (4, 3, fields.SIDE, fields.SIDE)
    assert 0 <= float(pictures.min()) <= float(pictures.max()) <= 1
    assert len(boxes) == len(owners) == sum(int(d.labels.max()) for d in drawn)
    first = 0
    for number, one in enumerate(drawn):
        count = int(one.labels.max())
        assert (owners[first : first + count] == number).all()
        for k in range(count):
            rows, columns = np.nonzero(one.labels == k + 1)
            x, y, w, h = (boxes[first + k] * fields.SIDE).tolist()
            np.testing.assert_allclose([x - w / 2, x + w / 2], [columns.min(), columns.max() + 1], atol=1e-3)
            np.testing.assert_allclose([y - h / 2, y + h / 2], [rows.min(), rows.max() + 1], atol=1e-3)
        first += count
    assert marks.shape == (4, fields.SIDE // 4, fields.SIDE // 4)
    assert set(np.unique(marks[0])) <= set(np.unique(drawn[0].labels))


def test_smaller_labels_stay_where_they_were() -> None:
    labels = np.zeros((64, 64), np.uint8)
    labels[13:38, 22:47] = 3
    for step in (2, 4):
        rows, columns = np.nonzero(fields.quartered(labels, step))
        np.testing.assert_allclose(((rows.mean() + 0.5) * step, (columns.mean() + 0.5) * step), (25.5, 34.5), atol=0.6)


def test_a_box_takes_the_outline_that_agrees_with_it_else_an_ellipse() -> None:
    box = np.array([10, 20, 50, 70], np.float32)
    near = detector_scenes._ellipse(box + np.array([-1, 1, 2, 1], np.float32))
    far = detector_scenes._ellipse(box + 60)
    taken = detector_scenes._fitting(box, [far, near])
    assert (taken.min(axis=0) >= box[:2]).all()
    assert (taken.max(axis=0) <= box[2:]).all()
    assert np.abs(taken - near).max() <= 2
    ellipse = detector_scenes._fitting(box, [far])
    np.testing.assert_allclose([*ellipse.min(axis=0), *ellipse.max(axis=0)], box, atol=0.2)


def test_scenes_are_kept_and_read_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(detector_scenes, "DRAWN", 2)
    made = detector_scenes.scenes("procedural", tmp_path, tmp_path)
    monkeypatch.setattr(detector_scenes, "DRAWN", 0)
    again = detector_scenes.scenes("procedural", tmp_path, tmp_path)
    assert len(made) == len(again) == 2
    for one, other in zip(made, again, strict=True):
        np.testing.assert_array_equal(one.pixels, other.pixels)
        np.testing.assert_array_equal(one.labels, other.labels)
        assert one.across == other.across <= detector_scenes.LARGEST
