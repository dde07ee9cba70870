"""The trained classifier's way in and out, with a network that has not learnt anything."""

from dataclasses import replace

import numpy as np
import pytest
import safetensors.torch
import torch

from models import calibration, registry
from models.cell_classifier import NETWORK, CellClassifier
from models.cell_network import CellNetwork
from models.imaging.contours import rasterised
from models.preprocess import Preprocessing
from models.registry import Card, ModelRefused
from models.synthesis.smear import LABELS, single

MEASURES = ("nucleus_fraction", "lobes")
CARD = Card(
    name="cell-classifier",
    task="classifier",
    version="0",
    notice="untrained",
    domain="tests",
    licence="AGPL-3.0-or-later",
    vocabulary="shipped16",
    cannot_do=("anything",),
    labels=tuple(sorted(LABELS)),
    preprocessing=Preprocessing(side=64).table(),
    parameters={
        "activation": "relu6",
        "measures": list(MEASURES),
        "measure_middle": [0.5, 2.0],
        "measure_scale": [0.1, 1.0],
        "prior": {"blast": -1.0},
    },
    weights="none.safetensors",
    sha256="0" * 64,
)


@pytest.fixture(scope="module")
def weights() -> bytes:
    torch.manual_seed(4)
    made = CellNetwork(len(CARD.labels), len(MEASURES), "relu6")
    return safetensors.torch.save({NETWORK + k: v.contiguous() for k, v in made.state_dict().items()})


@pytest.fixture(scope="module")
def crops() -> tuple[list, list, list]:
    drawn = [single(k, LABELS[k], size=90, um_per_px=0.2) for k in range(5)]
    masks = [rasterised(d.cells[0].contour, (90, 90)) for d in drawn]
    return [d.pixels for d in drawn], masks, [0.2, None, 0.2, None, 0.2]


def test_probabilities_are_of_the_card_s_labels_and_sum_to_one(weights, crops):
    named = CellClassifier(CARD, weights).name(*crops)
    assert named.probabilities.shape == (5, 16)
    assert np.allclose(named.probabilities.sum(axis=1), 1, atol=1e-5)
    assert set(named.measures[0]) == set(MEASURES)
    assert (len(named.possible), named.oddness) == (0, None)


def test_no_crops_no_names(weights):
    assert CellClassifier(CARD, weights).name([], [], []).probabilities.shape == (0, 16)


def test_alone_or_among_others_a_cell_is_named_alike(weights, crops, monkeypatch):
    classifier = CellClassifier(CARD, weights)
    together = classifier.name(*crops).probabilities
    monkeypatch.setattr("models.cell_classifier.BATCH", 2)
    assert np.allclose(together, classifier.name(*crops).probabilities, atol=1e-4)
    backwards = classifier.name(*(column[::-1] for column in crops)).probabilities
    assert np.allclose(together, backwards[::-1], atol=1e-4)


def test_averaged_over_quarter_turns_a_turned_cell_is_named_alike(weights, crops):
    classifier = CellClassifier(replace(CARD, parameters={**CARD.parameters, "views": 4}), weights)
    pixels, masks, scales = crops
    turned = ([np.rot90(p).copy() for p in pixels], [np.rot90(m).copy() for m in masks], scales)
    assert np.allclose(classifier.said(*crops).logits, classifier.said(*turned).logits, atol=1e-3)
    once = CellClassifier(CARD, weights)
    assert not np.allclose(once.said(*crops).logits, once.said(*turned).logits, atol=1e-3)


def test_the_prior_of_the_card_moves_the_logits_by_name(weights, crops):
    plain = replace(CARD, parameters={**CARD.parameters, "prior": {}})
    moved = CellClassifier(CARD, weights).said(*crops).logits - CellClassifier(plain, weights).said(*crops).logits
    column = CARD.labels.index("blast")
    assert np.allclose(moved[:, column], -1, atol=1e-5)
    assert np.allclose(np.delete(moved, column, axis=1), 0)


def test_calibration_that_travels_with_the_weights_gives_sets_and_oddness(weights, crops):
    rng = np.random.default_rng(0)
    labels = rng.integers(16, size=600)
    logits = rng.normal(0, 1, (600, 16)) + 3 * np.eye(16)[labels]
    cells = calibration.Labelled(
        logits, labels, np.repeat(np.arange(12), 50), CARD.labels, rng.normal(size=(600, 1280))
    )
    fitted, _ = calibration.fit(cells, dict.fromkeys(CARD.labels, "any"))
    arrays = {k: torch.from_numpy(np.ascontiguousarray(v)) for k, v in fitted.arrays().items()}
    content = safetensors.torch.save(safetensors.torch.load(weights) | arrays)
    named = CellClassifier(replace(CARD, calibration=fitted.card()), content).name(*crops)
    assert all(sets and set(sets) <= set(CARD.labels) for sets in named.possible)
    assert all(s[0] == CARD.labels[int(p.argmax())] for s, p in zip(named.possible, named.probabilities, strict=True))
    assert ((named.oddness >= 0) & (named.oddness <= 1)).all()


def test_features_are_the_trunk_s(weights, crops):
    assert CellClassifier(CARD, weights).features(*crops).shape == (5, 1280)


@pytest.mark.parametrize(
    "wrong",
    [
        {"labels": CARD.labels[:-1]},
        {"preprocessing": {"colour": "none"}},
        {"parameters": {}},
        {"calibration": {"oddness": {"score": "distance"}}},
    ],
)
def test_a_card_that_does_not_fit_the_weights_is_refused(weights, wrong):
    with pytest.raises(ModelRefused, match="Make card and weights anew"):
        CellClassifier(replace(CARD, **wrong), weights)


def test_half_precision_says_nearly_the_same(weights, crops):
    full = CellClassifier(CARD, weights).name(*crops).probabilities
    state = {k: v.half() if v.is_floating_point() else v for k, v in safetensors.torch.load(weights).items()}
    assert np.abs(full - CellClassifier(CARD, safetensors.torch.save(state)).name(*crops).probabilities).max() < 0.02


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU here: parity with the CPU was not checked")
def test_a_gpu_names_cells_as_the_cpu_does(crops):
    for name in ("cell-classifier",):
        cpu, gpu = (registry.load(name, device=device).name(*crops).probabilities for device in ("cpu", "cuda"))
        assert np.abs(cpu - gpu).max() < 0.01


def test_asked_again_a_call_that_changes_is_that_of_all_views_and_one_that_surely_stays_is_quick(weights, crops):
    """Every crop is asked as what it is called, and as something else; a network that is never sure turns them all."""
    made = CellClassifier(replace(CARD, parameters={**CARD.parameters, "views": 4}), weights)
    whole = made.name(*crops).probabilities
    called = [CARD.labels[k] for k in whole.argmax(axis=1)]
    others = [CARD.labels[(k + 1) % 16] for k in whole.argmax(axis=1)]
    seen: list[int] = []
    usual = made._seen
    made._seen = lambda pixels, hints, turns: seen.append(len(pixels)) or usual(pixels, hints, turns)
    assert np.allclose(made.again(*crops, others), whole, atol=1e-5)
    assert seen == [5, 5, 5, 5]
    seen.clear()
    made._prior = made._prior + 60 * (np.array(CARD.labels) == called[0])
    quick = made.again(*crops, [called[0]] * 5)
    assert seen == [5]
    assert (quick.argmax(axis=1) == CARD.labels.index(called[0])).all()
    assert made.again([], [], [], []).shape == (0, 16)
