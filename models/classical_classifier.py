"""Names cells without a network: measured features and gradient-boosted trees fitted on procedural cells.

A baseline that trained networks must beat; not for reading.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load

from models.boosted_trees import Trees
from models.classical_features import measures
from models.naming import Named
from models.registry import Card, ModelRefused

SHOWN = (
    "area_um2",
    "diameter_um",
    "nucleus_fraction",
    "nucleus_solidity",
    "nucleus_circularity",
    "cell_circularity",
    "lobes",
    "offset",
    "nucleus_fine",
    "cytoplasm_blueness",
    "cytoplasm_eosin",
    "azure_granules",
)  # the measures a person may want to see beside a call


class ClassicalClassifier:
    """`name` is the whole interface; `card` says what it is and is not."""

    def __init__(self, card: Card, weights: bytes, device: str = "cpu") -> None:  # noqa: ARG002  trees run on the CPU
        self.card = card
        self.digest = card.sha256
        self.labels = card.labels
        self.features = tuple(card.preprocessing["features"])
        try:
            self._trees = Trees.from_arrays(load(weights))
        except ValueError as error:
            raise ModelRefused(f"trees for {card.name}", str(error), "Make the weights anew.") from error
        if len(self._trees.baseline) != len(self.labels) or self._trees.feature.max() >= len(self.features):
            raise ModelRefused(
                f"trees for {len(self.labels)} labels and {len(self.features)} features",
                f"{len(self._trees.baseline)} labels, features up to {int(self._trees.feature.max())}",
                "Make card and weights anew with the training command.",
            )

    def name(
        self, pixels: Sequence[NDArray[np.uint8]], masks: Sequence[NDArray[np.bool_]], um_per_px: Sequence[float | None]
    ) -> Named:
        """Probabilities (cells, labels) and, per cell, the measures worth showing; what is not known is left out."""
        if not len(pixels) == len(masks) == len(um_per_px):
            raise ValueError(
                f"expected as many crops as masks and scales, found {len(pixels)}, {len(masks)}, {len(um_per_px)}"
            )
        if not pixels:
            return Named(np.zeros((0, len(self.labels)), np.float32))
        found = [measures(p, m, u) for p, m, u in zip(pixels, masks, um_per_px, strict=True)]
        table = np.array([[f[k] for k in self.features] for f in found], np.float64)
        shown = [{k: f[k] for k in SHOWN if np.isfinite(f[k])} for f in found]
        return Named(self._trees.probabilities(table), shown)
