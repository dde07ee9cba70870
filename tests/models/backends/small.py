"""A small network and its plan: what the tests of the engines export, in a fraction of a second."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from torch import nn

from models.backends.plan import Plan, within

SIDE, CHUNK = 20, 3


class Small(nn.Module):
    """Pictures in; numbers about each, and a map."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(7)
        self.body = nn.Sequential(nn.Conv2d(2, 8, 3, padding=1), nn.ReLU(), nn.Conv2d(8, 8, 3, padding=1), nn.ReLU())
        self.head = nn.Linear(8, 4)

    def forward(self, pictures: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        seen = self.body(pictures)
        return self.head(seen.mean((2, 3))), seen


class Fickle(Small):
    """What a trace does not see: another answer where most is dark, which the traced two samples are not."""

    def forward(self, pictures: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        numbers, seen = super().forward(pictures)
        return (numbers, seen) if float(pictures.sum()) > 0 else (numbers + 0.01, seen)


class Untraceable(Small):
    def forward(self, pictures: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        numbers, seen = super().forward(pictures)
        return torch.linalg.eigvals(numbers[:, :, None] * numbers[:, None, :]).real, seen


def pictures(count: int, side: int = SIDE, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(count, 2, side, side)).astype(np.float32)


def samples() -> tuple[np.ndarray, ...]:
    given = pictures(5)
    given[:2] += 1
    given[2:] -= 2
    return (given,)


def plan(module: Callable[[], Any] = Small, **changed: Any) -> Plan:
    usual = Plan(
        name="small",
        digest="ab" * 32,
        module=lambda: module().eval(),
        usual=((CHUNK, 2, SIDE, SIDE),),
        samples=samples,
        agrees=lambda one, other: within(("numbers", "map"), one, other),
        answers=2,
    )
    return replace(usual, **changed)
