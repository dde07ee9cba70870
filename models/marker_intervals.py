"""Intervals of marker values: split conformal prediction by donor, as wide as the network is unsure.

The score of a cell is how far off the value was, over the network's own spread. As in `models.conformal`, each of K
donors weighs 1/(K+1) and the rest lies beyond every score: nine donors at least are needed for 90 %. What is promised
holds for cells of new donors like these, at the place and stain and truth they came from, and nowhere else.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.conformal import patient_weights

ALPHA = 0.1
Floats = NDArray[np.floating[Any]]


@dataclass(frozen=True, slots=True)
class MarkerIntervals:
    """A width for each marker, in spreads; infinite where there were too few donors."""

    names: tuple[str, ...]
    widths: tuple[float, ...]
    alpha: float = ALPHA

    def around(self, values: Floats, spreads: Floats) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        reach = np.asarray(spreads, np.float64) * np.asarray(self.widths)
        return (values - reach).astype(np.float32), (values + reach).astype(np.float32)

    def card(self) -> dict[str, Any]:
        shown = {
            name: round(width, 4) for name, width in zip(self.names, self.widths, strict=True) if np.isfinite(width)
        }
        return {"alpha": self.alpha, "widths": shown}


def fit(
    values: Floats, spreads: Floats, truth: Floats, donors: NDArray[Any], names: Sequence[str], alpha: float = ALPHA
) -> MarkerIntervals:
    """Widths from donors in neither training nor test."""
    widths = []
    for k in range(len(names)):
        known = np.isfinite(truth[:, k])
        widths.append(_width(np.abs(values - truth)[known, k] / spreads[known, k], donors[known], alpha))
    return MarkerIntervals(tuple(names), tuple(widths), alpha)


def _width(scores: Floats, donors: NDArray[Any], alpha: float) -> float:
    count = len(np.unique(donors))
    if count == 0:
        return float("inf")
    order = np.argsort(scores, kind="stable")
    mass = np.cumsum(patient_weights(donors)[order]) * count / (count + 1)
    reached = np.searchsorted(mass, 1 - alpha - 1e-12)
    return float(scores[order][reached]) if reached < len(scores) else float("inf")


def cross_fitted(
    values: Floats, spreads: Floats, truth: Floats, donors: NDArray[Any], names: Sequence[str], alpha: float = ALPHA
) -> dict[str, dict[str, float]]:
    """Coverage and width of each marker, every donor by the widths of the others; donors weigh alike."""
    low, high = np.empty(values.shape), np.empty(values.shape)
    for donor in np.unique(donors):
        its = donors == donor
        made = fit(values[~its], spreads[~its], truth[~its], donors[~its], names, alpha)
        low[its], high[its] = made.around(values[its], spreads[its])
    found = {}
    for k, name in enumerate(names):
        known = np.isfinite(truth[:, k])
        if not known.any():
            continue
        weights = patient_weights(donors[known])
        covered = (low[known, k] <= truth[known, k]) & (truth[known, k] <= high[known, k])
        width = (high - low)[known, k]
        found[name] = {
            "coverage": round(float(np.average(covered, weights=weights)), 4),
            "width": round(float(np.average(width, weights=weights)), 4) if np.isfinite(width).all() else float("inf"),
        }
    return found


def read(names: Sequence[str], table: Mapping[str, Any]) -> MarkerIntervals:
    """From a card's [calibration.markers]; a marker without a width has no interval."""
    widths = table.get("widths", {})
    return MarkerIntervals(
        tuple(names), tuple(float(widths.get(name, np.inf)) for name in names), float(table.get("alpha", ALPHA))
    )
