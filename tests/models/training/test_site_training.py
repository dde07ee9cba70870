"""Networks of a site: made by the command, loadable from their folder, and honest about what they are."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import safetensors.torch
import torch

from core import tools
from core.protocols import Crop
from core.settings import Settings
from models import registry, yolo
from models.contour_network import Network
from models.training import __main__ as command
from models.training import (
    classifier_figures,
    site_card,
    site_cells,
    site_classifier,
    site_detector,
    site_fields,
    train_contours,
    train_detector,
)
from models.training.site_data import Classes, SiteRefused
from tests.models.training import site


@pytest.fixture(autouse=True)
def shipped_cards_are_no_site_s():
    yield
    assert not [n for n in registry.names() if registry.card(n).version == "site"]


def test_a_classifier_is_trained_calibrated_measured_and_loadable(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(site_classifier, "SHIPPED", site_classifier.replace(site_classifier.SHIPPED, batch=4, side=48))
    monkeypatch.setattr(classifier_figures, "BOOTSTRAPS", 20)
    monkeypatch.setattr("importlib.util.find_spec", lambda *_: None)
    data, out = site.crops(tmp_path / "crops"), tmp_path / "site"
    words = ["classifier", "--data", str(data), "--out", str(out), "--start", "none", "--epochs", "0.5"]
    assert command.main([*words, "--outlines", "baseline-detector"]) == command.OK
    said = capsys.readouterr()
    assert "SHA-256" in said.out
    assert "from random weights" in said.err
    card = registry.card("cell-classifier", out)
    held = card.figures["held_out_patients"]
    assert (held["patients"], held["cells"]) == (2, 6)
    assert np.array(held["confusion"]).sum() == 6
    assert card.training["patients"] == {"train": 3, "validate": 2, "test": 2}
    assert "a site's own data" in card.notice
    assert any("band" in line for line in card.cannot_do), "what it was never shown is said"
    assert not any(f"P{k}" in (out / "cell-classifier.toml").read_text() for k in range(7)), "no pseudonym in a card"
    network = registry.load("cell-classifier", out, out)
    cells, detector = site_cells.read(data, Classes()).items[:3], registry.load("baseline-detector")
    crops = [site_classifier.as_used(cell, detector) for cell in cells]
    named = network.name(*(list(column) for column in zip(*crops, strict=True)))
    assert named.probabilities.shape == (len(cells), 16)
    assert named.oddness is not None
    assert len(named.possible) == len(cells)

    made = tools.assemble(Settings(models=str(out)))  # as the app does it, with the site's folder in its settings
    assert made.classifier.stamp.digest == card.sha256
    shape = np.zeros((48, 48), bool)
    shape[12:36, 12:36] = True
    answer = made.classifier.name([Crop("c", np.full((48, 48, 3), 200, np.uint8), shape, 0.24)])
    assert answer.probabilities.shape == (1, 16)
    assert {c.name for c in tools.cards(settings=made.settings) if c.origin} == {"cell-classifier"}

    again = ["classifier", "--data", str(data), "--out", str(out), "--epochs", "0.5", "--outlines", "baseline-detector"]
    assert command.main(again) == command.OK  # goes on from what is in the folder
    later = registry.card("cell-classifier", out)
    assert later.training["start"] == f"cell-classifier {card.sha256[:12]}"
    assert later.sha256 != card.sha256


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Card and weights of a detector that has learnt nothing."""
    folder = tmp_path_factory.mktemp("begun")
    torch.manual_seed(0)
    state = {f"yolo.{k}": v for k, v in yolo.weights(yolo.network()).items()}
    state |= {f"contours.{k}": v.contiguous() for k, v in Network().state_dict().items()}
    card = registry.Card("cell-detector", "detector", "0", "n", "d", "l", "shipped16", ("anything",))
    site_card.written(card, safetensors.torch.save(state), folder)
    return folder


@pytest.mark.parametrize("outlined", [True, False])
def test_both_networks_of_the_detector_are_trained_one_after_the_other(tmp_path, monkeypatch, capsys, begun, outlined):
    monkeypatch.setattr(train_detector, "BATCH", 1)
    monkeypatch.setattr(train_contours, "BATCH", 2)
    data, out = site.yolo(tmp_path / "fields", site.drawn_fields(), outlined), tmp_path / "site"
    words = ["--data", str(data), "--out", str(out), "--minutes", "0.004"]
    assert command.main(["detector", *words, "--start", str(begun)]) == command.OK
    first = registry.card("cell-detector", out)
    held = first.figures["held_out_patients"]
    assert (held["patients"], held["of"]) == (2, "outlines" if outlined else "boxes")
    assert 0 <= held["recall"] <= 1
    assert command.main(["contours", *words]) == command.OK
    second = registry.card("cell-detector", out)
    assert second.training["start"] == f"cell-detector {first.sha256[:12]}"
    states = [safetensors.torch.load_file(f / "cell-detector.safetensors") for f in (begun, out)]
    changed = {k.split(".")[0] for k in states[0] if not torch.equal(states[0][k].float(), states[1][k].float())}
    assert changed == {"yolo", "contours"}
    assert registry.load("cell-detector", out, out).find(np.full((64, 64, 3), 240, np.uint8), None) is not None
    assert "kept out" in capsys.readouterr().err


def test_outlines_without_a_detector_are_refused(tmp_path, capsys):
    data = site.yolo(tmp_path / "fields", site.drawn_fields())
    words = ["contours", "--data", str(data), "--out", str(tmp_path / "o"), "--start", "none", "--minutes", "0.01"]
    assert command.main(words) == command.BAD_INPUT
    assert "python -m models.training detector" in capsys.readouterr().err


def test_the_project_s_own_folders_are_never_written_to(tmp_path, capsys):
    data = site.crops(tmp_path / "crops")
    for folder in (registry.CARDS, registry.WEIGHTS, registry.CARDS / "site"):
        assert command.main(["classifier", "--data", str(data), "--out", str(folder)]) == command.BAD_INPUT
        assert "inside the project" in capsys.readouterr().err
    (tmp_path / "file").write_text("")
    with pytest.raises(SiteRefused, match="file"):
        site_card.place(tmp_path / "file")


def test_a_perfect_detector_has_perfect_figures(tmp_path):
    fields = site_fields.read(site.yolo(tmp_path, site.drawn_fields())).items
    truth = {f.digest: f.contours for f in fields}

    class Perfect:
        def find(self, pixels, um_per_px):  # noqa: ARG002
            shown = next(f for f in fields if np.array_equal(f.pixels, pixels))
            return [(c, 1.0) for c in truth[shown.digest]]

    figures = site_detector.measured(Perfect(), fields)
    assert (figures["recall"], figures["precision"], figures["mean_iou"]) == (1.0, 1.0, 1.0)
    assert "4 patients were kept out" in figures["intervals"]
    assert not [key for key in figures if key.endswith("_interval")], "too few for an interval"
    more = [replace(f, patient=f"{f.patient}{k}") for f in fields for k in range(2)]
    assert site_detector.measured(Perfect(), more)["recall_interval"] == [1.0, 1.0]
