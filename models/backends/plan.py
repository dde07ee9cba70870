"""What an engine must know of a network: what it is, what it is given, and when two answers are the same."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

ANY = -1  # a side of `usual` that differs from picture to picture
MOST = 1e-3  # that a probability may differ from the reference's
Arrays = tuple[NDArray[Any], ...]


class Network(Protocol):
    """A network ready to run: arrays in, arrays out, the first axis of each counts the items."""

    @property
    def engine(self) -> str:
        """Its name and version."""

    def __call__(self, *arrays: NDArray[Any]) -> Arrays: ...


@dataclass(frozen=True, slots=True)
class Agreement:
    """Whether an engine says what the reference says, and by how much it differs."""

    holds: bool
    said: str


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    name: str  # the card's, and the part where a card has several: 'cell-detector.contours'
    digest: str  # of the weights
    module: Callable[[], Any]  # the torch module: tensors in, tensors out; costly, so made when it is needed
    usual: tuple[tuple[int, ...], ...]  # shape of each input for one chunk; other sides are possible, and slower
    samples: Callable[[], Arrays]  # drawn inputs, always the same
    agrees: Callable[[Arrays, Arrays], Agreement]  # the reference's answers to them, and an engine's
    answers: int  # how many arrays it gives

    @property
    def chunk(self) -> int:
        return self.usual[0][0]


def within(names: Sequence[str], reference: Arrays, found: Arrays, most: float = MOST) -> Agreement:
    """Agreement of plain numbers, by their largest difference; those far from nought in proportion to their size."""
    worst = {
        name: float((np.abs(one - other) / np.maximum(np.abs(one), 1)).max(initial=0.0))
        for name, one, other in zip(names, reference, found, strict=True)
    }
    said = ", ".join(f"{name} {value:.1e}" for name, value in worst.items())
    return Agreement(all(np.isfinite(value) and value <= most for value in worst.values()), said)


def probabilities(logits: NDArray[Any]) -> NDArray[np.float64]:
    """Softmax over the last axis, before any calibration."""
    lifted = np.exp(np.asarray(logits, np.float64) - logits.max(axis=-1, keepdims=True))
    return np.asarray(lifted / lifted.sum(axis=-1, keepdims=True))
