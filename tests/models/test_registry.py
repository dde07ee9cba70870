"""The registry: cards are complete, weights are the card's, everything else is refused."""

from __future__ import annotations

import hashlib
import pickle
import shutil
from pathlib import Path

import pytest

from models import registry
from models.classical_classifier import ClassicalClassifier
from models.classical_detector import ClassicalDetector
from models.registry import ModelRefused


@pytest.fixture
def copies(tmp_path: Path) -> tuple[Path, Path]:
    """Cards and weights that a test may spoil."""
    shutil.copytree(registry.CARDS, tmp_path / "cards")
    shutil.copytree(registry.WEIGHTS, tmp_path / "weights")
    return tmp_path / "cards", tmp_path / "weights"


def test_shipped_models_load_with_their_cards() -> None:
    assert {"baseline-detector", "baseline-classifier"} <= set(registry.names())
    detector, classifier = registry.load("baseline-detector"), registry.load("baseline-classifier")
    assert isinstance(detector, ClassicalDetector)
    assert isinstance(classifier, ClassicalClassifier)
    for model in (detector, classifier):
        assert model.card.notice == "baseline, not for reading"
        assert model.card.vocabulary == "shipped16"
        assert model.card.cannot_do
        assert model.card.figures
        assert len(model.digest) == 64
    assert len(set(classifier.labels)) == 16


def test_classifier_digest_is_that_of_its_file() -> None:
    card = registry.card("baseline-classifier")
    content = (registry.WEIGHTS / card.weights).read_bytes()
    assert hashlib.sha256(content).hexdigest() == card.sha256 == registry.load("baseline-classifier").digest
    assert len(content) < 3_000_000


def test_altered_weights_are_refused(copies: tuple[Path, Path]) -> None:
    cards, weights = copies
    path = weights / registry.card("baseline-classifier").weights
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    with pytest.raises(ModelRefused, match="SHA-256"):
        registry.load("baseline-classifier", cards, weights)


def test_missing_weights_are_refused(copies: tuple[Path, Path]) -> None:
    cards, weights = copies
    (weights / registry.card("baseline-classifier").weights).unlink()
    with pytest.raises(ModelRefused, match="no such file"):
        registry.load("baseline-classifier", cards, weights)


@pytest.mark.parametrize("name", ["", "nobody", "../registry", "baseline-detector.toml"])
def test_unknown_names_are_refused(name: str) -> None:
    with pytest.raises(ModelRefused, match="baseline-detector"):
        registry.load(name)


def test_a_card_nobody_can_build_is_refused(copies: tuple[Path, Path]) -> None:
    cards, weights = copies
    text = (cards / "baseline-detector.toml").read_text(encoding="utf-8")
    (cards / "other.toml").write_text(text.replace('"baseline-detector"', '"other"', 1), encoding="utf-8")
    with pytest.raises(ModelRefused, match="this version can build"):
        registry.load("other", cards, weights)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('notice = "baseline, not for reading"', "", "without notice"),
        ('name = "baseline-detector"', 'name = "somebody"', "somebody"),
        ('name = "baseline-detector"', 'name = "baseline-detector"\nsurprise = 1', "surprise"),
        ('name = "baseline-detector"', "name =", "TOML"),
    ],
)
def test_spoilt_cards_are_refused(copies: tuple[Path, Path], old: str, new: str, message: str) -> None:
    cards, _ = copies
    path = cards / "baseline-detector.toml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ModelRefused, match=message):
        registry.card("baseline-detector", cards)


def test_a_model_without_weights_is_known_by_parameters_and_code() -> None:
    card = registry.card("baseline-detector")
    assert card.digest_of("code 1") == card.digest_of("code 1")
    assert card.digest_of("code 1") != card.digest_of("code 2")
    changed = registry.Card(**{**{k: getattr(card, k) for k in card.__slots__}, "parameters": {"neck": 0.1}})
    assert changed.digest_of("code 1") != card.digest_of("code 1")


def test_a_digest_without_weights_is_known_without_the_models_code() -> None:
    without = [name for name in registry.names() if not registry.card(name).weights]
    assert set(without) == set(registry.CODES)
    for name in without:
        assert registry.digest(registry.card(name)) == registry.load(name).digest
    with pytest.raises(ModelRefused, match="cell-classifier without"):
        registry.digest(registry.card("cell-classifier"))


def test_refusals_keep_their_parts_across_processes() -> None:
    again = pickle.loads(pickle.dumps(ModelRefused("a", "b", "c")))  # noqa: S301 -- our own bytes
    assert (again.expected, again.found, again.do) == ("a", "b", "c")
