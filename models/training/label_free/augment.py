"""Label-free cells as other slides and cameras might have shown them, in whole batches.

One geometric change moves all views of a cell together and renames them: whoever turns a cell by a quarter turns the
light with it, so that its bottom view becomes its left view. Only quarter turns and mirrors are allowed, since the
diodes' halves have no others.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

from models.label_free_network import sized
from models.training.label_free.recipe import Recipe

TURNED = (3, 2, 0, 1)  # after a quarter turn anticlockwise, left is what bottom was, right top, top left, bottom right
MIRRORED = (1, 0, 2, 3)  # after a mirror in the vertical, left is what right was


class Targets(NamedTuple):
    classes: Tensor  # (n, classes), rows sum to 1, or to 0 where the class is not known
    markers: Tensor  # (n, markers), standardised; NaN where missing


class Batch(NamedTuple):
    pixels: Tensor  # (n, views, S, S)
    there: Tensor  # (n, views)
    targets: Targets


def moved(pixels: Tensor, there: Tensor, turn: int, mirror: bool, views: bool = True) -> tuple[Tensor, Tensor]:
    """The cells mirrored, then turned by so many quarters, their views renamed. `views=False`: channels are colours."""
    if mirror:
        pixels = pixels.flip(3)
        if views:
            pixels, there = pixels[:, MIRRORED], there[:, MIRRORED]
    for _ in range(turn % 4):
        pixels = torch.rot90(pixels, 1, (2, 3))
        if views:
            pixels, there = pixels[:, TURNED], there[:, TURNED]
    return pixels, there


def changed(batch: Batch, recipe: Recipe, rng: torch.Generator, views: bool = True) -> Batch:
    """Geometry, camera, absent views, mixture; at the recipe's side."""
    order = torch.randperm(len(batch.pixels), generator=rng)
    pixels, there = batch.pixels.clone(), batch.there.clone()
    for k, part in enumerate(order.chunk(8)):
        turned, known = moved(pixels[part], there[part], k % 4, k >= 4, views)
        shift = torch.randint(-recipe.shift, recipe.shift + 1, (2,), generator=rng).tolist()
        pixels[part], there[part] = _shifted(turned, shift[0], shift[1]), known
    pixels = sized(pixels, recipe.side)
    pixels = _photographed(pixels, recipe, rng)
    if views and recipe.dropout:
        there = _withheld(there, recipe.dropout, rng)
    mixed = _mixed(Batch(pixels, there, batch.targets), recipe.mixup, rng)
    return mixed._replace(pixels=mixed.pixels * mixed.there[:, :, None, None] if views else mixed.pixels)


def _shifted(pixels: Tensor, down: int, right: int) -> Tensor:
    """Moved by whole pixels; empty glass (0) comes in."""
    height, width = pixels.shape[2:]
    padded = F.pad(pixels, (max(right, 0), max(-right, 0), max(down, 0), max(-down, 0)))
    return padded[:, :, max(-down, 0) : max(-down, 0) + height, max(-right, 0) : max(-right, 0) + width]


def _photographed(pixels: Tensor, recipe: Recipe, rng: torch.Generator) -> Tensor:
    """More or less contrast, uneven light left over, shot noise, and now and then a blur."""
    n, channels = pixels.shape[:2]
    pixels = pixels * torch.exp(recipe.contrast * torch.randn(n, 1, 1, 1, generator=rng))
    pixels = pixels + recipe.level * torch.randn(n, channels, 1, 1, generator=rng)
    noisy = (torch.rand(n, 1, 1, 1, generator=rng) < 0.5) * torch.rand(n, 1, 1, 1, generator=rng) * recipe.noise
    pixels = pixels + noisy * torch.randn(pixels.shape, generator=rng)
    blurred = torch.rand(n, generator=rng) < recipe.blur
    if blurred.any():
        soft = F.avg_pool2d(F.pad(pixels[blurred], (1, 1, 1, 1), mode="replicate"), 3, 1)
        share = torch.rand(len(soft), 1, 1, 1, generator=rng)
        pixels[blurred] = share * soft + (1 - share) * pixels[blurred]
    return pixels


def _withheld(there: Tensor, share: float, rng: torch.Generator) -> Tensor:
    """A share of the cells keeps one, two or three views only, drawn at random; every cell keeps one."""
    n, views = there.shape
    fewer = torch.rand(n, generator=rng) < share
    keep = torch.randint(1, views, (n,), generator=rng)
    rank = torch.rand(n, views, generator=rng).masked_fill(there == 0, 2).argsort(1).argsort(1)
    return torch.where(fewer[:, None], there * (rank < keep[:, None]), there)


def _mixed(batch: Batch, share: float, rng: torch.Generator) -> Batch:
    """Mixup: pictures, classes and markers of two cells by the same weight; a marker missing in one is missing."""
    if share <= 0:
        return batch
    n = len(batch.pixels)
    weight = 1 - 0.5 * torch.rand(n, generator=rng) * (torch.rand(n, generator=rng) < share)
    other = torch.randperm(n, generator=rng)
    w = weight[:, None]
    pixels = w[:, :, None, None] * batch.pixels + (1 - w[:, :, None, None]) * batch.pixels[other]
    both = torch.where(w < 1, batch.there * batch.there[other], batch.there)
    lonely = both.sum(1) == 0  # no view in common: not mixed
    classes = w * batch.targets.classes + (1 - w) * batch.targets.classes[other]
    markers = torch.where(
        w < 1, w * batch.targets.markers + (1 - w) * batch.targets.markers[other], batch.targets.markers
    )
    return Batch(
        torch.where(lonely[:, None, None, None], batch.pixels, pixels),
        torch.where(lonely[:, None], batch.there, both),
        Targets(
            torch.where(lonely[:, None], batch.targets.classes, classes),
            torch.where(lonely[:, None], batch.targets.markers, markers),
        ),
    )
