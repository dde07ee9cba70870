"""Card and weights of a label-free network: made together, read back, and what use says is what training measured."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from models import registry
from models.dpc_detector import MEASURES
from models.label_free import LabelFree
from models.label_free_network import Hybrid
from models.synthesis.markers import MARKERS
from models.training.label_free import card as cards
from models.training.label_free import figures
from models.training.label_free.baselines import network
from models.training.label_free.card import Made, written
from models.training.label_free.cells import LABELS, SIDE, Cells
from models.training.label_free.recipe import FULL
from models.training.label_free.run import predicted, trained
from models.training.label_free.split import by_group
from models.training.label_free.table import task

DONORS, EACH = 36, 6  # nine donors for calibration at least: fewer give no intervals of 90 %
RECIPE = replace(FULL, steps=3, batch=16)


def cells() -> Cells:
    """Discs whose brightness is their class, and whose size their markers."""
    rng = np.random.default_rng(3)
    count = DONORS * EACH
    labels = rng.integers(0, len(LABELS), count)
    size = rng.uniform(8, 20, count)
    y, x = np.mgrid[:SIDE, :SIDE] - SIDE / 2
    discs = np.hypot(x, y)[None] < size[:, None, None]
    views = 1 + (0.1 * (labels - 1.5))[:, None, None] * discs + 0.02 * rng.standard_normal((4, count, SIDE, SIDE))
    markers = (size / 10)[:, None] + 0.1 * rng.standard_normal((count, len(MARKERS)))
    groups = np.repeat([f"donor_{k:02}" for k in range(DONORS)], EACH)
    return Cells(
        views.transpose(1, 0, 2, 3).astype(np.float16), labels, markers.astype(np.float32), groups, groups,
        rng.integers(0, 2, (count, len(MEASURES))).astype(np.float32), np.arange(count).astype(str),
    )  # fmt: skip


@pytest.fixture(scope="module", autouse=True)
def few_rounds() -> Iterator[None]:
    """The figures' own tests look at their intervals."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(figures, "ROUNDS", 10)
        yield


@pytest.fixture(scope="module")
def made() -> Made:
    few = cells()
    split = by_group(few)
    of, _ = task(few, split.train)
    taught = trained(RECIPE, of, split.train, 1)
    assert isinstance(taught, Hybrid)
    return Made(taught, RECIPE, few, split, "simulated", {"realism": {"auroc": 0.99}})


@pytest.fixture(scope="module")
def folder(made: Made, tmp_path_factory: pytest.TempPathFactory) -> Path:
    where = tmp_path_factory.mktemp("models")
    written(made, where, where)
    return where


@pytest.fixture(scope="module")
def model(folder: Path) -> LabelFree:
    loaded = registry.load("label-free", folder, folder)
    assert isinstance(loaded, LabelFree)
    return loaded


def test_in_use_the_network_says_what_it_said_in_training(made: Made, model: LabelFree) -> None:
    """The same windows by the card's constants and half-precision weights, on 28 pixels of 64."""
    rows = made.split.test
    of, (middle, spread) = task(made.cells, made.split.train)
    taught = predicted(made.network, of, rows, RECIPE)
    logits, _, _, gate, _ = model.said(list(made.cells.views[rows].astype(np.float32)))
    seen = model.look(list(made.cells.views[rows].astype(np.float32)))
    np.testing.assert_allclose(logits, taught.logits, atol=0.05)
    np.testing.assert_allclose(gate, taught.gate, atol=0.01)
    np.testing.assert_allclose(seen.markers, taught.markers * spread + middle, atol=0.02)
    np.testing.assert_allclose(seen.probabilities.sum(1), 1, atol=1e-5)


def test_everything_that_use_needs_is_fitted_on_the_calibration_donors(made: Made, model: LabelFree) -> None:
    donors = len(set(made.cells.groups[made.split.calibrate]))
    assert model.calibration.fitted_on == {"patients": donors, "cells": donors * EACH}
    assert model.calibration.sets is not None
    assert np.isfinite(model.intervals.widths).all(), "nine donors and more are enough for 90 %"
    rows = made.split.test
    seen = model.look(list(made.cells.views[rows].astype(np.float32)))
    covered = (seen.low <= made.cells.markers[rows]) & (made.cells.markers[rows] <= seen.high)
    assert covered.mean() > 0.8
    assert all(members for members in seen.possible)
    assert seen.oddness is not None
    noise = model.look(list(1 + 0.5 * np.random.default_rng(0).standard_normal((6, 4, SIDE, SIDE)).astype(np.float32)))
    assert noise.oddness is not None
    assert noise.oddness.mean() > seen.oddness.mean()


def test_the_card_says_what_the_markers_are_and_claims_nobody_elses_figures(folder: Path) -> None:
    card = registry.card("label-free", folder)
    assert (card.task, card.vocabulary, card.marker_truth) == ("phenotyper", "dpc4", "simulated")
    assert card.markers == MARKERS
    assert "log10" in card.marker_units
    assert "synthetic cases only" in card.notice
    assert any("drawn by a simulator" in text for text in card.cannot_do)
    assert any("gates on CD3, CD16 and CD45" in text for text in card.cannot_do)
    assert any("AUROC 0.990" in text for text in card.cannot_do)
    assert card.figures["test_donors"]["real_versus_simulated_auroc"] == 0.99
    assert "real_panels" not in " ".join(card.data), "nothing is said of real cells that it was not looked at on"
    to_beat = [text for text in card.data if "91.3 %" in text]
    assert len(to_beat) == 1
    assert ".774" in to_beat[0]
    assert "not claimed" in to_beat[0]
    assert {"test_donors", "calibration", "marker_intervals", "fewer_views", "realism"} <= set(card.figures)
    assert set(card.figures["marker_intervals"]) == set(MARKERS)
    cd16 = card.figures["test_donors"]["markers"]["CD16"]
    assert {"pooled", "within_class", "alike"} <= set(cd16), "a pooled correlation never stands alone"


def test_a_measured_card_says_nothing_of_simulation(made: Made, tmp_path: Path) -> None:
    card = written(replace(made, truth="measured"), tmp_path, tmp_path)
    assert card.marker_truth == "measured"
    assert "simulat" not in " ".join((card.notice, card.domain, *card.cannot_do, *card.data)).lower()
    assert registry.card("label-free", tmp_path).sha256 == card.sha256


def test_the_card_tells_which_shape_the_network_has(made: Made, tmp_path: Path) -> None:
    fine = replace(RECIPE, network="fine hybrid", side=56)
    other = network(fine, len(LABELS), len(MARKERS)).eval()
    assert isinstance(other, Hybrid)
    written(replace(made, network=other, recipe=fine), tmp_path, tmp_path)
    seen = registry.load("label-free", tmp_path, tmp_path).look([np.ones((4, SIDE, SIDE), np.float32)])
    np.testing.assert_allclose(seen.probabilities.sum(1), 1, atol=1e-5)


def test_the_origin_of_the_markers_must_be_said(made: Made) -> None:
    with pytest.raises(ValueError, match="'simulated' or 'measured'; found 'guessed'"):
        replace(made, truth="guessed")


def test_a_running_spread_beyond_half_precision_stays_whole() -> None:
    assert cards._half(torch.tensor([7e4])).dtype == torch.float32
    assert cards._half(torch.tensor([7e3])).dtype == torch.float16
    assert cards._half(torch.tensor([3])).dtype == torch.int64
