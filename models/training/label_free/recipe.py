"""One training of a label-free network: every number in one place, and the variants that are measured beside it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

FINE = "fine "  # before a network's name: it keeps what is finer than its trunk's squares
SPREAD = 0.12  # what brightness over background, less 1, is divided by: the spread over a cell and what is around it


@dataclass(frozen=True, slots=True)
class Recipe:
    """All but the data and the seed."""

    network: str = "hybrid"  # or 'cnn', 'resnet', 'vit'; after `FINE` with squares of pixels as channels
    fusion: str = "adaptive"  # or 'scalars', the paper's
    tasks: str = "both"  # or 'classes', 'markers'
    paper_widths: bool = False
    side: int = 28
    steps: int = 1000
    batch: int = 64
    rate: float = 2.5e-3
    decay: float = 0.02
    average: float = 0.99  # exponential moving average of the weights, per step
    markers: float = 0.5  # weight of the marker loss
    mixup: float = 0.3  # share of cells mixed with another
    dropout: float = 0.3  # share of cells shown by fewer views
    shift: int = 4  # pixels of 64
    contrast: float = 0.12
    level: float = 0.06  # in units of SPREAD
    noise: float = 0.4  # likewise: at most what 150 photons a pixel make
    blur: float = 0.15

    inner: float = 0.0  # weight of the markers' correlation within classes

    def digest(self) -> str:
        """What tells one training from another. `inner` came later: at nought it changes nothing, here neither."""
        said = {k: v for k, v in asdict(self).items() if k != "inner" or v}
        return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()[:12]


FULL = Recipe()
VARIANTS: Mapping[str, Mapping[str, Any]] = {
    "hybrid": {},
    "hybrid, the paper's two scalars": {"fusion": "scalars"},
    "hybrid, classes only": {"tasks": "classes"},
    "hybrid, markers only": {"tasks": "markers"},
    "plain CNN": {"network": "cnn"},
    "ResNet": {"network": "resnet"},
    "ViT": {"network": "vit"},
}
SHIPPED = replace(FULL, network="fine hybrid", side=64, steps=2400, markers=1.0, mixup=0.15)
SECOND: Mapping[str, Any] = {"steps": 700, "rate": 1.2e-3, "mixup": 0.0, "markers": 2.0, "inner": 0.5}
"""Then shorter, gentler, and for what classes do not tell of the markers."""


def variant(name: str, base: Recipe = FULL) -> Recipe:
    """That variant of a recipe; of a fine one a fine one."""
    changed = replace(base, **VARIANTS[name])
    fine = base.network.startswith(FINE) and not changed.network.startswith(FINE)
    return replace(changed, network=FINE + changed.network) if fine else changed
