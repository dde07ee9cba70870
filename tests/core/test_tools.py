"""Tools are assembled once, and models that do not fit the vocabulary are refused."""

from __future__ import annotations

import threading
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import safetensors.torch

from core import recompute, tools
from core.errors import BadSettings, ModelMismatch, NoNetwork
from core.protocols import Crop
from core.records import Modality
from core.settings import Settings
from core.vocabulary import vocabulary
from models import registry
from models.training import site_card
from tests import sample_card


def test_the_shipped_tools_say_what_they_are_and_work():
    made = tools.assemble(Settings())
    assert made.detector.stamp.task == "detector"
    assert made.classifier.stamp.task == "classifier"
    for stamp in (made.detector.stamp, made.classifier.stamp):
        assert len(stamp.digest) == 64
        assert "research" in stamp.notice
    blank = np.full((64, 64, 3), 240, dtype=np.uint8)
    assert made.detector.find(blank, None) == []
    naming = made.classifier.name([Crop("c", blank, np.ones((64, 64), dtype=bool), 0.2)])
    assert set(naming.labels) == set(made.vocabulary.codes)
    assert naming.probabilities.sum() == pytest.approx(1, abs=1e-4)
    # Else every case would count as named by other models the moment its run is done.
    assert recompute.marks(made.stamps) == recompute.installed(tools.cards())[Modality.SMEAR]


def test_three_sessions_load_each_network_once(monkeypatch):
    loads: list[str] = []
    load = registry.load
    monkeypatch.setattr(registry, "load", lambda name, **how: loads.append(name) or load(name, **how))
    monkeypatch.setattr(tools.runtime, "_loaded", {})
    sessions = [threading.Thread(target=tools.assemble, args=(Settings(),)) for _ in range(3)]
    for session in sessions:
        session.start()
    for session in sessions:
        session.join()
    assert sorted(loads) == [tools.CLASSIFIER, tools.DETECTOR]


def test_label_free_images_without_a_network_are_told(monkeypatch):
    monkeypatch.setattr(registry, "names", lambda: ("cell-classifier", "cell-detector", "dpc-detector"))
    with pytest.raises(NoNetwork, match="no network installed"):
        tools.assemble(Settings(), Modality.DPC)


@pytest.mark.parametrize(
    ("labels", "named"),
    [
        (("blast", "cat"), "shipped16"),
        (vocabulary("shipped16").codes[:-1], "shipped16"),
        (vocabulary("shipped16").codes, "cblc8"),
    ],
)
def test_a_classifier_of_other_classes_is_refused(monkeypatch, labels, named):
    installed = registry.card(tools.CLASSIFIER)
    card = replace(installed, name="stranger", vocabulary=named, confusion={})
    stranger = SimpleNamespace(card=card, digest="0" * 64, labels=labels)
    real = tools._network
    monkeypatch.setattr(tools, "_network", lambda name, s: stranger if name == tools.CLASSIFIER else real(name, s))
    with pytest.raises(ModelMismatch, match="Install weights"):
        tools.assemble(Settings())


@pytest.fixture
def told(monkeypatch):
    """A card of the shipped classifier with this [confusion]."""

    def with_confusion(table):
        real = tools._network

        def network(name, settings):
            found = real(name, settings)
            if name != tools.CLASSIFIER:
                return found
            card = replace(found.card, confusion=table)
            return SimpleNamespace(card=card, digest=found.digest, labels=found.labels)

        monkeypatch.setattr(tools, "_network", network)
        return tools.assemble(Settings()).classifier.stamp.confusion

    return with_confusion


def test_the_stamp_tells_the_confusion_on_the_card(told):
    cells = {"called": [[[3, 1, 0], [0, 5, 0], [0, 0, 2]]], "probable": [[[2.5, 1.5, 0], [0, 5, 0], [0, 0.5, 1.5]]]}
    assert told({}) == {}
    found = told({"cblc": cells})
    assert found["cblc"].called == (((3, 1, 0), (0, 5, 0), (0, 0, 2)),)
    assert found["cblc"].probable[0][0] == (2.5, 1.5, 0)


@pytest.mark.parametrize(
    "table",
    [
        {"called": [[[1, 2], [3, 4]]], "probable": []},
        {"called": [[[-1, 0, 0]] * 3], "probable": [[[0, 0, 0]] * 3]},
        {"called": [[[1, 0, 0]] * 3], "probable": []},
        {"called": []},
        {"called": [[["a", 0, 0]] * 3], "probable": [[[0, 0, 0]] * 3]},
        [],
    ],
)
def test_a_confusion_that_is_none_is_refused(told, table):
    with pytest.raises(ModelMismatch, match="3 × 3 matrices"):
        told({"cblc": table})


def test_a_refused_model_says_so_in_our_own_words(monkeypatch):
    monkeypatch.setattr(tools, "DETECTOR", "no-such-model")
    with pytest.raises(ModelMismatch, match="no-such-model"):
        tools.assemble(Settings())


def test_a_wish_for_a_gpu_that_is_not_there_is_refused_in_our_own_words(monkeypatch):
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    with pytest.raises(BadSettings, match="HEMABOARD_DEVICE"):
        tools.assemble(Settings(device="cuda"))


def test_cards_are_told_those_in_use_first_and_weights_are_verified(tmp_path):
    installed = tools.cards()
    assert {tools.DETECTOR, tools.CLASSIFIER} == {card.name for card in installed[:2]}
    assert all(card.in_use and len(card.digest) == 64 and not card.problem for card in installed[:2])
    (sample,) = tools.cards(sample_card.written(tmp_path), tmp_path)
    assert (sample.in_use, sample.problem, sample.domain) == (False, "", sample_card.HOSTILE)
    assert set(sample.tables) >= {"figures", "training", "calibration", "confusion", "scales"}


def test_weights_that_are_not_the_cards_and_a_card_that_cannot_be_read_are_told_not_raised(tmp_path):
    folder = sample_card.written(tmp_path)
    (folder / "sample.safetensors").write_bytes(b"others")
    (folder / "torn.toml").write_text("name = ", encoding="utf-8")
    told = {card.name: card for card in tools.cards(folder, folder)}
    assert "SHA-256" in told["sample"].problem
    assert told["sample"].cannot_do
    assert "torn.toml" in told["torn"].problem


@pytest.mark.parametrize("inner", [False, True])
def test_a_sites_own_model_takes_the_place_of_the_shipped_one_of_its_name(tmp_path, inner):
    """The shipped card with another version and other bytes of weights stands in for one that a site trained."""
    cards, weights = (tmp_path / "cards", tmp_path / "weights") if inner else (tmp_path, tmp_path)
    mine = own_classifier(cards, weights)
    settings = Settings(models=str(tmp_path))
    made = tools.assemble(settings)
    assert made.classifier.stamp.digest == mine.sha256 != tools.assemble(Settings()).classifier.stamp.digest
    assert made.detector.stamp == tools.assemble(Settings()).detector.stamp
    listed = {card.name: card for card in tools.cards(settings=settings)}
    assert [card.name for card in tools.cards(settings=settings)] == [card.name for card in tools.cards()]
    assert (listed["cell-classifier"].origin, listed["cell-detector"].origin) == (str(cards), "")
    assert listed["cell-classifier"].in_use
    (weights / mine.weights).write_bytes(b"others")  # refused, never the shipped ones in silence
    assert "SHA-256" in {card.name: card for card in tools.cards(settings=settings)}["cell-classifier"].problem


def own_classifier(cards, weights):
    """A card as the training command writes it."""
    shipped = registry.card("cell-classifier")
    tensors = safetensors.torch.load(registry.weights(shipped))
    content = safetensors.torch.save(tensors, {"site": "own"})
    card = site_card.written(replace(shipped, version="site"), content, weights)
    if cards != weights:
        cards.mkdir()
        (weights / "cell-classifier.toml").rename(cards / "cell-classifier.toml")
    return card


@pytest.mark.parametrize(("made", "word"), [((), "no such folder"), (("work.toml",), "work in")])
def test_a_folder_without_a_model_for_the_app_is_refused_with_what_lies_there(tmp_path, made, word):
    folder = tmp_path / "models"
    for name in made:
        folder.mkdir()
        (folder / name).write_text("", encoding="utf-8")
    with pytest.raises(BadSettings, match=word):
        tools.assemble(Settings(models=str(folder)))


def installed_label_free(monkeypatch, **said):
    """A label-free network that answers nothing, behind a card with these words."""
    card = replace(registry.card("dpc-detector"), name="label-free", task="phenotyper", **said)
    network = SimpleNamespace(card=card, digest="f" * 64, labels=said.get("labels", ()), markers=card.markers)
    real = tools._network
    monkeypatch.setattr(tools, "label_free_installed", lambda _: True)
    monkeypatch.setattr(tools, "_network", lambda name, s: network if name == tools.PHENOTYPER else real(name, s))


def test_label_free_tools_say_what_their_markers_were_learned_from(monkeypatch):
    codes = vocabulary("dpc4").codes
    installed_label_free(
        monkeypatch, labels=codes, markers=("CD16",), marker_truth="simulated", marker_units="log10",
        parameters={"marker_cuts": {"CD16": 2.5}, "marker_middle": {"CD16": 2.0}, "marker_scale": {"CD16": 0.5}},
    )  # fmt: skip
    made = tools.assemble(Settings(), Modality.DPC)
    assert made.classifier is None
    assert [stamp.task for stamp in made.stamps] == ["detector", "phenotyper"]
    stamp = made.stamps[1]
    assert (stamp.markers, stamp.marker_truth, stamp.marker_units) == (("CD16",), "simulated", "log10")
    assert stamp.marker_cuts == {"CD16": 2.5}
    assert stamp.marker_ranges == {"CD16": (0.5, 3.5)}


def test_a_label_free_network_of_other_classes_is_refused(monkeypatch):
    installed_label_free(monkeypatch, labels=("blast",), vocabulary="dpc4")
    with pytest.raises(ModelMismatch, match="dpc4"):
        tools.assemble(Settings(), Modality.DPC)
