"""Names cells: EfficientNet-B0 on standardised crops, its probabilities calibrated, its doubts told.

    crops, masks, scales → `models.preprocess` → network → calibration → probabilities, possible classes, oddness

`name` is the whole interface of use; `features` is what the layer before the last says, for the studies of backgrounds
and foreign pictures.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import safetensors.torch
import torch
from numpy.typing import NDArray

from models import calibration, runtime
from models.backends import drawn
from models.backends.choice import Engines
from models.backends.plan import Agreement, Arrays, Plan, probabilities, within
from models.naming import Named
from models.preprocess import Mask, Pixels, Preprocessing, standardised
from models.registry import Card, ModelRefused

BATCH = 64
CHUNK = 8  # crops that a compiled engine is given at once
SURE = 0.6  # how far the likeliest class must lead for a crop not to be looked at from its other sides, see `again`
NETWORK = "network."


@dataclass(frozen=True, slots=True, eq=False)
class Said:
    """What the network said of crops, before calibration."""

    logits: NDArray[np.float32]  # (crops, labels)
    measures: NDArray[np.float32]  # (crops, measures), in their own units
    features: NDArray[np.float32]  # (crops, features)


class CellClassifier:
    """Built from a card and its weights; the card says what it is and is not."""

    def __init__(
        self, card: Card, weights: bytes, device: str = "cpu", precision: str = "", engines: Engines | None = None
    ) -> None:
        self.card, self.digest, self.labels = card, card.sha256, card.labels
        try:
            self.preprocessing = Preprocessing.from_card(card.preprocessing)
            self.measures = tuple(card.parameters["measures"])
            self.views = int(card.parameters.get("views", 1))  # quarter turns each crop is shown in, and averaged over
            state = safetensors.torch.load(weights)
            arrays = {k: v.numpy() for k, v in state.items() if k.startswith(calibration.PREFIX)}
            self.calibration = calibration.read(self.labels, card.calibration, arrays)
            half = getattr(torch, precision) if precision else None
            self._run = (engines or Engines()).network(_plan(state, card, self.preprocessing.side), device, half)
        except (KeyError, ValueError, RuntimeError) as error:
            do = "Make card and weights anew with the training command."
            raise ModelRefused(f"a network and calibration that fit the card {card.name}", str(error), do) from error
        self._middle = np.array(card.parameters["measure_middle"], np.float32)
        self._scale = np.array(card.parameters["measure_scale"], np.float32)
        self._prior = np.array([card.parameters.get("prior", {}).get(c, 0.0) for c in self.labels], np.float32)

    @property
    def engine(self) -> str:
        """What runs the network; asking settles it."""
        return self._run.engine

    def name(self, pixels: Sequence[Pixels], masks: Sequence[Mask], um_per_px: Sequence[float | None]) -> Named:
        """Calibrated probabilities (crops, labels), what was measured, what else is possible, how odd each is."""
        if not len(pixels):
            return Named(np.zeros((0, len(self.labels)), np.float32))
        said = self.said(pixels, masks, um_per_px)
        probabilities, possible, odd = self.calibration.named(said.logits, said.features)
        shown = [dict(zip(self.measures, row.tolist(), strict=True)) for row in said.measures]
        return Named(probabilities, shown, possible, odd)

    def features(
        self, pixels: Sequence[Pixels], masks: Sequence[Mask], um_per_px: Sequence[float | None]
    ) -> NDArray[np.float32]:
        """The pooled features (crops, 1280) of the layer before the heads."""
        return self.said(pixels, masks, um_per_px).features

    def said(self, pixels: Sequence[Pixels], masks: Sequence[Mask], um_per_px: Sequence[float | None]) -> Said:
        """The network's own answers; logits hold the card's prior, so that rare classes are not called too often."""
        items = list(zip(pixels, masks, um_per_px, strict=True))
        answers = runtime.in_batches(self._answers, items, BATCH, lambda _: None)
        logits, measures, features = (np.array([a[k] for a in answers], np.float32) for k in range(3))
        return Said(logits + self._prior, measures * self._scale + self._middle, features)

    def again(
        self, pixels: Sequence[Pixels], masks: Sequence[Mask], um_per_px: Sequence[float | None], called: Sequence[str]
    ) -> NDArray[np.float32]:
        """Calibrated probabilities (crops, labels) of crops that were `called` something when they looked otherwise.

        The question is whether the call changes, and mostly it does not: a crop that is called as before, by a lead of
        `SURE`, is not turned any further. Of 440 composites that 41 were called otherwise of, this missed none and
        spared more than half of the work. A call that changes is always that of all views.
        """
        if not len(pixels):
            return np.zeros((0, len(self.labels)), np.float32)
        items = list(zip(pixels, masks, um_per_px, called, strict=True))
        return np.array(runtime.in_batches(self._turned_until_sure, items, BATCH, lambda _: None), np.float32)

    def _turned_until_sure(
        self, items: Sequence[tuple[Pixels, Mask, float | None, str]]
    ) -> list[NDArray[np.float32]]:  # fmt: skip
        crops, masks, scales, called = (list(column) for column in zip(*items, strict=True))
        ready = standardised(crops, masks, scales, self.preprocessing)
        pixels, hints = ready.pixels, ready.sizes
        before = np.array([self.labels.index(label) for label in called])
        total = np.zeros((len(items), len(self.labels)), np.float32)
        found, left = np.zeros_like(total), np.arange(len(items))
        for k in range(self.views):
            total[left] += self._seen(pixels[left], hints[left], k)[0]
            found[left] = self.calibration.probabilities(total[left] / (k + 1) + self._prior)
            first, second = np.sort(found[left], axis=1)[:, :-3:-1].T
            left = left[(found[left].argmax(axis=1) != before[left]) | (first - second < SURE)]
            if not len(left):
                break
        return list(found)

    def _answers(self, items: Sequence[tuple[Pixels, Mask, float | None]]) -> list[tuple[Any, ...]]:
        ready = standardised(*(list(column) for column in zip(*items, strict=True)), self.preprocessing)
        turned = [self._seen(ready.pixels, ready.sizes, k) for k in range(self.views)]
        columns = (np.mean(answers, axis=0, dtype=np.float32) for answers in zip(*turned, strict=True))
        return list(zip(*columns, strict=True))

    def _seen(self, pixels: NDArray[np.float32], hints: NDArray[np.float32], turns: int) -> Arrays:
        """Logits, measures and features that the network itself says of crops after so many quarter turns."""
        return self._run(np.rot90(pixels, turns, (2, 3)), hints)


def _plan(state: dict[str, torch.Tensor], card: Card, side: int) -> Plan:
    return Plan(
        name=card.name,
        digest=card.sha256,
        module=lambda: _network(state, card),
        usual=((CHUNK, 3, side, side), (CHUNK, 2)),
        samples=lambda: _samples(card),
        agrees=_agrees,
        answers=3,
    )


def _samples(card: Card) -> Arrays:
    """One drawn cell of each class, half of them of known scale."""
    pixels, masks = drawn.cells()
    scales = [None if k % 2 else 0.2 for k in range(len(pixels))]
    ready = standardised(pixels, masks, scales, Preprocessing.from_card(card.preprocessing))
    return ready.pixels, ready.sizes


def _agrees(reference: Arrays, found: Arrays) -> Agreement:
    one, other = ((probabilities(logits), *rest) for logits, *rest in (reference, found))
    return within(("probabilities", "measures", "features"), one, other)


def _network(state: dict[str, torch.Tensor], card: Card) -> torch.nn.Module:
    """Pixels and hints in; logits, measures and features out."""
    from models.backends.reference import folded
    from models.cell_network import CellNetwork  # here: an engine that has its export needs no network of torch's

    class Told(CellNetwork):
        def forward(self, pixels: torch.Tensor, hint: torch.Tensor) -> Any:
            answer = super().forward(pixels, hint)
            return answer.logits, answer.measures, answer.features

    made = Told(len(card.labels), len(card.parameters["measures"]), card.parameters["activation"])
    own = {k.removeprefix(NETWORK): v for k, v in state.items() if k.startswith(NETWORK)}
    made.load_state_dict({k: v.float() if v.is_floating_point() else v for k, v in own.items()})
    return folded(made.eval())
