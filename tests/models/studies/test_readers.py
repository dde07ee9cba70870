"""Readers answer row by row, and an ablation's kept network is read as it was trained."""

from __future__ import annotations

from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import torch

from models.studies.background import plan
from models.studies.readers import Stained, Unstained, Variant
from models.synthesis import background_bank
from models.synthesis.smear import single
from models.training.ablation import stem
from models.training.classifier_run import started
from models.training.recipe import FULL, LABELS


def crops(count: int) -> tuple[list[np.ndarray], list[np.ndarray], list[float | None]]:
    y, x = np.mgrid[:96, :96] - 47.5
    mask = np.hypot(y, x) < 34
    return [single(k, LABELS[k], size=96).pixels for k in range(count)], [mask] * count, [0.14] * count


def test_the_shipped_classifier_is_asked_as_the_app_asks_it_or_once() -> None:
    pictures, masks, um = crops(2)
    whole, once = Stained(), Stained(once=True)
    assert whole.digest != once.digest
    four, one = (reader.read(pictures, masks, um) for reader in (whole, once))
    assert four.features.shape == one.features.shape == (2, 1280)
    assert np.allclose(four.probabilities.sum(1), 1, atol=1e-4)
    assert not np.allclose(four.features, one.features)


def test_the_label_free_network_is_shown_no_mask() -> None:
    reader = Unstained()
    views = list(background_bank.unstained_bank(2, 96))
    here, there = (reader.read(views, [np.full((96, 96), on)] * 2, [0.166] * 2) for on in (True, False))
    assert np.array_equal(here.probabilities, there.probabilities)
    assert here.probabilities.shape == (2, len(reader.labels))


def test_a_kept_variant_is_read_as_it_was_trained(tmp_path: Path) -> None:
    recipe = replace(FULL, start="random", side=32, swap=0.0)
    network = started(recipe, 3)
    file = tmp_path / f"network-{stem('no background swap', 3)}.pt"
    content = {"part": "no background swap", "seed": 3, "recipe": asdict(recipe), "state": network.state_dict()}
    torch.save(content, file)
    reader = Variant(file)
    pictures, masks, um = crops(3)
    found = reader.read(pictures, masks, um)
    assert reader.name == "ablation, no background swap, seed 3"
    assert found.features.shape == (3, 1280)
    assert found.probabilities.shape == (3, len(LABELS))
    assert np.allclose(found.features, reader.read(pictures, masks, um).features)
    names = [one.reader.name for one in plan("panels", tmp_path)]
    assert names == ["label-free network"]
