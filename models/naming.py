"""What a classifier answers for a batch of crops, in the order of the crops."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class Named:
    """Columns of `probabilities` are the card's labels; the rest is per crop, and empty where a model has none."""

    probabilities: NDArray[np.float32]  # (crops, labels), rows sum to 1
    measures: Sequence[dict[str, float]] = field(default_factory=tuple)
    possible: Sequence[tuple[str, ...]] = field(default_factory=tuple)  # conformal sets, the likeliest first
    oddness: NDArray[np.float32] | None = None  # share of calibration cells that were less odd


@dataclass(frozen=True, slots=True, eq=False)
class Phenotyped:
    """What a label-free network answers, row by row; the columns of the markers are the card's."""

    probabilities: NDArray[np.float32]  # (cells, labels), rows sum to 1
    views: NDArray[np.bool_]  # (cells, 4): which views were there and used
    gate: NDArray[np.float32]  # (cells, 2): share of the convolutional branch in the class, in the markers
    markers: NDArray[np.float32]  # (cells, markers) in the card's units; (cells, 0) where there are none
    low: NDArray[np.float32]  # the same shape; −inf where no interval could be made
    high: NDArray[np.float32]
    possible: Sequence[tuple[str, ...]] = field(default_factory=tuple)
    oddness: NDArray[np.float32] | None = None
