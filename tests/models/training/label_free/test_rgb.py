"""Stained crops in the label-free harness: patients apart, rare classes drawn oftener, glass at nought."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from models.synthesis.smear import single
from models.training.cell_batches import Cells, cells
from models.training.cell_crops import Subject, built
from models.training.label_free import rgb
from models.training.recipe import LABELS

KINDS = ("lymphocyte", "lymphocyte", "lymphocyte", "blast")


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Cells:
    """Drawn cells of two classes and of five patients, a fold each."""

    def subjects() -> Iterator[Subject]:
        for k in range(40):
            one = single(700 + k, KINDS[k % 4], size=80, um_per_px=0.25)
            about = {"cell": f"c{k}", "patient": f"p{k % 5}", "diagnosis": "", "class": KINDS[k % 4]}
            yield Subject(one.pixels, one.cells[0].contour, 0.25, about)

    made = cells(built("small", subjects(), 40, None, tmp_path_factory.mktemp("cells")))
    return replace(made, groups=np.array([f"fold {k % 5}" for k in range(40)]))


def test_empty_glass_is_nought_to_the_network(small: Cells) -> None:
    of = rgb.task(small)
    rim = np.concatenate([of.pixels[:, :, 0], of.pixels[:, :, -1]], axis=2).astype(np.float32)
    assert abs(float(np.median(rim)) - of.empty) < 0.03
    assert float(of.pixels.min()) < of.empty - of.spread


def test_rare_classes_are_drawn_more_often(small: Cells) -> None:
    learn = np.flatnonzero(small.groups != "fold 1")
    rows = rgb.shown(small, np.repeat(learn, 40), 1)
    rare = LABELS.index("blast")
    assert (small.labels[rows] == rare).mean() > (small.labels[learn] == rare).mean() + 0.03
    assert not np.isin(rows, np.flatnonzero(small.groups == "fold 1")).any()


def test_figures_are_of_the_patients_left_out(small: Cells, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rgb, "PREDICTIONS", tmp_path)
    monkeypatch.setattr(rgb, "ROUNDS", 5)
    right = np.zeros((8, len(LABELS)), np.float32)
    right[np.arange(8), small.labels[small.groups == "fold 1"]] = 9
    np.save(tmp_path / "fold-1.npy", right)
    found = rgb.everything(small, 1, ("cnn",), replace(rgb.RECIPE, steps=2, batch=8, side=28), tmp_path)
    assert (found["cells"], found["patients"], found["crops_each"]) == (8, 1, 16)
    assert found["networks"]["EfficientNet-lite0"]["accuracy"] == 1
    assert 0 <= found["networks"]["cnn"]["accuracy"] <= 1
