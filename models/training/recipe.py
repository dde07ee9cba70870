"""The classifier's whole training recipe: every part a switch, every number in one place.

`FULL` is the recipe with all parts on; `PARTS` says how each is switched off (or over), which is what
`models.training.ablation` measures; `SHIPPED` is what the shipped weights were trained with.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

LABELS = (
    "blast",
    "promyelocyte",
    "promonocyte",
    "myelocyte",
    "metamyelocyte",
    "band",
    "segmented",
    "eosinophil",
    "basophil",
    "monocyte",
    "lymphocyte",
    "variant_lymphocyte",
    "plasma_cell",
    "erythroblast",
    "smudge",
    "other",
)
MEASURES = (
    "cell_fullness",
    "cell_circularity",
    "cell_eccentricity",
    "nucleus_fraction",
    "nucleus_solidity",
    "nucleus_circularity",
    "lobes",
    "nucleus_fine",
    "nucleus_coarse",
    "cytoplasm_fine",
    "cytoplasm_blueness",
    "azure_granules",
)  # of models.classical_features: what the second head is taught


@dataclass(frozen=True, slots=True)
class Recipe:
    """One training, but for its data and its seed."""

    start: str = "lite0"  # or 'random'
    activation: str = "relu6"  # lite0's own; 'silu' is B0's
    procedural_steps: int = 120  # of pretraining on drawn cells; 0: none
    imbalance: float = 0.5  # cells are drawn as often as (cells of the class) to the minus this; 0: as they come
    consistency: float = 0.5  # weight of centre–border regularisation: two borders, one answer
    border_only: float = 0.1  # weight of: a border without its cell says nothing
    morphology: float = 0.2  # weight of the second head
    stain: float = 1.0  # strength of stain and colour changes
    optics: float = 1.0  # share of blur, scale, noise and JPEG
    balance: bool = True  # stain normalisation: glass to a neutral 240
    reinhard: bool = False  # stain normalisation: the cell's colours to a standard
    swap: float = 0.3  # share of crops that get another background
    size_hint: bool = True
    procedural: float = 0.08  # share of drawn cells in training
    two_stage: bool = True  # then the same on crops cut by the trained detector
    smoothing: float = 0.05
    side: int = 64
    steps: int = 240
    batch: int = 32
    rate: float = 1.2e-3
    decay: float = 0.02
    average: float = 0.99  # exponential moving average of the weights, per step
    frozen: int = 2  # stages from the front that do not learn

    def digest(self) -> str:
        text = json.dumps(asdict(self), sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:12]


FULL = Recipe()
PARTS: Mapping[str, Mapping[str, Any]] = {
    "start: random, drawn cells": {"start": "random", "frozen": 0},
    "start: SiLU instead of ReLU6": {"activation": "silu"},
    "no pretraining on drawn cells": {"procedural_steps": 0},
    "no correction of class imbalance": {"imbalance": 0.0},
    "no centre–border regularisation": {"consistency": 0.0, "border_only": 0.0},
    "no morphology head": {"morphology": 0.0},
    "no stain and optics augmentation": {"stain": 0.0, "optics": 0.0},
    "no stain normalisation": {"balance": False},
    "Reinhard normalisation of the cell": {"reinhard": True},
    "no background swap": {"swap": 0.0},
    "no background swap, no centre–border regularisation": {"consistency": 0.0, "border_only": 0.0, "swap": 0.0},
    "no size hint": {"size_hint": False},
    "no drawn cells mixed in": {"procedural": 0.0},
    "no frozen stages": {"frozen": 0},
}


SHIPPED = replace(FULL, side=96, steps=600, consistency=0.0)
"""Without the second view of each crop: at equal cost the short schedule did better without it, and background swap and
the empty border, which cost next to nothing, stay."""


def variant(name: str) -> Recipe:
    """The full recipe with one part switched."""
    return FULL if name == "full" else replace(FULL, **PARTS[name])
