"""Trains the cell detector's network. Resumable, seeded, on one thread; what it spent is printed and kept.

    python -m models.training.detector_scenes --root ../shared/data         once: the scenes, into .cache/training
    python -m models.training.train_detector first --minutes 28             composed, drawn, and single-cell pictures
    python -m models.training.train_detector main --start first --minutes 30
    python -m models.training.train_detector raabin --start first --leave-out raabin --minutes 9
    python -m models.training.train_detector barcelona --start first --leave-out barcelona --minutes 9
    python -m models.training.train_detector bccd --start first --leave-out bccd --minutes 9

`first` sees no picture of raabin, barcelona or bccd, so that what starts from it has truly never seen the source it
leaves out; leaving out bccd leaves out bccd_fields too. A checkpoint is kept in .checkpoints/ every few minutes, and
the same command goes on from it. Only pictures of the train part are used; thresholds are set elsewhere.
"""

from __future__ import annotations

import argparse
import copy
import time
from collections.abc import Mapping
from pathlib import Path

import cv2
import numpy as np
import torch
from torch import Tensor, nn

from models import yolo
from models.training import sources
from models.training.detector_fields import SIDE, Drawn, Stock, draw, quartered, stock

CHECKPOINTS = Path(".checkpoints")
FIRST = {"procedural": 1.0, "smear_cells": 0.7, "segmentation_1": 0.12, "segmentation_2": 0.08}
REAL = {"bccd_fields": 0.9, "raabin": 0.9, "barcelona": 0.6}
AFTER = {"procedural": 0.7, "smear_cells": 0.5, "segmentation_1": 0.12, "segmentation_2": 0.08}
LEFT_OUT = {"raabin": ("raabin",), "barcelona": ("barcelona",), "bccd": ("bccd_fields",)}
BATCH = 16
WARM_UP = 0.04  # of the training
STEEPEST = 10.0  # norm of the gradient
SMOOTHING = 0.998  # of the weights' moving average
SAVED_EVERY = 100


def weights_of_grounds(first: bool, leave_out: str | None) -> dict[str, float]:
    """How often each source is the ground of a field."""
    if first:
        return dict(FIRST)
    gone = LEFT_OUT[leave_out] if leave_out else ()
    return AFTER | {name: weight for name, weight in REAL.items() if name not in gone}


def batched(drawn: list[Drawn]) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Pictures, marks, boxes and the picture of each box, as `yolo.loss` takes them."""
    pictures = torch.from_numpy(np.stack([d.pixels for d in drawn])).permute(0, 3, 1, 2).float() / 255
    marks = quartered(np.stack([d.labels for d in drawn]), yolo.MASK_STRIDE)
    boxes, owners = [], []
    for number, one in enumerate(drawn):
        found = boxes_of(one.labels)
        boxes.append(found)
        owners += [number] * len(found)
    table = np.concatenate(boxes).astype(np.float32) / SIDE
    shares = np.hstack([(table[:, :2] + table[:, 2:]) / 2, table[:, 2:] - table[:, :2]])
    return pictures, torch.from_numpy(marks.astype(np.int64)), torch.from_numpy(shares), torch.tensor(owners)


def boxes_of(labels: np.ndarray) -> np.ndarray:
    """x0, y0, x1, y1 of labels 1, 2, 3 …"""
    rows, columns = np.nonzero(labels)
    numbers = labels[rows, columns].astype(int)
    low, high = np.full((int(labels.max()) + 1, 2), SIDE), np.zeros((int(labels.max()) + 1, 2), int)
    for axis, values in enumerate((columns, rows)):
        np.minimum.at(low[:, axis], numbers, values)
        np.maximum.at(high[:, axis], numbers, values + 1)
    return np.hstack([low, high])[1:]


def grouped(net: nn.Module, rate: float) -> torch.optim.Optimizer:
    """AdamW; only convolutions' weights decay."""
    decay = [p for p in net.parameters() if p.ndim > 1]
    rest = [p for p in net.parameters() if p.ndim <= 1]
    groups = [{"params": decay, "weight_decay": 5e-4}, {"params": rest, "weight_decay": 0.0}]
    return torch.optim.AdamW(groups, lr=rate, betas=(0.9, 0.99))


def rate_at(progress: float, top: float) -> float:
    """Up in a line, down in a cosine to a fiftieth."""
    if progress < WARM_UP:
        return top * max(progress / WARM_UP, 0.01)
    fall = min(1.0, (progress - WARM_UP) / (1 - WARM_UP))
    return float(top * (0.02 + 0.98 * 0.5 * (1 + np.cos(np.pi * fall))))


def follow(average: nn.Module, net: nn.Module, step: int) -> None:
    """The moving average a step on; early in training it follows closely."""
    keep = min(SMOOTHING, (1 + step) / (10 + step))
    with torch.no_grad():
        for mine, theirs in zip(average.state_dict().values(), net.state_dict().values(), strict=True):
            if mine.is_floating_point():
                mine.lerp_(theirs, 1 - keep)
            else:
                mine.copy_(theirs)


def train(name: str, given: Stock, options: argparse.Namespace, folder: Path | None = None) -> None:
    """Steps until the minutes are spent; the learning rate follows the share of them that is.

    Checkpoints are in `folder` (`CHECKPOINTS` when not said): a site's own training keeps its own.
    """
    folder = folder or CHECKPOINTS
    torch.manual_seed(options.seed)
    net = yolo.network()
    average = copy.deepcopy(net)
    optimiser = grouped(net, options.rate)
    kept = folder / f"detector-{name}.pt"
    step, spent = _resumed(kept, options.start, net, average, optimiser)
    budget = options.minutes * 60.0
    seen: dict[str, float] = {}
    began = time.monotonic() - spent
    while (spent := time.monotonic() - began) < budget:
        for group in optimiser.param_groups:
            group["lr"] = rate_at(spent / budget, options.rate)
        rng = np.random.default_rng([options.seed, step])
        drawn = [draw(rng, given) for _ in range(BATCH)]
        net.train()
        with torch.autocast("cpu", torch.bfloat16):
            loss, parts = yolo.loss(net, *batched(drawn))
        optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(net.parameters(), STEEPEST)
        optimiser.step()
        step += 1
        follow(average, net, step)
        seen = {key: 0.97 * seen.get(key, value) + 0.03 * value for key, value in parts.items()}
        if step % 20 == 0:
            told = "  ".join(f"{key} {value:.3f}" for key, value in seen.items())
            print(f"{name} step {step}  {spent / 60:.1f} min  {told}", flush=True)
        if step % SAVED_EVERY == 0:
            _keep(kept, net, average, optimiser, step, spent)
    _keep(kept, net, average, optimiser, step, budget)
    print(f"{name}: {step} steps of {BATCH} fields, {budget / 60:.0f} minutes on one thread, seed {options.seed}")


def _resumed(
    kept: Path, start: str | None, net: nn.Module, average: nn.Module, optimiser: torch.optim.Optimizer
) -> tuple[int, float]:
    """Steps and seconds already spent; weights from the checkpoint, else from the training to start from."""
    if kept.is_file():
        state = torch.load(kept, weights_only=True)
        net.load_state_dict(state["net"])
        average.load_state_dict(state["average"])
        optimiser.load_state_dict(state["optimiser"])
        return int(state["step"]), float(state["spent"])
    if start:
        state = torch.load(kept.with_name(f"detector-{start}.pt"), weights_only=True)
        net.load_state_dict(state["average"])
        average.load_state_dict(state["average"])
    return 0, 0.0


def _keep(
    path: Path, net: nn.Module, average: nn.Module, optimiser: torch.optim.Optimizer, step: int, spent: float
) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    state: Mapping[str, object] = {
        "net": net.state_dict(),
        "average": average.state_dict(),
        "optimiser": optimiser.state_dict(),
        "step": step,
        "spent": spent,
    }
    torch.save(state, path.with_suffix(".new"))
    path.with_suffix(".new").replace(path)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("name", help="of the checkpoint; 'first' is the stage without raabin, barcelona and bccd")
    parser.add_argument("--root", type=Path, default=sources.ROOT)
    parser.add_argument("--start", help="checkpoint to start from")
    parser.add_argument("--leave-out", choices=sorted(LEFT_OUT))
    parser.add_argument("--minutes", type=float, required=True)
    parser.add_argument("--rate", type=float, default=1.5e-3)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    train(options.name, stock(weights_of_grounds(options.name == "first", options.leave_out), options.root), options)


if __name__ == "__main__":
    main()
