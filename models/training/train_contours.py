"""Trains the contour network. The shipped weights were made with (one core; goes on where it stopped):

    python -m models.training.train_contours --minutes 11
    python -m models.training.train_contours --minutes 6 --leave-out raabin      and barcelona, bccd: for the benchmark

Body and nucleus are learnt where masks are known (BCE and soft Dice); of cells with nothing but a box, the shadow of
the body on either axis must be the box; outlines drawn by the baseline detector count a quarter. Whether the middle
holds a cell is learnt from all. Seeded; the moving average of the weights is what is written.
"""

from __future__ import annotations

import argparse
import math
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import safetensors.torch
import torch
from numpy.typing import NDArray
from torch.nn import functional

from models.contour_network import MARGIN, SIDE, Network, standardised
from models.training import sources
from models.training.contour_crops import KEPT, REAL, UNKNOWN, WIDE, Crops, crops

CHECKPOINTS = Path(".checkpoints")
BATCH = 32
RATE = 2e-3
WARM = 150  # steps
AVERAGE = 0.998
EVERY = 100  # steps between two checkpoints
PSEUDO = 0.25
SHARES = {
    "bccd_fields": 3.0, "segmentation_1": 2.5, "segmentation_2": 2.0, "procedural": 3.5, "smear_cells": 2.5,
    "raabin": 2.0, "barcelona": 1.5, "bccd_boxes": 1.0,
}  # fmt: skip
LEFT_OUT = {"raabin": ("raabin",), "barcelona": ("barcelona",), "bccd": ("bccd_boxes", "bccd_fields")}
Rng = np.random.Generator


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    crops: torch.Tensor  # standardised
    masks: torch.Tensor  # (n, 2, SIDE, SIDE) 0–1, negative where unknown
    weight: torch.Tensor  # (n,) of the masks
    shadows: torch.Tensor  # (n, 2, SIDE) of the box on x and y, negative where unknown
    cell: torch.Tensor  # (n,)


def batch(rng: Rng, stock: dict[str, Crops], names: list[str], shares: NDArray[Any]) -> Batch:
    """Crops of all sources as a box that is a little off would show them, under many stains and cameras."""
    pixels, marks, clears, weights, shadows, cell = [], [], [], [], [], []
    for _ in range(BATCH):
        source = stock[names[int(rng.choice(len(names), p=shares))]]
        wanted = source.cell if rng.random() < 0.62 else ~source.cell
        rows = np.flatnonzero(wanted if wanted.any() else source.cell)
        row = int(rng.choice(rows))
        matrix, shadow = _framed(rng, source, row)
        kept = np.dstack([source.body[row], source.nucleus[row]])
        size = (SIDE, SIDE)
        flat = [float(v) for v in source.clear[row]]
        shown = cv2.warpAffine(source.pixels[row], matrix, size, flags=cv2.INTER_LINEAR, borderValue=flat)
        mask = cv2.warpAffine(kept, matrix, size, flags=cv2.INTER_NEAREST, borderValue=(0.0, 0.0)).astype(np.float32)
        if (kept == UNKNOWN).all():
            mask[:] = UNKNOWN
        pixels.append(_photographed(rng, shown))
        marks.append(mask)
        clears.append(source.clear[row])
        weights.append(PSEUDO if source.pseudo[row] else 1.0)
        shadows.append(shadow)
        cell.append(bool(source.cell[row]))
    colours, glass = _stained(rng, np.stack(pixels), np.stack(clears))
    masks = torch.from_numpy(np.stack(marks)).permute(0, 3, 1, 2)
    return Batch(
        crops=standardised(torch.from_numpy(colours), torch.from_numpy(glass)).to(memory_format=torch.channels_last),
        masks=torch.where(masks == UNKNOWN, torch.tensor(-1.0), masks),
        weight=torch.tensor(weights),
        shadows=torch.from_numpy(np.stack(shadows)),
        cell=torch.tensor(cell, dtype=torch.float32),
    )


def _framed(rng: Rng, source: Crops, row: int) -> tuple[NDArray[np.float64], NDArray[np.float32]]:
    """How the kept crop comes to lie in the network's crop, and what its box is there."""
    box, side = source.box[row], KEPT / WIDE
    factor = SIDE / (side * MARGIN) * float(np.exp(rng.uniform(np.log(0.8), np.log(1.25))))
    boxed = bool(source.boxed[row]) and not (source.body[row] != UNKNOWN).any()
    angle = 0.5 * np.pi * rng.integers(4) if boxed else rng.uniform(0, 2 * np.pi)
    shift = np.clip(rng.normal(0, 0.07, 2), -0.15, 0.15) * side * factor
    turn = factor * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    turn = turn @ np.diag([rng.choice([-1.0, 1.0]), 1.0])
    middle = np.array([KEPT / 2, KEPT / 2])
    move = np.array([SIDE / 2, SIDE / 2]) + shift - turn @ middle
    move += turn @ np.array([0.5, 0.5]) - 0.5  # whole numbers are centres of pixels to OpenCV
    shadow = np.full((2, SIDE), -1.0, np.float32)
    if boxed:
        half = np.abs(turn) @ (box / 2)
        places = np.arange(SIDE) + 0.5
        for axis in range(2):
            shadow[axis] = np.abs(places - (SIDE / 2 + shift[axis])) < half[axis]
    return np.hstack([turn, move[:, None]]), shadow


def _photographed(rng: Rng, crop: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Focus, camera and file."""
    if rng.random() < 0.35:
        crop = np.asarray(cv2.GaussianBlur(crop, (0, 0), float(rng.uniform(0.4, 1.6))), np.uint8)
    if rng.random() < 0.3:
        small = int(rng.integers(22, 64))
        shrunk = cv2.resize(crop, (small, small), interpolation=cv2.INTER_AREA)
        crop = np.asarray(cv2.resize(shrunk, (SIDE, SIDE), interpolation=cv2.INTER_LINEAR), np.uint8)
    if rng.random() < 0.3:
        crop = np.clip(crop + rng.normal(0, rng.uniform(1, 7), crop.shape), 0, 255).astype(np.uint8)
    if rng.random() < 0.3:
        _, content = cv2.imencode(".jpg", crop, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(30, 90))])
        crop = np.asarray(cv2.imdecode(content, cv2.IMREAD_COLOR), np.uint8)
    return crop


def _stained(
    rng: Rng, pixels: NDArray[np.uint8], clear: NDArray[np.float32]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Paler, darker, bluer, pinker; another lamp, and a clear glass that is not quite rightly measured."""
    n = len(pixels)
    density = np.log((clear[:, None, None] + 4.0) / (pixels.astype(np.float32) + 4.0))
    strength = np.exp(rng.uniform(np.log(0.55), np.log(1.6), (n, 1))) * np.exp(rng.normal(0, 0.13, (n, 3)))
    mix = np.eye(3) + np.where(rng.random((n, 1, 1)) < 0.5, rng.normal(0, 0.07, (n, 3, 3)), 0.0)
    density = np.einsum("nhwc,ncd->nhwd", density, mix * strength[:, None, :]).astype(np.float32)
    lamp = np.clip(rng.uniform(190, 250, (n, 1)) * np.exp(rng.normal(0, 0.04, (n, 3))), 120, 255).astype(np.float32)
    shown = np.clip((lamp[:, None, None] + 4.0) * np.exp(-density) - 4.0, 0, 255)
    gamma = np.exp(rng.normal(0, 0.12, (n, 1, 1, 1)))
    shown = 255 * (shown / 255) ** gamma
    measured = 255 * (lamp / 255) ** gamma[:, 0, 0] * np.exp(rng.normal(0, 0.02, (n, 3)))
    return shown.astype(np.float32), measured.astype(np.float32)


def loss(net: Network, given: Batch) -> torch.Tensor:
    masks, cells = net(given.crops)
    known = (given.masks >= 0).float()
    target = given.masks.clamp(min=0)
    weight = given.weight[:, None]
    pixel = functional.binary_cross_entropy_with_logits(masks, target, reduction="none") * known
    share = known.mean((2, 3)) * weight
    soft = masks.sigmoid() * known
    dice = 1 - (2 * (soft * target).sum((2, 3)) + 1) / (soft.sum((2, 3)) + target.sum((2, 3)) + 1)
    drawn = ((pixel.mean((2, 3)) + 0.5 * dice) * share).sum() / share.sum().clamp(min=1)
    found = functional.binary_cross_entropy_with_logits(cells, given.cell)
    return 2 * drawn + _shadow_loss(masks[:, 0].sigmoid(), given.shadows) + 0.5 * found


def _shadow_loss(body: torch.Tensor, shadows: torch.Tensor) -> torch.Tensor:
    """One less the overlap of the body's shadow with the box's, on either axis."""
    boxed = shadows[:, 0, 0] >= 0
    if not boxed.any():
        return body.sum() * 0
    cast = torch.stack([body.amax(1), body.amax(2)], 1)[boxed]
    target = shadows[boxed]
    dice = 1 - (2 * (cast * target).sum(2) + 1) / ((cast**2).sum(2) + (target**2).sum(2) + 1)
    return dice.mean() * boxed.float().mean()


def train(name: str, minutes: float, left_out: str | None, root: Path, seed: int = 7) -> Path:
    """Until the minutes of processor time are spent, earlier runs of that name counted in; the weights' file."""
    sources_used = [s for s in (*REAL, "procedural", "smear_cells") if s not in LEFT_OUT.get(left_out or "", ())]
    stock = {s: crops(s, "train", root) for s in sources_used}
    return learnt(name, minutes, stock, {s: SHARES[s] for s in sources_used}, CHECKPOINTS, seed)


def learnt(
    name: str,
    minutes: float,
    stock: dict[str, Crops],
    weights: dict[str, float],
    folder: Path,
    seed: int = 7,
    begin: dict[str, torch.Tensor] | None = None,
) -> Path:
    """The same on any crops, drawn from by `weights`, from the weights `begin` if there are any."""
    sources_used = list(stock)
    shares = np.array([weights[s] for s in sources_used])
    shares /= shares.sum()
    torch.manual_seed(seed)
    net, average = Network().to(memory_format=torch.channels_last), Network()
    if begin is not None:
        net.load_state_dict(begin)
    average.load_state_dict(net.state_dict())
    optimiser = torch.optim.AdamW(net.parameters(), lr=RATE, weight_decay=0.01)
    file = folder / f"{name}.pt"
    step, spent, budget = 0, 0.0, 60 * minutes
    if file.is_file():
        kept = torch.load(file, weights_only=True)
        net.load_state_dict(kept["net"])
        average.load_state_dict(kept["average"])
        optimiser.load_state_dict(kept["optimiser"])
        step, spent = kept["step"], kept["spent"]
    rng = np.random.default_rng([seed, step])
    clock, shown = time.process_time(), 0.0
    while spent < budget:
        for group in optimiser.param_groups:
            group["lr"] = rate_at(step, spent / budget)
        value = loss(net.train(), batch(rng, stock, sources_used, shares))
        optimiser.zero_grad()
        value.backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), 5.0)
        optimiser.step()
        _follow(average, net, min(AVERAGE, (step + 1) / (step + 20)))
        shown, step = shown + float(value.detach()), step + 1
        spent, clock = spent + time.process_time() - clock, time.process_time()
        if step % EVERY == 0:
            print(f"{name}: step {step}, {spent / 60:.1f} of {minutes} min, loss {shown / EVERY:.4f}", flush=True)
            shown = 0.0
            folder.mkdir(parents=True, exist_ok=True)
            state = {"net": net.state_dict(), "average": average.state_dict(), "optimiser": optimiser.state_dict()}
            torch.save(state | {"step": step, "spent": spent}, file)
            _written(average, name, folder)
    print(f"{name}: {step * BATCH} crops in {spent / 60:.1f} minutes")
    return _written(average, name, folder)


def rate_at(step: int, share: float) -> float:
    """A rise, then half a cosine. Not a number of numpy's: a checkpoint that holds one is refused when it is read."""
    return RATE * min(1.0, (step + 1) / WARM) * (0.01 + 0.99 * (0.5 + 0.5 * math.cos(math.pi * share)))


def _follow(average: Network, net: Network, keep: float) -> None:
    with torch.no_grad():
        for mine, theirs in zip(average.state_dict().values(), net.state_dict().values(), strict=True):
            if mine.is_floating_point():
                mine.lerp_(theirs, 1 - keep)
            else:
                mine.copy_(theirs)


def _written(net: Network, name: str, folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{name}.safetensors"
    safetensors.torch.save_file({k: v.contiguous().clone() for k, v in net.state_dict().items()}, file)
    return file


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=20)
    parser.add_argument("--leave-out", choices=tuple(LEFT_OUT))
    parser.add_argument("--root", type=Path, default=sources.ROOT)
    options = parser.parse_args()
    cv2.setNumThreads(1)
    torch.set_num_threads(1)
    name = f"contours-without-{options.leave_out}" if options.leave_out else "contours"
    train(name, options.minutes, options.leave_out, options.root)


if __name__ == "__main__":
    main()
