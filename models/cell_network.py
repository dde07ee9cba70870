"""The classifier's network: EfficientNet-B0, a size hint beside its features, and a second head that measures.

The trunk is timm's `tf_efficientnet_b0`. The second head predicts what can be measured on a cell's mask and pixels:
it teaches the trunk to look at the cell, and its answers are shown beside a call.
"""

from __future__ import annotations

from dataclasses import dataclass

import timm
import torch
from torch import Tensor, nn

FEATURES = 1280
HINT = 32  # units that the size hint is spread over before it meets the features


@dataclass(frozen=True, slots=True, eq=False)
class Answer:
    """What the network says of a batch."""

    logits: Tensor  # (n, labels)
    measures: Tensor  # (n, measures), standardised
    features: Tensor  # (n, FEATURES)


class CellNetwork(nn.Module):
    def __init__(self, labels: int, measures: int, activation: str = "silu", dropout: float = 0.2) -> None:
        super().__init__()
        self.trunk = timm.create_model("tf_efficientnet_b0", pretrained=False, num_classes=0, act_layer=activation)
        self.size = nn.Sequential(nn.Linear(2, HINT), nn.ReLU())
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(FEATURES + HINT, labels)
        self.measure = nn.Linear(FEATURES, measures)
        self.frozen = 0  # stages from the front that no longer learn

    def forward(self, pixels: Tensor, hint: Tensor) -> Answer:
        features = self.features(pixels)
        joined = torch.cat([self.dropout(features), self.size(hint)], dim=1)
        return Answer(self.head(joined), self.measure(features), features)

    def features(self, pixels: Tensor) -> Tensor:
        """The pooled features, before the heads."""
        with torch.set_grad_enabled(torch.is_grad_enabled() and not self.frozen):
            x = self.trunk.bn1(self.trunk.conv_stem(pixels))
            for stage in self.trunk.blocks[: self.frozen]:
                x = stage(x)
        for stage in self.trunk.blocks[self.frozen :]:
            x = stage(x)
        return self.trunk.global_pool(self.trunk.bn2(self.trunk.conv_head(x))).flatten(1)

    def freeze(self, stages: int) -> None:
        """The first stages stop learning, their normalisation included: half the time of a training step is theirs."""
        self.frozen = stages
        for part in self._front():
            part.requires_grad_(False)
        self.train(self.training)

    def train(self, mode: bool = True) -> CellNetwork:
        super().train(mode)
        for part in self._front() if self.frozen else ():
            part.eval()
        return self

    def _front(self) -> list[nn.Module]:
        return [self.trunk.conv_stem, self.trunk.bn1, *self.trunk.blocks[: self.frozen]]
