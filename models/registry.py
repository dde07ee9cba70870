"""Models by name: the card, the weights it vouches for, and what is built from both.

A card (`models/cards/<name>.toml`) says what a model is for, what it cannot do, and which weights belong to
it. Weights whose SHA-256 differs from the card's are refused. A model without weights is identified by its
card's parameters and the version of its code.
"""

from __future__ import annotations

import hashlib
import importlib
import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from models.backends.choice import Engines

CARDS = Path(__file__).parent / "cards"
WEIGHTS = Path(__file__).parent / "weights"
BUILDERS = {
    "baseline-detector": ("models.classical_detector", "ClassicalDetector"),
    "baseline-classifier": ("models.classical_classifier", "ClassicalClassifier"),
    "cell-detector": ("models.cell_detector", "CellDetector"),
    "cell-classifier": ("models.cell_classifier", "CellClassifier"),
    "dpc-detector": ("models.dpc_detector", "DpcDetector"),
    "label-free": ("models.label_free", "LabelFree"),
}
CODES = {  # of the models without weights, the version of their code: to know a digest their code need not be loaded
    "baseline-detector": "classical-detector 1",
    "dpc-detector": "dpc-detector 2",
}
NETWORKS = {  # that engines can run, by the parts of each; the other models are no networks
    "cell-detector": ("cell-detector.cells", "cell-detector.contours"),
    "cell-classifier": ("cell-classifier",),
    "label-free": ("label-free",),
}
REQUIRED = ("name", "task", "version", "notice", "domain", "licence", "vocabulary", "cannot_do")


class ModelRefused(Exception):
    """A model that must not be used: unknown, incomplete card, or weights that are not the card's."""

    def __init__(self, expected: str, found: str, do: str) -> None:
        self.expected, self.found, self.do = expected, found, do
        super().__init__(f"Expected {expected}; found {found}. {do}")

    def __reduce__(self) -> tuple[type[ModelRefused], tuple[str, str, str]]:
        return type(self), (self.expected, self.found, self.do)


@dataclass(frozen=True, slots=True)
class Card:
    """What travels with a model. Figures are tables of numbers with the data they were measured on."""

    name: str
    task: str  # 'detector', 'classifier' or 'phenotyper'
    version: str
    notice: str  # printed wherever its results are
    domain: str  # what it was made from
    licence: str
    vocabulary: str
    cannot_do: tuple[str, ...]
    data: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    markers: tuple[str, ...] = ()  # of a phenotyper
    marker_truth: str = ""  # what its marker values were learned from: 'simulated', 'measured', or none
    marker_units: str = ""
    preprocessing: Mapping[str, Any] = field(default_factory=dict)
    parameters: Mapping[str, Any] = field(default_factory=dict)
    figures: Mapping[str, Any] = field(default_factory=dict)
    scales: Mapping[str, float] = field(default_factory=dict)  # assumed µm per pixel of each source that states none
    training: Mapping[str, Any] = field(default_factory=dict)  # command, seed, budget, patients, last run on a GPU
    calibration: Mapping[str, Any] = field(default_factory=dict)  # temperature, thresholds of sets and of oddness
    confusion: Mapping[str, Any] = field(default_factory=dict)  # 'cblc', 'blasts': called and probable, a patient each
    weights: str = ""  # file in the weights folder; empty for a model without
    sha256: str = ""

    def digest_of(self, code: str) -> str:
        """What identifies the model: its weights, or its parameters and code where it has none."""
        if self.sha256:
            return self.sha256
        text = json.dumps({"code": code, "parameters": dict(self.parameters)}, sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()


def names(cards: Path = CARDS) -> tuple[str, ...]:
    """Every model that has a card, in alphabetical order."""
    return tuple(sorted(path.stem for path in cards.glob("*.toml")))


def card(name: str, cards: Path = CARDS) -> Card:
    """The card of that name; refused when it is missing or incomplete."""
    if name not in names(cards):
        known = ", ".join(names(cards)) or "none"
        raise ModelRefused(f"a model with a card ({known})", repr(name), "Correct the model's name.")
    path = cards / f"{name}.toml"
    try:
        table = dict(_parsed(path.read_text(encoding="utf-8")))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ModelRefused(f"TOML in the card {path.name}", str(error), "Mend that line.") from error
    missing = [key for key in REQUIRED if key not in table]
    if missing or table.get("name") != name:
        found = f"without {', '.join(missing)}" if missing else f"named {table['name']!r}"
        raise ModelRefused(f"a complete card for {name}", found, f"Mend {path.name}.")
    unknown = sorted(set(table) - set(Card.__dataclass_fields__))
    if unknown:
        raise ModelRefused(f"known keys in {path.name}", ", ".join(unknown), "Correct or remove them.")
    for key in ("cannot_do", "data", "labels", "markers"):
        table[key] = tuple(table.get(key, ()))
    return Card(**table)


@lru_cache(maxsize=32)
def _parsed(text: str) -> Mapping[str, Any]:
    """A card's text: the same text is gone through once, since a page of health asks for all cards each time."""
    return tomllib.loads(text)


def weights(of: Card, folder: Path = WEIGHTS) -> bytes:
    """The weights' bytes, once their digest is the card's."""
    path = folder / of.weights
    if not of.weights or not path.is_file():
        raise ModelRefused(f"weights '{of.weights}' of {of.name}", "no such file", "Install the model again.")
    content = path.read_bytes()
    digest = hashlib.sha256(content).hexdigest()
    if digest != of.sha256:
        raise ModelRefused(
            f"weights of {of.name} with SHA-256 {of.sha256[:12]}…",
            f"{digest[:12]}…",
            "Install the model again, or make card and weights anew with the training command.",
        )
    return content


def digest(of: Card) -> str:
    """What identifies a model without weights."""
    if of.name not in CODES:
        raise ModelRefused("weights, or a model that has none", f"{of.name} without", "Install the model again.")
    return of.digest_of(CODES[of.name])


def load(
    name: str, cards: Path = CARDS, folder: Path = WEIGHTS, device: str = "cpu", engines: Engines | None = None
) -> Any:
    """The model of that name, ready to use on `device`; without `engines`, by the reference."""
    chosen = card(name, cards)
    if chosen.name not in BUILDERS:
        raise ModelRefused("a model this version can build", repr(name), "Update Hemaboard, or remove the card.")
    module, kind = BUILDERS[chosen.name]
    build = getattr(importlib.import_module(module), kind)  # here: the models themselves read cards
    if not chosen.weights:
        return build(chosen)
    how = {"engines": engines} if chosen.name in NETWORKS else {}
    return build(chosen, weights(chosen, folder), device, **how)
