"""What share of the machine's matrix-product ceiling the classifier reaches; both measured in the same repeat."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch.utils.flop_counter import FlopCounterMode

from core.protocols import Crop, Tools
from models import registry
from models.cell_network import CellNetwork
from models.preprocess import Preprocessing, standardised

SIDE = 1024  # of the matrices


@dataclass(frozen=True, slots=True)
class Share:
    ceiling: float  # GFLOP/s of a matrix product in fp32
    classifier: float  # GFLOP/s of the classifier's networks, preparing and calibration included in the time
    preparing: float  # share of that time that goes into preparing crops

    @property
    def reached(self) -> float:
        return self.classifier / self.ceiling


def work() -> float:
    """GFLOP for one cell: the network's convolutions and products, times the views each cell is shown in."""
    card = registry.card("cell-classifier")
    side = Preprocessing.from_card(card.preprocessing).side
    net = CellNetwork(len(card.labels), len(card.parameters["measures"]), card.parameters["activation"]).eval()
    with FlopCounterMode(display=False) as counted, torch.inference_mode():
        net(torch.zeros(1, 3, side, side), torch.zeros(1, 2))
    return counted.get_total_flops() * int(card.parameters.get("views", 1)) / 1e9


def measured(tools: Tools, crops: Sequence[Crop], each: float) -> Share:
    """`each`: what one cell costs, in GFLOP."""
    assert tools.classifier is not None
    one, other = torch.rand(SIDE, SIDE), torch.rand(SIDE, SIDE)
    product = min(_seconds(torch.mm, one, other) for _ in range(8))
    named = _seconds(tools.classifier.name, crops)
    how = Preprocessing.from_card(registry.card("cell-classifier").preprocessing)
    columns = [c.pixels for c in crops], [c.mask for c in crops], [c.um_per_px for c in crops]
    preparing = _seconds(standardised, *columns, how)
    return Share(2 * SIDE**3 / product / 1e9, len(crops) * each / named, preparing / named)


def _seconds(do: Any, *given: Any) -> float:
    start = time.perf_counter()
    do(*given)
    return time.perf_counter() - start
