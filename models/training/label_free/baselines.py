"""What the hybrid is measured against: a plain CNN, a small ResNet, a small ViT, all with the same two heads."""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from models.label_free_network import COARSE, PAPER, Answer, Hybrid, Shape, Transformer, fitting, head
from models.training.label_free.recipe import FINE, Recipe

FUSED = 128


class TwoHeads(nn.Module):
    """A trunk, told which views are there, under the hybrid's two heads."""

    def __init__(self, trunk: nn.Module, width: int, classes: int, markers: int, views: int) -> None:
        super().__init__()
        self.trunk, self.markers = trunk, markers
        self.fused = nn.Sequential(nn.Linear(width + views, FUSED), nn.LayerNorm(FUSED), nn.GELU())
        self.name, self.measure = head(FUSED, classes), head(FUSED, max(2 * markers, 1))

    def forward(self, pixels: Tensor, there: Tensor | None = None) -> Answer:
        if there is None:
            there = pixels.new_ones(pixels.shape[:2])
        features = self.fused(torch.cat([self.trunk(pixels * there[:, :, None, None]), there], 1))
        values, spread = self.measure(features)[:, : 2 * self.markers].chunk(2, 1)
        return Answer(
            self.name(features), values, spread.clamp(-4, 2), features.new_full((len(features), 2), 0.5), features
        )

    def head_parameters(self) -> list[nn.Parameter]:
        return list(self.measure.parameters())


class Pooled(nn.Module):
    """Larger pictures are pooled behind the first convolution, or come as squares of pixels, as in the hybrid."""

    def __init__(self, views: int, fine: int, body: nn.Module) -> None:
        super().__init__()
        self.fine, self.stem, self.body = fine, _convolution(views * fine**2, 32, 1), body

    def forward(self, pixels: Tensor) -> Tensor:
        found = self.stem(F.pixel_unshuffle(fitting(pixels, self.fine), self.fine))
        return self.body(F.avg_pool2d(found, max(found.shape[-1] // COARSE, 1))).mean((2, 3))


class Residual(nn.Module):
    def __init__(self, into: int, out: int, stride: int) -> None:
        super().__init__()
        self.first, self.second = _convolution(into, out, stride), nn.Conv2d(out, out, 3, padding=1, bias=False)
        self.norm = nn.BatchNorm2d(out)
        self.short = nn.Identity() if into == out and stride == 1 else nn.Conv2d(into, out, 1, stride, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        return F.relu(self.norm(self.second(self.first(x))) + self.short(x))


class Patches(nn.Module):
    def __init__(self, views: int, shape: Shape) -> None:
        super().__init__()
        self.fine, self.transformer = shape.fine, Transformer(views, shape)

    def forward(self, pixels: Tensor) -> Tensor:
        pixels = fitting(pixels, self.fine)
        return self.transformer(F.avg_pool2d(pixels, max(pixels.shape[-1] // (COARSE * self.fine), 1)))


def shape(recipe: Recipe) -> Shape:
    """Widths of a recipe's hybrid; a 'fine' one keeps what is finer than the trunk's squares."""
    return replace(PAPER if recipe.paper_widths else Shape(), fine=_fine(recipe))


def network(recipe: Recipe, classes: int, markers: int, views: int = 4, *, colours: bool = False) -> nn.Module:
    """The network of a recipe. With `colours` the channels are no views: none is ever absent."""
    kind, fine = recipe.network.removeprefix(FINE), _fine(recipe)
    if kind == "hybrid":
        fusion = "scalars" if recipe.fusion == "scalars" else "adaptive"
        return Hybrid(classes, markers, views, shape(recipe), fusion=fusion, tell_absent=not colours)  # type: ignore[arg-type]
    if kind == "cnn":
        plan = ((32, 64, 1), (64, 64, 2), (64, 96, 1), (96, 128, 2), (128, 128, 1))
        body = nn.Sequential(*(_convolution(*layer) for layer in plan))
        return TwoHeads(Pooled(views, fine, body), 128, classes, markers, views)
    if kind == "resnet":
        body = nn.Sequential(Residual(32, 32, 1), Residual(32, 64, 2), Residual(64, 64, 1), Residual(64, 128, 2))
        return TwoHeads(Pooled(views, fine, body), 128, classes, markers, views)
    if kind == "vit":
        return TwoHeads(Patches(views, Shape(tokens=96, blocks=4, fine=fine)), 96, classes, markers, views)
    raise ValueError(
        f"Expected the network hybrid, cnn, resnet or vit, or one of them after '{FINE}'; found {recipe.network!r}. "
        "Correct the recipe."
    )


def _fine(recipe: Recipe) -> int:
    return max(recipe.side // COARSE, 1) if recipe.network.startswith(FINE) else 1


def _convolution(into: int, out: int, stride: int) -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(into, out, 3, stride, 1, bias=False), nn.BatchNorm2d(out), nn.ReLU())
