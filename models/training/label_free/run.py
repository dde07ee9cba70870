"""One training of a label-free network, resumable, and its predictions."""

from __future__ import annotations

import copy
import math
import sys
import time
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from models.label_free_network import sized
from models.training.label_free import losses
from models.training.label_free.augment import Batch, Targets, changed
from models.training.label_free.baselines import network
from models.training.label_free.recipe import SPREAD, Recipe

SAVED = 200  # steps between checkpoints
CLIP = 1.0
Rows = NDArray[np.intp]


@dataclass(frozen=True, slots=True, eq=False)
class Task:
    """What is learned: pictures about nought, classes (−1 unknown), standardised markers (NaN missing)."""

    pixels: NDArray[np.float16]  # (n, channels, S, S), brightness over background, or colours with `colours`
    labels: NDArray[np.int64]
    markers: NDArray[np.float32]  # (n, markers); (n, 0) where there are none
    classes: int
    colours: bool = False  # channels are no views: none is renamed or withheld
    empty: float = 1.0  # what shows nothing: nought to the network, and what a shift lets in
    spread: float = SPREAD  # what is one to the network

    @property
    def channels(self) -> int:
        return int(self.pixels.shape[1])


@dataclass(frozen=True, slots=True, eq=False)
class Predicted:
    logits: NDArray[np.float32]
    markers: NDArray[np.float32]  # standardised
    spread: NDArray[np.float32]
    gate: NDArray[np.float32]
    features: NDArray[np.float32]


def trained(
    recipe: Recipe,
    task: Task,
    rows: Rows,
    seed: int,
    keep: Path | None = None,
    begin: nn.Module | None = None,
    only: list[nn.Parameter] | None = None,
) -> nn.Module:
    """The averaged network after the recipe's steps; goes on from the checkpoint `keep`. `only`: these learn alone."""
    torch.manual_seed(seed)
    made = begin or network(recipe, task.classes, task.markers.shape[1], task.channels, colours=task.colours)
    made.train(only is None)  # a frozen trunk keeps its normalisation too
    learning = only if only is not None else [w for w in made.parameters() if w.requires_grad]
    optimiser = _optimiser(learning, recipe)
    average = copy.deepcopy(made).eval()
    first = _resumed(keep, recipe, made, optimiser, average)
    began, recent = time.perf_counter(), []
    for step in range(first, recipe.steps):
        rng = np.random.default_rng([seed, step])
        torch.manual_seed(seed * 1_000_003 + step)
        for group in optimiser.param_groups:
            group["lr"] = recipe.rate * _pace(step / recipe.steps)
        torch_rng = torch.Generator().manual_seed(int(rng.integers(2**31)))
        shown = changed(_batch(task, rng.choice(rows, recipe.batch)), recipe, torch_rng, not task.colours)
        loss = losses.of(made(shown.pixels, shown.there), shown.targets, recipe)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(learning, CLIP)
        optimiser.step()
        _averaged(average, made, min(recipe.average, (step + 1) / (10 + step)))
        recent.append(float(loss.detach()))
        if keep is not None and ((step + 1) % SAVED == 0 or step + 1 == recipe.steps):
            _saved(keep, recipe, step + 1, made, optimiser, average)
            speed = (step + 1 - first) * recipe.batch / (time.perf_counter() - began)
            told = f"  {keep.stem} {step + 1}/{recipe.steps} {np.mean(recent[-SAVED:]):.3f} {speed:.0f}/s"
            print(told, file=sys.stderr, flush=True)
    return average


@torch.inference_mode()
def predicted(
    of: nn.Module, task: Task, rows: Rows, recipe: Recipe, views: tuple[bool, ...] | None = None
) -> Predicted:
    """What a network says of cells as they are, with all views or only some."""
    of.eval()
    found: list[tuple[Tensor, ...]] = []
    for start in range(0, len(rows), 256):
        batch = _batch(task, rows[start : start + 256])
        there = batch.there if views is None else batch.there * torch.tensor(views, dtype=torch.float32)
        answer = of(sized(batch.pixels, recipe.side), there)
        found.append((answer.logits, answer.markers, answer.spread, answer.gate, answer.features))
    return Predicted(*(torch.cat(column).numpy() for column in zip(*found, strict=True)))


def frozen(recipe: Recipe, task: Task, rows: Rows, seed: int, trunk: nn.Module, keep: Path | None) -> nn.Module:
    """The marker head taught anew on a trunk that has only ever seen classes."""
    made = copy.deepcopy(trunk)
    for weight in made.parameters():
        weight.requires_grad_(False)
    head: list[nn.Parameter] = made.head_parameters()  # type: ignore[operator]
    for weight in head:
        weight.requires_grad_(True)
    return trained(replace(recipe, tasks="markers"), task, rows, seed, keep, made, head)


def _batch(task: Task, rows: Rows) -> Batch:
    raw = torch.from_numpy(np.ascontiguousarray(task.pixels[rows])).float()
    there = torch.isfinite(raw[:, :, 0, 0]).float()
    raw = torch.nan_to_num((raw - task.empty) / task.spread)
    classes = torch.zeros(len(rows), task.classes)
    known = np.flatnonzero(task.labels[rows] >= 0)
    classes[known, torch.from_numpy(task.labels[rows][known])] = 1
    return Batch(raw, there, Targets(classes, torch.from_numpy(task.markers[rows])))


def _pace(done: float) -> float:
    """One cycle: a tenth of the way up, then down along a cosine."""
    return max(done, 0.005) / 0.1 if done < 0.1 else 0.5 * (1 + math.cos(math.pi * (done - 0.1) / 0.9))


def _optimiser(weights: list[nn.Parameter], recipe: Recipe) -> torch.optim.Optimizer:
    return torch.optim.AdamW(
        [
            {"params": [w for w in weights if w.ndim > 1], "weight_decay": recipe.decay},
            {"params": [w for w in weights if w.ndim <= 1], "weight_decay": 0.0},
        ],
        lr=recipe.rate,
    )


@torch.no_grad()
def _averaged(average: nn.Module, made: nn.Module, keep: float) -> None:
    for mine, theirs in zip(average.state_dict().values(), made.state_dict().values(), strict=True):
        if mine.dtype.is_floating_point:
            mine.lerp_(theirs, 1 - keep)
        else:
            mine.copy_(theirs)


def _saved(
    keep: Path, recipe: Recipe, step: int, made: nn.Module, optimiser: torch.optim.Optimizer, average: nn.Module
) -> None:
    state = {
        "recipe": recipe.digest(),
        "step": step,
        "network": made.state_dict(),
        "average": average.state_dict(),
        "optimiser": optimiser.state_dict(),
    }
    keep.parent.mkdir(parents=True, exist_ok=True)
    torch.save(state, keep.with_suffix(".part"))
    keep.with_suffix(".part").replace(keep)


def _resumed(
    keep: Path | None, recipe: Recipe, made: nn.Module, optimiser: torch.optim.Optimizer, average: nn.Module
) -> int:
    """The step to go on from; a checkpoint of another recipe is not taken."""
    if keep is None or not keep.is_file():
        return 0
    state = torch.load(keep, weights_only=True)
    if state["recipe"] != recipe.digest():
        print(f"  {keep.name} is of another recipe: training starts anew", file=sys.stderr)
        return 0
    made.load_state_dict(state["network"])
    average.load_state_dict(state["average"])
    optimiser.load_state_dict(state["optimiser"])
    return int(state["step"])
