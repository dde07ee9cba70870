"""The contour network's training on drawn cells: it learns, goes on where it stopped, and frames crops exactly."""

from pathlib import Path

import cv2
import numpy as np
import pytest
import safetensors.torch
import torch

from models.contour_network import SIDE, ContourNetwork, Network
from models.imaging.contours import bounds, outline
from models.synthesis.smear import field
from models.training import contour_crops, sources, train_contours
from models.training.contour_crops import KEPT, UNKNOWN, WIDE, Crop, Crops, stacked


@pytest.fixture(scope="module")
def crops() -> Crops:
    one = field(11, mix={"lymphocyte": 1, "blast": 1}, cells=5, size=(320, 320), um_per_px=0.2)
    contours = [c.contour for c in one.cells]
    known = sources.Truth(
        one.pixels,
        contours,
        np.array([bounds(c) for c in contours], np.float32),
        None,
        np.array([[2, 2, 30, 30]], np.float32),
    )
    return stacked(list(contour_crops.around(known, np.random.default_rng(0))))


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two crops a step, a checkpoint every other step, and a clock by which a step takes a second."""
    monkeypatch.setattr(train_contours, "BATCH", 2)
    monkeypatch.setattr(train_contours, "EVERY", 2)
    ticks = iter(range(10_000))
    monkeypatch.setattr(train_contours.time, "process_time", lambda: float(next(ticks)))


def learnt(crops: Crops, folder: Path, steps: int) -> dict[str, torch.Tensor]:
    train_contours.learnt("c", steps / 60, {"drawn": crops}, {"drawn": 1.0}, folder)
    return torch.load(folder / "c.pt", weights_only=True)


@pytest.mark.usefixtures("quick")
def test_a_stopped_training_goes_on_from_its_checkpoint(crops: Crops, tmp_path: Path):
    first = learnt(crops, tmp_path, 4)
    second = learnt(crops, tmp_path, 8)
    assert (first["step"], second["step"]) == (4, 8)
    assert second["spent"] == 2 * first["spent"]


@pytest.mark.usefixtures("quick")
def test_the_weights_written_are_those_of_the_moving_average_and_can_be_used(crops: Crops, tmp_path: Path):
    kept = learnt(crops, tmp_path, 4)
    written = safetensors.torch.load_file(tmp_path / "c.safetensors")
    assert set(written) == set(Network().state_dict())
    assert all(torch.equal(written[key], kept["average"][key]) for key in written)
    ContourNetwork(written).draw(np.full((60, 60, 3), 200, np.uint8), np.array([[10.0, 10, 50, 50]]))


def test_the_rate_is_a_plain_number_that_rises_and_falls():
    rates = [train_contours.rate_at(step, step / 1000) for step in range(1000)]
    assert {type(rate) for rate in rates} == {float}
    assert np.argmax(rates) < 2 * train_contours.WARM
    assert rates[-1] < 0.02 * max(rates)


def test_one_batch_is_learnt_by_heart(crops: Crops, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(train_contours, "BATCH", 4)
    torch.manual_seed(0)
    given = train_contours.batch(np.random.default_rng(2), {"drawn": crops}, ["drawn"], np.array([1.0]))
    net = Network()
    optimiser = torch.optim.AdamW(net.parameters(), lr=2e-3)
    values = []
    for _ in range(25):
        value = train_contours.loss(net, given)
        optimiser.zero_grad()
        value.backward()
        optimiser.step()
        values.append(float(value.detach()))
    assert values[-1] < 0.6 * values[0]


@pytest.mark.parametrize("seed", range(8))
def test_the_shadow_of_a_box_lies_where_the_turned_mask_lies(seed: int):
    """Only the box of a filled box is told: turned as its crop is, the box's shadow is where the picture casts it."""
    body = np.zeros((KEPT, KEPT), np.uint8)
    wide, high = round(KEPT / WIDE), 34
    left, top = (KEPT - wide) // 2, (KEPT - high) // 2
    body[top : top + high, left : left + wide] = 1
    unknown = np.full((KEPT, KEPT), UNKNOWN, np.uint8)
    pixels = np.repeat(np.where(body, 90, 230).astype(np.uint8)[..., None], 3, 2)
    clear = np.array([230, 230, 230], np.float32)
    boxed = stacked([Crop(pixels, clear, unknown, unknown, (float(wide), float(high)), True, True, False)])
    matrix, shadow = train_contours._framed(np.random.default_rng(seed), boxed, 0)
    turned = cv2.warpAffine(body * 255, matrix, (SIDE, SIDE), flags=cv2.INTER_LINEAR) > 127
    for axis in range(2):
        assert np.abs(turned.any(axis=axis).astype(int) - shadow[axis]).sum() <= 2


def test_a_cell_s_mask_is_cut_as_its_picture_is(crops: Crops):
    """The bounds of a cell's mask in its crop are its box, in the middle."""
    for row in np.flatnonzero(crops.cell & crops.boxed):
        ring = outline(crops.body[row] == 1)
        x0, y0, x1, y1 = bounds(ring)
        assert abs((x1 - x0) - crops.box[row][0]) < 3
        assert abs((y1 - y0) - crops.box[row][1]) < 3
        assert abs(x0 + x1 - KEPT) < 3
        assert abs(y0 + y1 - KEPT) < 3


def test_what_is_no_cell_has_no_mask(crops: Crops):
    assert (~crops.cell).any()
    assert (crops.body[~crops.cell] == UNKNOWN).all()
    assert not crops.boxed[~crops.cell].any()
