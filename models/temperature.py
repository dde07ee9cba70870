"""One temperature for a network's logits, and how far its probabilities are from what comes true.

A single number cannot change which class is likeliest, so that calibrating never changes a call.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
BOUNDS = (0.05, 20.0)  # a temperature at a bound means that the logits are at fault, not their scale
BINS = 15


def softmax(logits: NDArray[np.floating], temperature: float = 1.0) -> Floats:
    scaled = np.asarray(logits, np.float64) / temperature
    raised = np.exp(scaled - scaled.max(axis=1, keepdims=True))
    return raised / raised.sum(axis=1, keepdims=True)


def log_loss(logits: NDArray[np.floating], labels: NDArray[np.integer], weights: Floats, temperature: float) -> float:
    """Weighted mean of −log p(label)."""
    scaled = np.asarray(logits, np.float64) / temperature
    scaled = scaled - scaled.max(axis=1, keepdims=True)
    losses = np.log(np.exp(scaled).sum(axis=1)) - scaled[np.arange(len(labels)), labels]
    return float(np.average(losses, weights=weights))


def temperature(logits: NDArray[np.floating], labels: NDArray[np.integer], weights: Floats) -> float:
    """The temperature of the least log loss, by golden section on its logarithm.

    The loss is convex in 1/temperature, so it has one valley on any monotone scale of it.
    """
    low, high = (float(np.log(bound)) for bound in BOUNDS)
    ratio = (5**0.5 - 1) / 2
    left, right = high - ratio * (high - low), low + ratio * (high - low)
    at_left, at_right = (log_loss(logits, labels, weights, float(np.exp(at))) for at in (left, right))
    for _ in range(40):
        if at_left <= at_right:
            high, right, at_right = right, left, at_left
            left = high - ratio * (high - low)
            at_left = log_loss(logits, labels, weights, float(np.exp(left)))
        else:
            low, left, at_left = left, right, at_right
            right = low + ratio * (high - low)
            at_right = log_loss(logits, labels, weights, float(np.exp(right)))
    return float(np.exp((low + high) / 2))


def reliability(probabilities: NDArray[np.floating], labels: NDArray[np.integer]) -> list[tuple[float, float, int]]:
    """Points of the reliability curve: mean top probability, share that was right, cells.

    Bins of equal mass (15): with bins of equal width nearly every cell of a sure network lies in the last one, and the
    few in the others make noise of the curve.
    """
    confidence = probabilities.max(axis=1)
    right = probabilities.argmax(axis=1) == labels
    places = bins(confidence)
    parts = [np.flatnonzero(places == place) for place in np.unique(places)]
    return [(float(confidence[part].mean()), float(right[part].mean()), len(part)) for part in parts]


def bins(confidence: NDArray[np.floating]) -> NDArray[np.int64]:
    """The bin of each cell. Cells that are equally sure share one, so that the order of the rows changes nothing."""
    by_rank = np.repeat(np.arange(BINS), [len(part) for part in np.array_split(np.arange(len(confidence)), BINS)])
    _, place, counts = np.unique(confidence, return_inverse=True, return_counts=True)
    return np.asarray(by_rank[(np.cumsum(counts) - counts)[place]], np.int64)


def calibration_error(probabilities: NDArray[np.floating], labels: NDArray[np.integer]) -> float:
    """Expected calibration error of the top class, 15 bins of equal mass, every cell alike."""
    points = reliability(probabilities, labels)
    return sum(abs(said - true) * cells for said, true, cells in points) / len(labels)
