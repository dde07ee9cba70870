"""What is asked about cells: the shipped networks, and ImageNet's features as they are.

A reader answers crops with features and, where it names cells, with probabilities.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray

from models import preprocess, registry
from models.preprocess import Preprocessing
from models.temperature import softmax
from models.training import start
from models.training.classifier_run import started
from models.training.recipe import LABELS, Recipe

BATCH = 64


@dataclass(frozen=True, slots=True, eq=False)
class Answers:
    """What a reader said of crops, row by row."""

    features: NDArray[np.float32]
    probabilities: NDArray[np.float32]  # (crops, labels); no columns where the reader names nothing


class Reader(Protocol):
    """Anything that can be asked about crops."""

    name: str
    digest: str
    labels: tuple[str, ...]

    def read(
        self, pictures: Sequence[NDArray[Any]], masks: Sequence[NDArray[np.bool_]], um: Sequence[float | None]
    ) -> Answers: ...


class Stained:
    """The shipped classifier, calibrated: as the app asks it, or shown each crop once instead of in quarter turns."""

    def __init__(self, model: Any = None, *, once: bool = False) -> None:
        self._model = model or registry.load("cell-classifier")
        if once:
            self._model.views = 1
        self.name = "shipped classifier, one view" if once else "shipped classifier"
        self.digest = hashlib.sha256(f"{self._model.digest} {self._model.views}".encode()).hexdigest()
        self.labels = tuple(self._model.labels)

    def read(
        self, pictures: Sequence[NDArray[Any]], masks: Sequence[NDArray[np.bool_]], um: Sequence[float | None]
    ) -> Answers:
        said = self._model.said(pictures, masks, um)
        return Answers(said.features, self._model.calibration.named(said.logits, said.features)[0])


class Unstained:
    """The shipped label-free network, calibrated. It is shown no mask."""

    def __init__(self, model: Any = None) -> None:
        self._model = model or registry.load("label-free")
        self.name, self.digest, self.labels = "label-free network", self._model.digest, tuple(self._model.labels)

    def read(
        self,
        pictures: Sequence[NDArray[Any]],
        masks: Sequence[NDArray[np.bool_]],  # noqa: ARG002
        um: Sequence[float | None],  # noqa: ARG002
    ) -> Answers:
        logits, _, _, _, features = self._model.said(pictures)
        return Answers(features, self._model.calibration.named(logits, features)[0])


class ImageNet:
    """EfficientNet-Lite0 as trained on ImageNet, frozen: what general features see.

    B0's own weights cannot be had without a download; Lite0 is B0 without squeeze-and-excitation, and what the shipped
    classifier started from.
    """

    def __init__(self, side: int = 96) -> None:
        self._network = start.lite0()
        self._how = Preprocessing(side=side)
        self.name, self.labels = "frozen ImageNet features (EfficientNet-Lite0)", ()
        self.digest = hashlib.sha256(f"lite0 0.1.0 {side}".encode()).hexdigest()

    def read(
        self, pictures: Sequence[NDArray[Any]], masks: Sequence[NDArray[np.bool_]], um: Sequence[float | None]
    ) -> Answers:
        found = []
        for at in range(0, len(pictures), BATCH):
            part = slice(at, at + BATCH)
            ready = preprocess.standardised(pictures[part], masks[part], um[part], self._how)
            with torch.inference_mode():
                maps = self._network.forward_features(torch.from_numpy(ready.pixels))  # type: ignore[operator]
                found.append(maps.mean((2, 3)).numpy())
        features = np.concatenate(found)
        return Answers(features, np.zeros((len(features), 0), np.float32))


class Variant:
    """A network of the ablation, kept with `python -m models.training.ablation --keep`; uncalibrated, one view."""

    def __init__(self, file: Path) -> None:
        content = torch.load(file, weights_only=True)
        recipe = Recipe(**content["recipe"])
        self._network = started(replace(recipe, start="random"), 0)
        self._network.load_state_dict(content["state"])
        self._network.eval()
        self._how = Preprocessing(
            side=recipe.side, balance=recipe.balance, reinhard=recipe.reinhard, size_hint=recipe.size_hint
        )
        self.part, self.seed = str(content["part"]), int(content["seed"])
        self.name, self.labels = f"ablation, {self.part}, seed {self.seed}", LABELS
        self.digest = hashlib.sha256(file.read_bytes()).hexdigest()

    def read(
        self, pictures: Sequence[NDArray[Any]], masks: Sequence[NDArray[np.bool_]], um: Sequence[float | None]
    ) -> Answers:
        features, probabilities = [], []
        for at in range(0, len(pictures), BATCH):
            part = slice(at, at + BATCH)
            ready = preprocess.standardised(pictures[part], masks[part], um[part], self._how)
            with torch.inference_mode():
                answer = self._network(torch.from_numpy(ready.pixels), torch.from_numpy(ready.sizes))
            features.append(answer.features.numpy())
            probabilities.append(softmax(answer.logits.numpy()))
        return Answers(np.concatenate(features), np.concatenate(probabilities).astype(np.float32))
