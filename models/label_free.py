"""Names unstained cells and estimates their markers: the hybrid network, calibrated, with its doubts.

    windows over background, up to four views → network → calibration → class, markers with intervals, gate

What the markers were learned from stands in the card (`marker_truth`); who may see them is decided in core.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import safetensors.torch
import torch
from numpy.typing import NDArray

from models import calibration, marker_intervals, runtime
from models.backends import drawn
from models.backends.choice import Engines
from models.backends.plan import Agreement, Arrays, Plan, probabilities, within
from models.label_free_network import Hybrid, Shape, sized
from models.naming import Phenotyped
from models.registry import Card, ModelRefused

BATCH = 128
CHUNK = 16  # cells that a compiled engine is given at once
NETWORK = "network."
PATHS = 8  # steps from an empty picture to the cell, for saliency
Views = NDArray[np.float32]


class LabelFree:
    """Built from a card and its weights; the card says what it is and is not."""

    def __init__(
        self, card: Card, weights: bytes, device: str = "cpu", engines: Engines | None = None
    ) -> None:  # fmt: skip
        self.card, self.digest, self.labels, self.markers = card, card.sha256, card.labels, card.markers
        self._device = device
        try:
            self.side = int(card.preprocessing["side"])
            self.spread = float(card.preprocessing["spread"])
            state = safetensors.torch.load(weights)
            arrays = {k: v.numpy() for k, v in state.items() if k.startswith(calibration.PREFIX)}
            self.calibration = calibration.read(self.labels, card.calibration, arrays)
            self.intervals = marker_intervals.read(self.markers, card.calibration.get("markers", {}))
            self._middle = _column(card.parameters["marker_middle"], self.markers)
            self._scale = _column(card.parameters["marker_scale"], self.markers)
            self._network = _network(state, card).to(device)  # for saliency too, which needs its gradients
            self._run = (engines or Engines()).network(_plan(self._network, card, self.side), device)
        except (KeyError, ValueError, RuntimeError) as error:
            do = "Make card and weights anew with the training command."
            raise ModelRefused(f"a network and calibration that fit the card {card.name}", str(error), do) from error

    @property
    def engine(self) -> str:
        """What runs the network; asking settles it."""
        return self._run.engine

    def look(self, views: Sequence[Views]) -> Phenotyped:
        """Windows (4, S, S) as `models.imaging.dpc.window` cuts them; an absent view is NaN. Any S."""
        if not len(views):
            none = np.zeros((0, len(self.markers)), np.float32)
            shape = np.zeros((0, len(self.labels)), np.float32)
            return Phenotyped(shape, np.zeros((0, 4), bool), np.zeros((0, 2), np.float32), none, none, none)
        logits, markers, spread, gate, features = self.said(views)
        probabilities, possible, odd = self.calibration.named(logits, features)
        values, spreads = markers * self._scale + self._middle, np.exp(spread) * self._scale
        low, high = self.intervals.around(values, spreads)
        return Phenotyped(probabilities, _present(views), gate, values, low, high, possible, odd)

    def said(self, views: Sequence[Views]) -> tuple[NDArray[np.float32], ...]:
        """The network's own answers before calibration: logits, standardised markers and spreads, gate, features."""
        answers = runtime.in_batches(self._answers, list(views), BATCH, lambda _: None)
        return tuple(np.array([answer[k] for answer in answers], np.float32) for k in range(5))

    def saliency(self, views: Sequence[Views], target: str) -> NDArray[np.float32]:
        """(cells, side, side): how much each place, over all views, speaks for a class or moves a marker.

        Integrated gradients from the empty picture; the sum of a map is about the answer's difference from it.
        """
        at = [*self.labels, *self.markers].index(target)
        found = []
        for start in range(0, len(views), BATCH):
            pixels, there = (t.to(self._device) for t in self._ready(views[start : start + BATCH]))
            total = torch.zeros_like(pixels)
            for step in range(PATHS):
                part = (pixels * ((step + 0.5) / PATHS)).requires_grad_(True)
                answer = self._network(part, there)
                score = torch.cat([answer.logits, answer.markers], 1)[:, at].sum()
                total += torch.autograd.grad(score, part)[0]
            found.append((total / PATHS * pixels).sum(1).cpu().numpy())
        return np.concatenate(found) if found else np.zeros((0, self.side, self.side), np.float32)

    def _answers(self, views: Sequence[Views]) -> list[tuple[Any, ...]]:
        pixels, there = self._ready(views)
        return list(zip(*self._run(pixels.numpy(), there.numpy()), strict=True))

    def _ready(self, views: Sequence[Views]) -> tuple[torch.Tensor, torch.Tensor]:
        """Windows about nought, in spreads, on the card's pixels, and which views are there."""
        there = _present(views)
        cells = []
        for view, known in zip(views, there, strict=True):
            about = (np.asarray(view, np.float32) - 1) / np.float32(self.spread)
            cells.append(sized(torch.from_numpy(np.where(known[:, None, None], about, 0))[None], self.side))
        return torch.cat(cells), torch.from_numpy(there.astype(np.float32))


def _present(views: Sequence[Views]) -> NDArray[np.bool_]:
    """Which views of each cell are there; a cell without any cannot be looked at."""
    there = np.array([[bool(np.isfinite(view).all()) for view in cell] for cell in views])
    if there.ndim != 2 or there.shape[1] != 4 or not there.any(axis=1).all():
        raise ValueError(
            f"Expected windows (4, S, S) with at least one view each; found {[np.shape(cell) for cell in views][:3]}. "
            "Put the views in the order left, right, top, bottom, an absent one as NaN."
        )
    return there


def _column(table: dict[str, float], names: Sequence[str]) -> NDArray[np.float32]:
    return np.array([table[name] for name in names], np.float32)


def _plan(network: Hybrid, card: Card, side: int) -> Plan:
    return Plan(
        name=card.name,
        digest=card.sha256,
        module=lambda: network,
        usual=((CHUNK, 4, side, side), (CHUNK, 4)),
        samples=lambda: _samples(side),
        agrees=_agrees,
        answers=5,
    )


def _samples(side: int) -> Arrays:
    """Drawn cells, some of them without some of their views."""
    pixels = drawn.windows(side)
    there = np.ones((len(pixels), 4), np.float32)
    there[1::4, 2:], there[2::4, 0], there[3::4, 1:] = 0, 0, 0
    return pixels * there[:, :, None, None], there


def _agrees(reference: Arrays, found: Arrays) -> Agreement:
    one, other = ((probabilities(logits), *rest) for logits, *rest in (reference, found))
    return within(("probabilities", "markers", "spreads", "gate", "features"), one, other)


def _network(state: dict[str, torch.Tensor], card: Card) -> Hybrid:
    shape = Shape(**card.parameters["shape"])
    made = Hybrid(len(card.labels), len(card.markers), 4, shape, fusion=card.parameters["fusion"])
    own = {k.removeprefix(NETWORK): v for k, v in state.items() if k.startswith(NETWORK)}
    made.load_state_dict({k: v.float() if v.is_floating_point() else v for k, v in own.items()})
    return made.eval()
