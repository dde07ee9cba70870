"""Names cells: EfficientNet-B0 on standardised crops, its probabilities calibrated, its doubts told.

    crops, masks, scales → `models.preprocess` → network → calibration → probabilities, possible classes, oddness

`name` is the whole interface of use; `features` is what the layer before the last says, for the studies of backgrounds
and foreign pictures.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any

import numpy as np
import safetensors.torch
import torch
from numpy.typing import NDArray

from models import calibration, runtime
from models.cell_network import CellNetwork
from models.naming import Named
from models.preprocess import Mask, Pixels, Preprocessing, standardised
from models.registry import Card, ModelRefused

BATCH = 64
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

    def __init__(self, card: Card, weights: bytes, device: str = "cpu", precision: str = "float32") -> None:
        self.card, self.digest, self.labels = card, card.sha256, card.labels
        self._device, self._precision = device, getattr(torch, precision)
        try:
            self.preprocessing = Preprocessing.from_card(card.preprocessing)
            self.measures = tuple(card.parameters["measures"])
            self.views = int(card.parameters.get("views", 1))  # quarter turns each crop is shown in, and averaged over
            state = safetensors.torch.load(weights)
            arrays = {k: v.numpy() for k, v in state.items() if k.startswith(calibration.PREFIX)}
            self.calibration = calibration.read(self.labels, card.calibration, arrays)
            self._network = _network(state, card, len(self.measures)).to(device)
        except (KeyError, ValueError, RuntimeError) as error:
            do = "Make card and weights anew with the training command."
            raise ModelRefused(f"a network and calibration that fit the card {card.name}", str(error), do) from error
        self._middle = np.array(card.parameters["measure_middle"], np.float32)
        self._scale = np.array(card.parameters["measure_scale"], np.float32)
        self._prior = np.array([card.parameters.get("prior", {}).get(c, 0.0) for c in self.labels], np.float32)

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
        pixels, hints = torch.from_numpy(ready.pixels), torch.from_numpy(ready.sizes)
        before = np.array([self.labels.index(label) for label in called])
        total = np.zeros((len(items), len(self.labels)), np.float32)
        found, left = np.zeros_like(total), np.arange(len(items))
        for k in range(self.views):
            some = pixels[left].to(self._device).contiguous(memory_format=torch.channels_last)
            total[left] += self._seen(some, hints[left].to(self._device), k).logits.float().cpu().numpy()
            found[left] = self.calibration.probabilities(total[left] / (k + 1) + self._prior)
            first, second = np.sort(found[left], axis=1)[:, :-3:-1].T
            left = left[(found[left].argmax(axis=1) != before[left]) | (first - second < SURE)]
            if not len(left):
                break
        return list(found)

    def _answers(self, items: Sequence[tuple[Pixels, Mask, float | None]]) -> list[tuple[Any, Any, Any]]:
        ready = standardised(*(list(column) for column in zip(*items, strict=True)), self.preprocessing)
        pixels = torch.from_numpy(ready.pixels).to(self._device).contiguous(memory_format=torch.channels_last)
        hints = torch.from_numpy(ready.sizes).to(self._device)
        turned = [self._seen(pixels, hints, k) for k in range(self.views)]
        columns = zip(*((a.logits, a.measures, a.features) for a in turned), strict=True)
        return list(zip(*(torch.stack(c).float().mean(0).cpu().numpy() for c in columns), strict=True))

    def _seen(self, pixels: torch.Tensor, hints: torch.Tensor, turns: int) -> Any:
        """What the network itself says of crops after so many quarter turns."""
        half = self._precision is not torch.float32
        with torch.inference_mode(), torch.autocast(self._device, self._precision) if half else nullcontext():
            return self._network(torch.rot90(pixels, turns, (2, 3)), hints)


def _network(state: dict[str, torch.Tensor], card: Card, measures: int) -> CellNetwork:
    made = CellNetwork(len(card.labels), measures, card.parameters["activation"])
    own = {k.removeprefix(NETWORK): v for k, v in state.items() if k.startswith(NETWORK)}
    made.load_state_dict({k: v.float() if v.is_floating_point() else v for k, v in own.items()})
    return made.eval().to(memory_format=torch.channels_last)
