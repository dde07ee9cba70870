"""One training of the classifier's network, resumable, and its predictions."""

from __future__ import annotations

import copy
import math
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from models.cell_network import CellNetwork
from models.training.augment import drawn, hollow, photographed, plain, ready, restained, swapped
from models.training.cell_batches import Cells, batch, drawing_weights, hints, reinhard
from models.training.recipe import LABELS, MEASURES, Recipe
from models.training.start import seed_from_lite0

TWINS = 0.25  # share of a batch that is a second view of its first crops, on another border
HOLLOW = 0.0625  # share of a batch that is a border without its cell
SAVED = 100  # steps between checkpoints
CLIP = 2.0  # largest norm of a gradient


@dataclass(frozen=True, slots=True, eq=False)
class Training:
    """What a training learns from."""

    cells: Cells
    rows: NDArray[np.intp]
    drawn: Cells | None = None  # procedural cells, mixed in


@dataclass(frozen=True, slots=True, eq=False)
class Predictions:
    logits: NDArray[np.float32]
    features: NDArray[np.float32]
    measures: NDArray[np.float32]


class Averaged:
    """The moving average of a network's weights and normalisation."""

    def __init__(self, network: CellNetwork, keep: float) -> None:
        self.network, self.keep, self.seen = copy.deepcopy(network).eval(), keep, 0

    @torch.no_grad()
    def take(self, network: CellNetwork) -> None:
        self.seen += 1
        keep = min(self.keep, self.seen / (9 + self.seen))
        for mine, theirs in zip(self.network.state_dict().values(), network.state_dict().values(), strict=True):
            if mine.dtype.is_floating_point:
                mine.lerp_(theirs, 1 - keep)
            else:
                mine.copy_(theirs)


def started(recipe: Recipe, seed: int) -> CellNetwork:
    torch.manual_seed(seed)
    network = CellNetwork(len(LABELS), len(MEASURES), recipe.activation)
    if recipe.start == "lite0":
        seed_from_lite0(network)
    return network


def trained(
    recipe: Recipe, on: Training, seed: int, keep: Path | None = None, begin: CellNetwork | None = None
) -> CellNetwork:
    """The averaged network after the recipe's steps; goes on from the checkpoint `keep` where there is one."""
    network = begin if begin is not None else started(recipe, seed)
    network = network.to(memory_format=torch.channels_last)
    network.freeze(recipe.frozen)
    network.train()
    optimiser = _optimiser(network, recipe)
    average = Averaged(network, recipe.average)
    first = _resumed(keep, recipe, network, optimiser, average)
    scale = np.nanstd(on.cells.measures, axis=0) + 1e-6
    middle = np.nanmean(on.cells.measures, axis=0)
    chance, _ = drawing_weights(on.cells.labels[on.rows], recipe.imbalance)
    began, losses = time.perf_counter(), []
    for step in range(first, recipe.steps):
        rng = np.random.default_rng([seed, step])
        torch.manual_seed(seed * 1_000_003 + step)
        for group in optimiser.param_groups:
            group["lr"] = recipe.rate * group["share"] * _pace(step / recipe.steps)
        loss = _loss(network, recipe, on, chance, (middle, scale), rng)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_((p for p in network.parameters() if p.requires_grad), CLIP)
        optimiser.step()
        average.take(network)
        losses.append(float(loss.detach()))
        if keep is not None and ((step + 1) % SAVED == 0 or step + 1 == recipe.steps):
            _saved(keep, recipe, step + 1, network, optimiser, average)
            speed = len(losses) * recipe.batch / (time.perf_counter() - began)
            recent = float(np.mean(losses[-SAVED:]))
            print(f"  {keep.stem} {step + 1}/{recipe.steps} {recent:.3f} {speed:.0f}/s", file=sys.stderr, flush=True)
    return average.network


def predicted(network: CellNetwork, of: Cells, rows: NDArray[np.intp], recipe: Recipe, views: int = 1) -> Predictions:
    """What the network says of cells as they are, averaged over `views` ways to lay the crop."""
    network = network.eval().to(memory_format=torch.channels_last)
    found: list[list[Tensor]] = []
    with torch.inference_mode():
        for start in range(0, len(rows), 64):
            part = rows[start : start + 64]
            pixels, masks = plain(batch(of, part), recipe.side, recipe.balance)
            pixels = reinhard(pixels, masks) if recipe.reinhard else pixels
            known = hints(of.diameters[part], None, recipe.size_hint)
            answers = [network(ready(laid(pixels, view)), known) for view in range(views)]
            found.append([torch.stack(v).mean(0) for v in zip(*map(_fields, answers), strict=True)])
    logits, measures, features = (torch.cat(column).numpy() for column in zip(*found, strict=True))
    return Predictions(logits, features, measures)


def laid(pixels: Tensor, view: int) -> Tensor:
    """One of the eight ways to lay a square."""
    return torch.rot90(
        pixels.flip(3) if view % 2 else pixels, (view + 1) // 2 if view % 2 else view // 2 * 2 % 4, (2, 3)
    )


def _fields(answer: object) -> tuple[Tensor, Tensor, Tensor]:
    return answer.logits, answer.measures, answer.features  # type: ignore[attr-defined]


def _loss(
    network: CellNetwork,
    recipe: Recipe,
    on: Training,
    chance: NDArray[np.float64],
    scaling: tuple[NDArray[np.float32], NDArray[np.float32]],
    rng: np.random.Generator,
) -> Tensor:
    twins = round(TWINS * recipe.batch) if recipe.consistency else 0
    empty = round(HOLLOW * recipe.batch) if recipe.border_only else 0
    real = recipe.batch - twins - empty
    rows = on.rows[rng.choice(len(on.rows), real, p=chance)]
    parts = [(on.cells, rows)]
    count = round(recipe.procedural * real) if on.drawn is not None else 0
    if count:
        parts = [(on.cells, rows[count:]), (on.drawn, rng.integers(len(on.drawn), size=count))]
    torch_rng = torch.Generator().manual_seed(int(rng.integers(2**31)))
    views = [drawn(batch(of, r), recipe, torch_rng) for of, r in parts]
    pixels, masks = (torch.cat(v) for v in zip(*views, strict=True))
    known = hints(np.concatenate([of.diameters[r] for of, r in parts]), rng, recipe.size_hint)
    targets = torch.cat([_targets(of, r, recipe) for of, r in parts])
    measured = np.concatenate([of.measures[r] for of, r in parts])
    order = torch.randperm(real, generator=torch_rng)  # so that drawn cells are among the twins as well
    pixels, masks, known, targets = pixels[order], masks[order], known[order], targets[order]
    shown = _on_borders(pixels, masks, recipe, twins, empty, torch_rng)
    hinted = torch.cat([known, known[:twins], torch.zeros(empty, 2)])
    answer = network(ready(_seen(shown, masks, recipe, torch_rng)), hinted)
    logs = F.log_softmax(answer.logits, 1)
    every = torch.cat([targets, targets[:twins]])
    loss = -(every * logs[: real + twins]).sum(1).mean()
    if twins:
        loss = loss + recipe.consistency * _apart(logs[:twins], logs[real : real + twins])
    if empty:
        loss = loss - recipe.border_only * logs[real + twins :].mean(1).mean()
    if recipe.morphology:
        wanted = torch.from_numpy((measured - scaling[0]) / scaling[1])[order].clamp(-4, 4)
        there = torch.isfinite(wanted)
        off = F.smooth_l1_loss(answer.measures[:real][there], wanted[there])
        loss = loss + recipe.morphology * off
    return loss


def _on_borders(pixels: Tensor, masks: Tensor, recipe: Recipe, twins: int, empty: int, rng: torch.Generator) -> Tensor:
    """The crops, some on other borders; then twins of the first on other borders; then borders alone."""
    moved = pixels
    if recipe.swap > 0:
        chosen = torch.rand(len(pixels), 1, 1, 1, generator=rng) < recipe.swap
        moved = torch.where(chosen, swapped(pixels, masks, rng), pixels)
    second = swapped(pixels, masks, rng)[:twins]
    return torch.cat([moved, second, hollow(pixels, masks, rng)[:empty]])


def _seen(pixels: Tensor, masks: Tensor, recipe: Recipe, rng: torch.Generator) -> Tensor:
    changed = photographed(restained(pixels, recipe.stain, rng), recipe.optics, rng)
    if not recipe.reinhard:
        return changed
    extra = len(pixels) - len(masks)
    return reinhard(changed, torch.cat([masks, masks[:extra]]))


def _targets(of: Cells, rows: NDArray[np.intp], recipe: Recipe) -> Tensor:
    hard = F.one_hot(torch.from_numpy(of.labels[rows]), len(LABELS)).float()
    return hard * (1 - recipe.smoothing) + recipe.smoothing / len(LABELS)


def _apart(one: Tensor, other: Tensor) -> Tensor:
    """Jensen–Shannon divergence of two answers."""
    middle = ((one.exp() + other.exp()) / 2).clamp(min=1e-8).log()
    both = F.kl_div(middle, one, reduction="batchmean", log_target=True)
    return both + F.kl_div(middle, other, reduction="batchmean", log_target=True)


def _pace(done: float) -> float:
    """One cycle: a tenth of the way up, then down along a cosine."""
    return max(done, 0.005) / 0.1 if done < 0.1 else 0.5 * (1 + math.cos(math.pi * (done - 0.1) / 0.9))


def _optimiser(network: CellNetwork, recipe: Recipe) -> torch.optim.Optimizer:
    """Norms and biases are not decayed; the new heads learn three times as fast as the trunk."""
    groups: dict[tuple[bool, bool], list[Tensor]] = {}
    for name, weight in network.named_parameters():
        if weight.requires_grad:
            groups.setdefault((name.startswith("trunk"), weight.ndim > 1), []).append(weight)
    return torch.optim.AdamW(
        {"params": weights, "weight_decay": recipe.decay if decayed else 0.0, "share": 1.0 if trunk else 3.0}
        for (trunk, decayed), weights in groups.items()
    )


def _saved(
    keep: Path, recipe: Recipe, step: int, network: CellNetwork, optimiser: torch.optim.Optimizer, average: Averaged
) -> None:
    state = {
        "recipe": recipe.digest(),
        "step": step,
        "seen": average.seen,
        "network": network.state_dict(),
        "average": average.network.state_dict(),
        "optimiser": optimiser.state_dict() if step < recipe.steps else None,
    }
    keep.parent.mkdir(parents=True, exist_ok=True)
    torch.save(state, keep.with_suffix(".part"))
    keep.with_suffix(".part").replace(keep)


def _resumed(
    keep: Path | None, recipe: Recipe, network: CellNetwork, optimiser: torch.optim.Optimizer, average: Averaged
) -> int:
    """The step to go on from; a checkpoint of another recipe is not taken."""
    if keep is None or not keep.is_file():
        return 0
    state = torch.load(keep, weights_only=True)
    if state["recipe"] != recipe.digest():
        print(f"  {keep.name} is of another recipe: training starts anew", file=sys.stderr)
        return 0
    network.load_state_dict(state["network"])
    average.network.load_state_dict(state["average"])
    average.seen = state["seen"]
    if state["optimiser"] is not None:
        optimiser.load_state_dict(state["optimiser"])
    return int(state["step"])
