"""What a label-free training minimises: the paper's two losses, over mixed targets and with markers missing."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from models.label_free_network import Answer
from models.training.label_free.augment import Targets

FOCUS = 2.0
SMOOTHING = 0.1
LEAST = 8  # cells with a marker below which no correlation is taken


def of_classes(logits: Tensor, wanted: Tensor) -> Tensor:
    """0.7 focal + 0.3 cross-entropy with smoothed labels; cells of unknown class (rows of noughts) count nothing."""
    known = wanted.sum(1) > 0.5
    if not known.any():
        return logits.sum() * 0
    logs, wanted = F.log_softmax(logits[known], 1), wanted[known]
    focal = -(wanted * (1 - logs.exp()) ** FOCUS * logs).sum(1).mean()
    smooth = wanted * (1 - SMOOTHING) + SMOOTHING / wanted.shape[1]
    return 0.7 * focal - 0.3 * (smooth * logs).sum(1).mean()


def of_markers(answer: Answer, wanted: Tensor) -> Tensor:
    """0.7 smooth L1 + 0.3 (1 − correlation), marker by marker; and the spread learns how far off the values are."""
    total, counted = answer.markers.sum() * 0, 0
    for k in range(wanted.shape[1]):
        known = torch.isfinite(wanted[:, k])
        if known.sum() < LEAST:
            continue
        got, true, spread = answer.markers[known, k], wanted[known, k], answer.spread[known, k]
        off = (got - true).abs().detach()
        total = total + 0.7 * F.smooth_l1_loss(got, true) + 0.3 * (1 - _correlation(got, true))
        total = total + 0.1 * (off * torch.exp(-spread) + spread).mean()
        counted += 1
    return total / max(counted, 1)


def of(answer: Answer, targets: Targets, tasks: str, weight: float) -> Tensor:
    if tasks == "classes":
        return of_classes(answer.logits, targets.classes)
    if tasks == "markers":
        return of_markers(answer, targets.markers)
    return of_classes(answer.logits, targets.classes) + weight * of_markers(answer, targets.markers)


def _correlation(one: Tensor, other: Tensor) -> Tensor:
    a, b = one - one.mean(), other - other.mean()
    return (a * b).sum() / (a.norm() * b.norm() + 1e-6)
