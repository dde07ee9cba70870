"""What a label-free training minimises: the paper's two losses, over mixed targets and with markers missing."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from models.label_free_network import Answer
from models.training.label_free.augment import Targets
from models.training.label_free.recipe import Recipe

FOCUS = 2.0
SMOOTHING = 0.1
PURE = 0.999  # share of one class from which a cell is not mixed
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


def of_markers(answer: Answer, targets: Targets, inner: float = 0.0) -> Tensor:
    """0.7 smooth L1 + 0.3 (1 − correlation), marker by marker; and the spread learns how far off the values are.

    Most of a marker's spread is between classes and drowns the rest: `inner` weighs the same correlation after every
    class's own mean is taken off, among cells that are not mixed.
    """
    total, counted = answer.markers.sum() * 0, 0
    pure = targets.classes.max(1).values > PURE
    classes = targets.classes * pure[:, None]
    for k in range(targets.markers.shape[1]):
        known = torch.isfinite(targets.markers[:, k])
        if known.sum() < LEAST:
            continue
        got, true, spread = answer.markers[known, k], targets.markers[known, k], answer.spread[known, k]
        off = (got - true).abs().detach()
        total = total + 0.7 * F.smooth_l1_loss(got, true) + 0.3 * (1 - _correlation(got, true))
        total = total + 0.1 * (off * torch.exp(-spread) + spread).mean()
        if inner:
            total = total + inner * (1 - _within(got, true, classes[known]))
        counted += 1
    return total / max(counted, 1)


def of(answer: Answer, targets: Targets, recipe: Recipe) -> Tensor:
    if recipe.tasks == "classes":
        return of_classes(answer.logits, targets.classes)
    if recipe.tasks == "markers":
        return of_markers(answer, targets, recipe.inner)
    return of_classes(answer.logits, targets.classes) + recipe.markers * of_markers(answer, targets, recipe.inner)


def _within(one: Tensor, other: Tensor, classes: Tensor) -> Tensor:
    """The correlation after each class's mean is taken off; rows of noughts belong to no class and do not count."""
    number = classes.sum(0).clamp(min=1)
    use = classes.sum(1, keepdim=True)
    middles = torch.stack([one @ classes, other @ classes]) / number
    a, b = (use[:, 0] * (x - classes @ m) for x, m in zip((one, other), middles, strict=True))
    return (a * b).sum() / (a.norm() * b.norm() + 1e-6)


def _correlation(one: Tensor, other: Tensor) -> Tensor:
    a, b = one - one.mean(), other - other.mean()
    return (a * b).sum() / (a.norm() * b.norm() + 1e-6)
