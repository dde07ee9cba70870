"""Crops as other cells, laboratories and cameras might have shown them: drawn for whole batches, in torch.

    kept crop → turned, shifted, scaled to the network's side → glass to 240 → (another background) → stain and
    colour → camera (blur, coarser pixels, JPEG, noise)

`plain` is the same without chance. A background is swapped for another cell's border, rolled by half a crop so that
its own cell lies in the corners, or for bare glass; the cell stays, cut out softly along its mask.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from models.imaging import colour
from models.preprocess import MEAN, SPREAD
from models.training.cell_crops import CUT, MARGIN
from models.training.recipe import Recipe

GLASS = 240.0
OPEN = 4.0  # added to a level before its logarithm, as in models.imaging.colour
LUMINANCE = torch.tensor(
    [
        [16, 11, 10, 16, 24, 40, 51, 61],
        [12, 12, 14, 19, 26, 58, 60, 55],
        [14, 13, 16, 24, 40, 57, 69, 56],
        [14, 17, 22, 29, 51, 87, 80, 62],
        [18, 22, 37, 56, 68, 109, 103, 77],
        [24, 35, 55, 64, 81, 104, 113, 92],
        [49, 64, 78, 87, 103, 121, 120, 101],
        [72, 92, 95, 98, 112, 100, 103, 99],
    ],
    dtype=torch.float32,
)  # JPEG's own table


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """Kept crops as they come from the cache: levels 0–255, channels first."""

    pixels: Tensor  # (n, 3, SIDE, SIDE)
    masks: Tensor  # (n, 1, SIDE, SIDE)
    clear: Tensor  # (n, 3)


def plain(batch: Batch, side: int, balance: bool = True) -> tuple[Tensor, Tensor]:
    """The crops as `models.preprocess` would give them but for interpolation, levels 0–255, and their masks."""
    n = len(batch.pixels)
    turn = torch.eye(2).expand(n, 2, 2) * (CUT / MARGIN)
    pixels, masks = _sampled(batch, turn, torch.zeros(n, 2), side)
    return (_balanced(pixels, batch.clear) if balance else pixels), masks


def drawn(batch: Batch, recipe: Recipe, rng: torch.Generator) -> tuple[Tensor, Tensor]:
    """The crops turned, shifted and scaled at random; glass at 240 but for an error of its measurement."""
    n = len(batch.pixels)
    angle = torch.rand(n, generator=rng) * 2 * math.pi
    scale = torch.exp(0.13 * torch.randn(n, generator=rng)).clamp(0.72, 1.33)
    stretch = torch.exp(0.04 * torch.randn(n, generator=rng))
    flip = torch.where(torch.rand(n, generator=rng) < 0.5, -1.0, 1.0)
    cos, sin = torch.cos(angle), torch.sin(angle)
    turn = torch.stack([torch.stack([cos * stretch * flip, -sin], 1), torch.stack([sin * flip, cos / stretch], 1)], 1)
    shift = 0.05 * torch.randn(n, 2, generator=rng).clamp(-2, 2)
    pixels, masks = _sampled(batch, turn * (CUT / MARGIN * scale)[:, None, None], shift, recipe.side)
    if recipe.balance:
        error = torch.exp(0.03 * recipe.stain * torch.randn(n, 3, generator=rng))
        pixels = _balanced(pixels, batch.clear * error)
    return pixels, masks


def swapped(pixels: Tensor, masks: Tensor, rng: torch.Generator, bare: float = 0.3) -> Tensor:
    """The same cells on other borders: another crop's, or (`bare` of them) glass with a little noise."""
    n, _, side, _ = pixels.shape
    donors = torch.roll(pixels[torch.randperm(n, generator=rng)], (side // 2, side // 2), (2, 3))
    glass = GLASS + 4 * torch.randn(n, 3, 1, 1, generator=rng) + 2 * torch.randn(pixels.shape, generator=rng)
    chosen = torch.rand(n, 1, 1, 1, generator=rng) < bare
    soft = feathered(masks)
    return soft * pixels + (1 - soft) * torch.where(chosen, glass, donors)


def hollow(pixels: Tensor, masks: Tensor, rng: torch.Generator) -> Tensor:
    """The borders without their cells: glass, or another crop's border, where the cell was."""
    n, _, side, _ = pixels.shape
    fill = torch.roll(pixels[torch.randperm(n, generator=rng)], (side // 2, side // 2), (2, 3))
    glass = torch.full_like(pixels, GLASS)
    soft = feathered(masks)
    return (1 - soft) * pixels + soft * torch.where(torch.rand(n, 1, 1, 1, generator=rng) < 0.5, glass, fill)


def feathered(masks: Tensor) -> Tensor:
    """A soft cut-out, a little wider than the mask so that the cell's own edge stays."""
    side = masks.shape[-1]
    wide = F.max_pool2d(masks, 2 * (side // 40) + 1, 1, side // 40)
    return F.avg_pool2d(wide, 2 * (side // 32) + 1, 1, side // 32, count_include_pad=False)


def restained(pixels: Tensor, strength: float, rng: torch.Generator) -> Tensor:
    """Each stain stronger or weaker and of a slightly other hue, in optical density; then light and camera colour."""
    if strength <= 0:
        return pixels
    n = len(pixels)
    stains = torch.tensor(np.stack([colour.AZURE, colour.HAEMOGLOBIN]))
    third = torch.linalg.cross(stains[0], stains[1])
    basis = torch.cat([stains, (third / third.norm())[None]])
    gain = torch.exp(0.22 * strength * torch.randn(n, 3, generator=rng))
    moved = basis + 0.06 * strength * torch.randn(n, 3, 3, generator=rng)
    change = torch.linalg.inv(basis) @ (gain[:, :, None] * moved)
    density = -torch.log((pixels.clamp(0, 255) + OPEN) / (GLASS + OPEN))
    density = torch.einsum("nchw,ncd->ndhw", density, change)
    levels = (GLASS + OPEN) * torch.exp(-density) - OPEN
    return _recoloured(levels, strength, rng)


def photographed(pixels: Tensor, share: float, rng: torch.Generator) -> Tensor:
    """Blur, coarser pixels, JPEG and noise, each on a part of the batch."""
    if share <= 0:
        return pixels
    n, _, side, _ = pixels.shape
    order = torch.randperm(n, generator=rng)
    part = max(1, round(0.2 * share * n))
    blur, coarse, jpeg, noise = (order[k * part : (k + 1) * part] for k in range(4))
    pixels = pixels.clone()
    pixels[blur] = _blurred(pixels[blur], float(torch.rand(1, generator=rng)) * 1.6 * side / 112 + 0.3)
    small = max(16, round(side * (0.4 + 0.5 * float(torch.rand(1, generator=rng)))))
    less = F.interpolate(pixels[coarse], (small, small), mode="area")
    pixels[coarse] = F.interpolate(less, (side, side), mode="bilinear", align_corners=False)
    pixels[jpeg] = _jpeg(pixels[jpeg], 20 + 60 * float(torch.rand(1, generator=rng)))
    pixels[noise] += (
        torch.rand(len(noise), 1, 1, 1, generator=rng) * 12 * torch.randn(pixels[noise].shape, generator=rng)
    )
    return pixels


def ready(pixels: Tensor) -> Tensor:
    """Levels as the network is given them."""
    mean, spread = (torch.tensor(v).view(1, 3, 1, 1) for v in (MEAN, SPREAD))
    return ((pixels.clamp(0, 255) / 255 - mean) / spread).contiguous(memory_format=torch.channels_last)


def _sampled(batch: Batch, turn: Tensor, shift: Tensor, side: int) -> tuple[Tensor, Tensor]:
    """Pixels and masks on a turned grid; beyond the kept crop lies glass. Coarse sides are averaged first."""
    n, _, kept, _ = batch.pixels.shape
    levels = torch.cat([batch.pixels - batch.clear[:, :, None, None], batch.masks], 1)
    if side <= 0.45 * kept:
        levels = F.avg_pool2d(levels, 2)
    grid = F.affine_grid(torch.cat([turn, shift[:, :, None]], 2), [n, 4, side, side], align_corners=False)
    found = F.grid_sample(levels, grid, mode="bilinear", padding_mode="zeros", align_corners=False)
    return found[:, :3] + batch.clear[:, :, None, None], (found[:, 3:] >= 0.5).float()


def _balanced(pixels: Tensor, clear: Tensor) -> Tensor:
    return (pixels * (GLASS / clear)[:, :, None, None]).clamp(0, 255)


def _recoloured(pixels: Tensor, strength: float, rng: torch.Generator) -> Tensor:
    """Saturation, hue (a turn around grey), gamma and white balance."""
    n = len(pixels)
    grey = torch.full((3, 3), 1 / 3)
    axis = torch.tensor([[0.0, -1, 1], [1, 0, -1], [-1, 1, 0]]) / math.sqrt(3)
    full = torch.exp(0.2 * strength * torch.randn(n, generator=rng))[:, None, None]
    hue = (0.12 * strength * torch.randn(n, generator=rng))[:, None, None]
    mix = grey + full * (torch.cos(hue) * (torch.eye(3) - grey) + torch.sin(hue) * axis)
    white = torch.exp(0.06 * strength * torch.randn(n, 3, generator=rng))
    mixed = torch.einsum("nchw,ndc->ndhw", pixels, mix * white[:, :, None])
    gamma = torch.exp(0.15 * strength * torch.randn(n, 1, 1, 1, generator=rng))
    return 255 * (mixed.clamp(1, 255) / 255) ** gamma


def _blurred(pixels: Tensor, sigma: float) -> Tensor:
    reach = max(1, math.ceil(2.5 * sigma))
    line = torch.exp(-0.5 * (torch.arange(-reach, reach + 1) / sigma) ** 2)
    line = (line / line.sum()).expand(3, 1, 1, -1)
    padded = F.pad(pixels, (reach,) * 4, mode="replicate")
    return F.conv2d(F.conv2d(padded, line, groups=3), line.transpose(2, 3), groups=3)


def _jpeg(pixels: Tensor, quality: float) -> Tensor:
    """JPEG's loss: 8 × 8 cosine blocks, rounded by its table; every channel as luminance."""
    n, channels, side, _ = pixels.shape
    if side % 8:
        return pixels
    k, x = torch.arange(8.0)[:, None], torch.arange(8.0)[None]
    cosine = torch.cos((2 * x + 1) * k * math.pi / 16) / 2
    cosine[0] /= math.sqrt(2)
    factor = 50 / quality if quality < 50 else 2 - quality / 50
    table = (LUMINANCE * factor).clamp(min=1)
    blocks = pixels.view(n, channels, side // 8, 8, side // 8, 8).transpose(3, 4) - 128
    rounded = torch.round(cosine @ blocks @ cosine.T / table) * table
    return ((cosine.T @ rounded @ cosine).transpose(3, 4) + 128).reshape(n, channels, side, side)
