"""Leaving donors out: nothing of a donor is learned from, every crop keeps its size, the lead is taken by donor."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from models.training.label_free import tcell


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Four donors whose activated cells are larger and brighter."""
    rng = np.random.default_rng(3)
    for donor in range(1, 5):
        for kind, side, level in (("quiescent", 16, 40), ("activated", 30, 120)):
            folder = tmp_path / "tcell_autofluorescence" / f"donor_{donor}" / kind
            folder.mkdir(parents=True)
            for k in range(12):
                shape = (side + int(rng.integers(4)), side + int(rng.integers(4)))
                cv2.imwrite(str(folder / f"{k}.png"), rng.poisson(level, shape).astype(np.uint8))
    return tmp_path


@given(height=st.integers(1, 100), width=st.integers(1, 100))
def test_a_crop_is_cut_or_laid_on_black_but_not_resized(height: int, width: int) -> None:
    shown = tcell.on_canvas(np.full((height, width), 7, np.uint8))
    assert shown.shape == (tcell.CANVAS, tcell.CANVAS)
    assert (shown == 7).sum() == min(height, tcell.CANVAS) * min(width, tcell.CANVAS)
    rows, columns = np.nonzero(shown)
    assert abs(rows.mean() - (tcell.CANVAS - 1) / 2) <= 0.5
    assert abs(columns.mean() - (tcell.CANVAS - 1) / 2) <= 0.5


def test_networks_and_trees_learn_from_the_other_donors(root: Path, tmp_path: Path) -> None:
    of = tcell.crops(root)
    assert len(of.donors) == 96
    assert set(of.task.labels.tolist()) == {0, 1}
    recipe = replace(tcell.RECIPE, steps=10, batch=16, side=16)
    its = of.task.labels[of.donors == "donor_2"]
    for network in ("cnn", tcell.TREES):
        said = np.array(tcell.left_out(of, network, "donor_2", 1, recipe, tmp_path))
        assert roc_auc_score(its, said) > 0.95
    of.task.labels[of.donors == "donor_2"] = 1 - its
    assert tcell.left_out(of, tcell.TREES, "donor_2", 1, recipe, tmp_path) == said.tolist()


def test_the_lead_is_taken_donor_by_donor() -> None:
    hybrid = [[0.9], [0.7], [0.8], [0.95]]
    told = tcell.summary({"hybrid": hybrid, "cnn": [[v[0] - 0.05] for v in hybrid]})
    lead = told["cnn"]["hybrid_ahead_by"]
    assert lead["mean"] == pytest.approx(0.05)
    assert lead["interval"] == pytest.approx([0.05, 0.05], abs=1e-3)
    low, high = told["hybrid"]["interval"]
    assert low < 0.7 < 0.8375 < high


def test_no_crops_is_said(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="--root"):
        tcell.crops(tmp_path)
