"""The two looks at real panels, on panels drawn here: what is told apart, what is left absent, what is counted."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import cv2
import numpy as np
import pytest

from models.synthesis import donors
from models.synthesis.white_cells import Traits
from models.training.label_free import real_panels, realism, realism_page
from models.training.label_free.baselines import network
from models.training.label_free.cells import SIDE
from models.training.label_free.recipe import FULL


def left(kind: str, seed: int) -> np.ndarray:
    of, on = donors.donor(seed), donors.slide(seed, 0)
    return donors.pictured(np.random.default_rng(seed), of, on, Traits(kind)).views[0]


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Panels as the data folder has them: each scaled on its own, a manifest beside them, one cell twice."""
    folder = tmp_path_factory.mktemp("data") / "bsccm_panels"
    folder.mkdir()
    rows = []
    for k, kind in enumerate(("lymphocyte", "granulocyte", "monocyte") * 2):
        name = f"gs_{k}.png"
        cv2.imwrite(str(folder / name), (255 * realism.scaled(left(kind, k))).astype(np.uint8))
        rows.append([name, "DPC_Left", kind.capitalize(), "", "per-image min-max"])
    cv2.imwrite(str(folder / "dpcfl_0.png"), cv2.imread(str(folder / "gs_0.png"), cv2.IMREAD_GRAYSCALE))
    rows.append(["dpcfl_0.png", "DPC_Left", "", "", "the first cell again"])
    rows.append(["ct_0.png", "LED119", "", "", "another contrast"])
    with (folder / "manifest.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([["file", "channel", "label3", "gate10", "note"], *rows])
    return folder.parent


def test_panels_become_windows_with_the_left_view_alone(root: Path) -> None:
    views, labels = real_panels.panels(root)
    assert views.shape == (6, 4, SIDE, SIDE)
    assert np.isfinite(views[:, 0]).all()
    assert np.isnan(views[:, 1:]).all()
    assert labels.tolist() == [0, 1, 2] * 2
    assert np.abs(np.median(views[:, 0, :4].astype(np.float32), axis=(1, 2)) - 1).max() < 0.2  # uneven light stays in


def test_gain_and_offset_of_a_panel_do_not_matter() -> None:
    grey = left("monocyte", 3)
    assert np.allclose(real_panels.over_background(grey), real_panels.over_background(0.1 * grey + 7), atol=1e-4)


def test_the_smoke_test_counts_every_panel_once(root: Path) -> None:
    recipe = replace(FULL, network="cnn")
    found = real_panels.smoke(network(recipe, 4, 0), recipe, root)
    assert np.sum(found["confusion_rows_true"]) == found["cells"] == 6
    low, high = found["balanced_accuracy_interval"]
    assert 0 <= low <= found["balanced_accuracy"] <= high <= 1


def test_a_cell_that_two_figures_show_counts_once(root: Path) -> None:
    assert len(realism.real_panels(root)) == 6


def test_pictures_of_one_kind_are_not_told_apart_and_of_two_kinds_are() -> None:
    rng = np.random.default_rng(0)
    soft = [cv2.GaussianBlur(rng.random((128, 128)).astype(np.float32), (0, 0), 3) for _ in range(40)]
    sharp = [rng.random((128, 128)).astype(np.float32) for _ in range(20)]
    rows = [np.stack([realism.features(realism.scaled(p)) for p in group]) for group in (soft[:20], soft[20:], sharp)]
    same, apart = realism.told_apart(rows[0], rows[1]), realism.told_apart(rows[0], rows[2])
    assert same["auroc"] < 0.85
    assert apart["auroc"] > 0.99
    assert same["interval"][0] <= same["auroc"] <= same["interval"][1]


def test_the_page_holds_the_figures_and_its_chart_is_well_formed(tmp_path: Path) -> None:
    found = json.loads(realism.FIGURES.read_text(encoding="utf-8"))
    realism_page.written(found, tmp_path / "page.md")
    assert f"{found['real_versus_simulated']['auroc']:.3f}" in (tmp_path / "page.md").read_text(encoding="utf-8")
    ElementTree.fromstring((tmp_path / "page.svg").read_text(encoding="utf-8"))
