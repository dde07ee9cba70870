"""The label-free hybrid: one picture of a cell in up to four views → its class and its markers.

    views ─ attention over views ─┬─ inception CNN ──────┐                      ┌ refine ┐        ┌ classes
                                  │                      ├─ fusion, per cell ───┤        ├─ gating┤
                                  └─ small transformer ──┘   and per task       └ refine ┘        └ markers

After the paper's network, with its faults mended. The fusion is computed from the cell itself (the paper says so, its
code has two numbers for all cells: `fusion="scalars"` is that). Attention over views looks at each view's contrast, not
at its mean, which background normalisation has made 1 for all. Absent views are nought and the network is told so.
Position is interpolated, and larger pictures are pooled behind the first convolution, so that 28 to 128 pixels fit.
That pooling loses what is finer than its squares, granules among it: with `Shape.fine` of 2 (for 56 pixels and more) or
4 (for 112) the pixels of a square become channels instead, at the same cost of the trunk.
`PAPER` holds the paper's widths; the default is half of them, at a quarter of the cost.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

COARSE = 28  # pixels that the trunk works on, or up to twice as many
PATCH = 4


@dataclass(frozen=True, slots=True)
class Shape:
    stem: int = 32
    middle: int = 64
    wide: int = 96
    tokens: int = 64
    blocks: int = 2
    heads: int = 4
    fused: int = 128
    fine: int = 1  # side of the squares of pixels that the trunk is given as channels


PAPER = Shape(64, 128, 192, 128, 2, 4, 256)


class Answer(NamedTuple):
    logits: Tensor  # (n, classes)
    markers: Tensor  # (n, markers), standardised
    spread: Tensor  # (n, markers): log of how far off the markers may be
    gate: Tensor  # (n, 2): share of the convolutional branch in the class answer, in the marker answer
    features: Tensor  # (n, fused): what the class head reads


class Hybrid(nn.Module):
    """`views` is the number of channels; with `tell_absent` it is told which of them are there."""

    def __init__(
        self,
        classes: int,
        markers: int,
        views: int = 4,
        shape: Shape | None = None,
        *,
        fusion: Literal["adaptive", "scalars"] = "adaptive",
        tell_absent: bool = True,
    ) -> None:
        super().__init__()
        shape = shape or Shape()
        self.tell_absent, self.markers, self.fine = tell_absent, markers, shape.fine
        self.attention = ViewAttention(views)
        into = views * shape.fine**2
        self.stem = nn.Sequential(nn.Conv2d(into, shape.stem, 3, padding=1, bias=False), nn.BatchNorm2d(shape.stem))
        self.told = nn.Linear(views, shape.stem, bias=False)
        self.convolution = nn.Sequential(
            nn.GELU(),
            Inception(shape.stem, shape.middle),
            nn.Conv2d(shape.middle, shape.middle, 3, stride=2, padding=1, bias=False),
            nn.BatchNorm2d(shape.middle),
            nn.GELU(),
            Inception(shape.middle, shape.wide),
        )
        self.transformer = Transformer(views, shape)
        self.fusion = Fusion(shape.wide, shape.tokens, shape.fused, fusion)
        self.refine_class, self.refine_marker = Refinement(shape.fused), Refinement(shape.fused)
        self.gate_class, self.gate_marker = TaskGate(shape.fused), TaskGate(shape.fused)
        self.name, self.measure = head(shape.fused, classes), head(shape.fused, max(2 * markers, 1))

    def forward(self, pixels: Tensor, there: Tensor | None = None) -> Answer:
        """(n, views, S, S) brightness about its background, in spreads; `there` (n, views) is 1 for a view present."""
        if there is None:
            there = pixels.new_ones(pixels.shape[:2])
        pixels = fitting(pixels, self.fine)
        weighed = self.attention(pixels * there[:, :, None, None], there)
        local = self.stem(F.pixel_unshuffle(weighed, self.fine))
        if self.tell_absent:
            local = local + self.told(there)[:, :, None, None]
        coarse = max(local.shape[-1] // COARSE, 1)
        local = self.convolution(F.avg_pool2d(local, coarse)).mean((2, 3))
        wide = self.transformer(F.avg_pool2d(weighed, coarse))
        (for_class, for_marker), gate = self.fusion(local, wide)
        of_class, of_marker = self.refine_class(for_class), self.refine_marker(for_marker)
        both = torch.cat([of_class, of_marker], 1)
        of_class, of_marker = self.gate_class(of_class, both), self.gate_marker(of_marker, both)
        values, spread = self.measure(of_marker)[:, : 2 * self.markers].chunk(2, 1)
        return Answer(self.name(of_class), values, spread.clamp(-4, 2), gate, of_class)

    def head_parameters(self) -> list[nn.Parameter]:
        """Everything that comes after the trunk and serves the markers: what learns when the trunk is frozen."""
        parts = (self.refine_marker, self.gate_marker, self.measure)
        return [weight for part in parts for weight in part.parameters()]


def fitting(pixels: Tensor, fine: int) -> Tensor:
    """Pictures whose side can be parted into squares of `fine` pixels, with enough squares for the trunk."""
    side = pixels.shape[-1]
    return pixels if fine == 1 else sized(pixels, max(side - side % fine, COARSE * fine))


def sized(pixels: Tensor, side: int) -> Tensor:
    """On so many pixels, averaged where they are fewer. Training and use go through here: other averages of the same
    cell differ by as much as its shot noise."""
    if pixels.shape[-1] == side:
        return pixels
    if side < pixels.shape[-1]:
        return F.interpolate(pixels, (side, side), mode="area")
    return F.interpolate(pixels, (side, side), mode="bicubic", align_corners=False)


class ViewAttention(nn.Module):
    """How much each view counts: from the contrast of the views, those beside it, and which are there."""

    def __init__(self, views: int) -> None:
        super().__init__()
        self.beside = nn.Conv1d(1, 1, 3, padding=1, bias=True)
        self.there = nn.Linear(views, views)

    def forward(self, pixels: Tensor, there: Tensor) -> Tensor:
        contrast = (pixels.square().mean((2, 3)) + 1e-6).sqrt()
        weight = torch.sigmoid(self.beside(contrast[:, None])[:, 0] + self.there(there))
        return pixels * (2 * weight)[:, :, None, None]


class Inception(nn.Module):
    """1 × 1 beside 3 × 3 beside two 3 × 3, over a shortcut."""

    def __init__(self, into: int, out: int) -> None:
        super().__init__()
        part = out // 3
        first, rest = out - 2 * part, part
        self.point = _convolved(into, first, 1)
        self.near = _convolved(into, rest, 3)
        self.far = nn.Sequential(_convolved(into, rest, 3), _convolved(rest, rest, 3))
        self.shortcut = nn.Sequential(nn.Conv2d(into, out, 1, bias=False), nn.BatchNorm2d(out))

    def forward(self, x: Tensor) -> Tensor:
        return F.gelu(torch.cat([self.point(x), self.near(x), self.far(x)], 1) + self.shortcut(x))


class Transformer(nn.Module):
    """Patches of four pixels (or squares), a class token, a few pre-norm blocks."""

    def __init__(self, views: int, shape: Shape) -> None:
        super().__init__()
        self.patches = nn.Conv2d(views, shape.tokens, PATCH * shape.fine, stride=PATCH * shape.fine)
        self.first = nn.Parameter(torch.zeros(1, 1, shape.tokens))
        self.position = nn.Parameter(0.02 * torch.randn(1, shape.tokens, COARSE // PATCH, COARSE // PATCH))
        self.blocks = nn.ModuleList(Block(shape.tokens, shape.heads) for _ in range(shape.blocks))
        self.norm = nn.LayerNorm(shape.tokens)

    def forward(self, pixels: Tensor) -> Tensor:
        patches = self.patches(pixels)
        position = self.position
        if position.shape[-2:] != patches.shape[-2:]:
            position = F.interpolate(position, patches.shape[-2:], mode="bicubic", align_corners=False)
        tokens = (patches + position).flatten(2).transpose(1, 2)
        tokens = torch.cat([self.first.expand(tokens.shape[0], -1, -1), tokens], 1)
        for block in self.blocks:
            tokens = block(tokens)
        return self.norm(tokens)[:, 0]


class Block(nn.Module):
    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.before, self.between = nn.LayerNorm(width), nn.LayerNorm(width)
        self.mix, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.think = nn.Sequential(nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width))

    def forward(self, tokens: Tensor) -> Tensor:
        n, count, width = tokens.shape
        parts = self.mix(self.before(tokens)).view(n, count, 3, self.heads, width // self.heads)
        query, key, value = parts.permute(2, 0, 3, 1, 4)
        seen = F.scaled_dot_product_attention(query, key, value).transpose(1, 2).reshape(n, count, width)
        tokens = tokens + self.out(seen)
        return tokens + self.think(self.between(tokens))


class Fusion(nn.Module):
    """The two branches made one for each task, with a weight of the cell's own or one for all cells."""

    def __init__(self, local: int, wide: int, fused: int, kind: Literal["adaptive", "scalars"]) -> None:
        super().__init__()
        self.local = nn.Sequential(nn.Linear(local, fused), nn.LayerNorm(fused))
        self.wide = nn.Sequential(nn.Linear(wide, fused), nn.LayerNorm(fused))
        self.kind = kind
        if kind == "adaptive":
            self.weigh = nn.Sequential(nn.Linear(2 * fused, fused // 4), nn.GELU(), nn.Linear(fused // 4, 2))
        else:
            self.scalars = nn.Parameter(torch.zeros(2))

    def forward(self, local: Tensor, wide: Tensor) -> tuple[tuple[Tensor, Tensor], Tensor]:
        a, b = self.local(local), self.wide(wide)
        if self.kind == "adaptive":
            gate = torch.sigmoid(self.weigh(torch.cat([a, b], 1)))
        else:
            gate = self.scalars.softmax(0)[:1].expand(a.shape[0], 2)
        one, other = gate[:, :1], gate[:, 1:]
        return (one * a + (1 - one) * b, other * a + (1 - other) * b), gate


class Refinement(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.inner = nn.Sequential(nn.LayerNorm(width), nn.Linear(width, width), nn.GELU(), nn.Linear(width, width))

    def forward(self, x: Tensor) -> Tensor:
        return x + self.inner(x)


class TaskGate(nn.Module):
    """A task keeps its own and takes from both: c' = LN(g ⊙ c + (1 − g) ⊙ M[c; r]), g = σ(W[c; r])."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.gate, self.mixed, self.norm = nn.Linear(2 * width, width), nn.Linear(2 * width, width), nn.LayerNorm(width)

    def forward(self, own: Tensor, both: Tensor) -> Tensor:
        gate = torch.sigmoid(self.gate(both))
        return self.norm(gate * own + (1 - gate) * self.mixed(both))


def head(width: int, out: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Linear(width, width // 2),
        nn.GELU(),
        nn.Linear(width // 2, width // 4),
        nn.GELU(),
        nn.Linear(width // 4, out),
    )


def _convolved(into: int, out: int, side: int) -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(into, out, side, padding=side // 2, bias=False), nn.BatchNorm2d(out), nn.GELU())
