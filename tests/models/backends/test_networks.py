"""The shipped networks on OpenVINO: each agrees with torch, and cells are found and named as by torch."""

from __future__ import annotations

import numpy as np
import pytest

from models import registry
from models.backends import choice, compiled, drawn
from models.backends.choice import Engines, Tried
from models.imaging.contours import iou
from models.synthesis.smear import field


@pytest.fixture(scope="module")
def engines(tmp_path_factory: pytest.TempPathFactory) -> Engines:
    return Engines("openvino", tmp_path_factory.mktemp("backends"))


@pytest.fixture(autouse=True)
def _short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(choice, "LONG", 0.0)


def parts(name: str, engines: Engines) -> list[Tried]:
    made = registry.load(name, engines=engines)
    return [made._run, *([made._outlines._run] if name == "cell-detector" else [])]


@pytest.mark.parametrize("name", registry.NETWORKS)
def test_each_is_exported_and_agrees(name: str, engines: Engines):
    found = parts(name, engines)
    assert tuple(one._plan.name for one in found) == registry.NETWORKS[name]
    for one in found:
        assert one.engine.startswith("openvino "), one.state.why


@pytest.mark.parametrize("name", registry.NETWORKS)
def test_samples_are_the_same_each_time_and_nobody_s(name: str, engines: Engines):
    for one in parts(name, engines):
        first, second = one._plan.samples(), one._plan.samples()
        assert all(np.array_equal(a, b) for a, b in zip(first, second, strict=True))
        assert all(compiled._fits(a.shape[1:], shape[1:]) for a, shape in zip(first, one._plan.usual, strict=True))


def test_other_outlines_are_no_agreement(engines: Engines):
    """A network that draws a cell less, or a little elsewhere, is caught, however near its numbers are."""
    cells, contours = parts("cell-detector", engines)
    reference = choice.reference(cells._plan)(*cells._plan.samples())
    assert cells._plan.agrees(reference, reference).holds
    fewer = (reference[0], np.where(reference[1] > 0.3, 0.0, reference[1]), *reference[2:])
    assert "outlines instead of" in cells._plan.agrees(reference, fewer).said
    drawn_ = choice.reference(contours._plan)(*contours._plan.samples())
    assert contours._plan.agrees(drawn_, drawn_).holds
    moved = (np.roll(drawn_[0], 1, axis=2), drawn_[1])
    assert not contours._plan.agrees(drawn_, moved).holds
    assert not contours._plan.agrees(drawn_, (drawn_[0] * np.nan, drawn_[1])).holds


def test_cells_of_a_field_are_found_and_outlined_as_by_torch(engines: Engines):
    shown = field(901, mix={"blast": 1, "segmented": 2, "lymphocyte": 1}, cells=8, size=(400, 520), um_per_px=0.2)
    usual = registry.load("cell-detector").find(shown.pixels, shown.um_per_px)
    here = registry.load("cell-detector", engines=engines).find(shown.pixels, shown.um_per_px)
    assert len(usual) == len(here) > 4
    for (one, score), (other, again) in zip(usual, here, strict=True):
        assert iou(one, other) > 0.99
        assert score == pytest.approx(again, abs=1e-3)


def test_cells_are_named_as_by_torch_in_any_batch(engines: Engines):
    pixels, masks = drawn.cells()
    scales = [0.2] * len(pixels)
    network = registry.load("cell-classifier", engines=engines)
    usual, here = registry.load("cell-classifier").name(pixels, masks, scales), network.name(pixels, masks, scales)
    assert np.abs(usual.probabilities - here.probabilities).max() <= 1e-3
    assert usual.possible == here.possible
    alone = network.name(pixels[4:5], masks[4:5], scales[4:5])
    assert np.array_equal(alone.probabilities[0], here.probabilities[4])
