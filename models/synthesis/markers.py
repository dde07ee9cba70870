"""Markers of simulated cells: drawn from what a cell is and how it looks, with noise that no picture tells.

    log10 marker = kind's level + donor's shift + Σ weight · trait + irreducible noise,   floored

The sum of the first three is `expected`; its correlation with the marker is the best that any reader of pictures could
reach (`ceiling`), since the traits themselves are more than a picture shows. Levels and weights are a plausible design,
not measurements: what is learned from them says nothing of a patient.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.synthesis.white_cells import KINDS, Traits

MARKERS = ("CD123/HLA-DR/CD14", "CD3/CD19/CD56", "CD45", "CD16")
UNITS = "log10 of arbitrary linear units, floored"
FLOOR = 1.5
Matrix = NDArray[np.float64]
LEVELS: Mapping[str, tuple[float, float, float, float]] = {
    "lymphocyte": (2.05, 3.15, 3.40, 1.90),
    "lymphocyte/large": (2.30, 2.95, 3.35, 2.60),  # natural killer cells among them
    "granulocyte": (1.95, 1.85, 2.85, 3.45),
    "granulocyte/eosinophil": (1.90, 1.85, 3.00, 2.20),
    "monocyte": (3.25, 2.05, 3.20, 2.15),
    "monocyte/nonclassical": (3.05, 2.10, 3.25, 2.95),
    "other/erythrocyte": (1.45, 1.45, 1.55, 1.50),
    "other/platelets": (1.60, 1.50, 1.65, 1.60),
    "other/ghost": (1.90, 1.90, 2.20, 1.95),
    "other/debris": (1.60, 1.60, 1.70, 1.65),
}
WEIGHTS: Mapping[str, Mapping[str, tuple[float, float, float, float]]] = {
    "lymphocyte": {
        "size": (0.05, -0.03, 0.05, 0.07),
        "granularity": (0.0, 0.04, 0.0, 0.09),
        "density": (0.0, 0.05, 0.05, 0.0),
    },
    "granulocyte": {
        "segmentation": (0.0, 0.0, -0.02, 0.13),
        "granularity": (0.02, 0.0, 0.06, 0.11),
        "size": (0.03, 0.0, 0.05, -0.05),
        "density": (0.0, 0.0, 0.03, 0.06),
    },
    "monocyte": {
        "size": (0.08, 0.0, 0.05, -0.10),
        "spread": (0.08, 0.0, 0.03, 0.05),
        "granularity": (0.05, 0.0, 0.03, 0.04),
    },
    "other": {"size": (0.05, 0.05, 0.1, 0.05)},
}
NOISE = (0.22, 0.22, 0.14, 0.20)
DONOR = (0.06, 0.06, 0.05, 0.08)  # spread of a donor's shift


@dataclass(frozen=True, slots=True, eq=False)
class Marked:
    values: Matrix  # (cells, markers) log10, floored
    expected: Matrix  # the same without noise and before the floor


def drawn(rng: np.random.Generator, cells: Sequence[Traits], shift: NDArray[np.float64]) -> Marked:
    """Markers of a donor's cells; `shift` is the donor's, one number a marker."""
    expected = np.array([_expected(traits) for traits in cells]).reshape(len(cells), len(MARKERS)) + shift
    values = np.maximum(expected + rng.normal(0, 1, expected.shape) * np.array(NOISE), FLOOR)
    return Marked(values, expected)


def _expected(traits: Traits) -> Matrix:
    weights = WEIGHTS[KINDS[traits.kind].label]
    return np.array(LEVELS[traits.kind]) + sum(getattr(traits, key) * np.array(w) for key, w in weights.items())


def ceiling(marked: Marked, labels: NDArray[np.str_]) -> dict[str, dict[str, float]]:
    """Best possible correlation of each marker, pooled and within every class of at least 30 cells."""
    found: dict[str, dict[str, float]] = {}
    groups = {"pooled": np.ones(len(labels), bool)} | {str(k): labels == k for k in np.unique(labels)}
    for j, marker in enumerate(MARKERS):
        found[marker] = {
            name: round(float(np.corrcoef(marked.expected[rows, j], marked.values[rows, j])[0, 1]), 4)
            for name, rows in groups.items()
            if rows.sum() >= 30
        }
    return found
