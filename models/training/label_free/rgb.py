"""The hybrid on stained cells, classes only: a stand-in for the paper's second benchmark, which cannot be had here.

    python -m models.training.label_free.rgb                        hybrid and a ResNet of its size, fold 1 left out
    python -m models.training.label_free.rgb --steps 20 --no-record a smoke test

The crops are those that the shipped EfficientNet's folds learned from (`smear-baseline`), the patients left out are the
same, and what it said of them stands beside (`.checkpoints/predictions`). It began from ImageNet's weights, in two
stages and at more pixels; the networks here begin from nothing. Fold 1, since fold 0 served for choosing.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from models.temperature import softmax
from models.training import augment
from models.training import classifier_figures as figures
from models.training.cell_batches import Cells, batch, cells, drawing_weights
from models.training.cell_crops import kept
from models.training.label_free.recipe import Recipe
from models.training.label_free.run import Task, predicted, trained
from models.training.recipe import LABELS, SHIPPED

FIGURES = Path(__file__).with_name("rgb.json")
KEPT = Path(".checkpoints/label_free/rgb")
PREDICTIONS = Path(".checkpoints/predictions")  # of the EfficientNet's folds: models.training.train_classifier
NETWORKS = ("hybrid", "resnet")
SIDE = 64
GLASS = 240 / 255  # brightness of empty glass after balancing
PRIOR = 0.5  # share of the balanced drawing taken back from the logits, as in the shipped classifier
RECIPE = Recipe(tasks="classes", side=SIDE, steps=2000, dropout=0.0, level=0.15, noise=0.15)
SEED = 1
ROUNDS = 500


def task(of: Cells) -> Task:
    """The crops as the classifier is shown them, glass balanced, on fewer pixels."""
    pixels = np.empty((len(of), 3, SIDE, SIDE), np.float16)
    for start in range(0, len(of), 256):
        rows = np.arange(start, min(start + 256, len(of)))
        pixels[rows] = (augment.plain(batch(of, rows), SIDE)[0] / 255).clamp(0, 1).half().numpy()
    none = np.zeros((len(of), 0), np.float32)
    return Task(pixels, of.labels, none, len(LABELS), colours=True, empty=GLASS, spread=0.2)


def shown(of: Cells, learn: NDArray[np.intp], seed: int) -> NDArray[np.intp]:
    """Rows to draw from, rare classes more often, as in the classifier's training."""
    chance, _ = drawing_weights(of.labels[learn], SHIPPED.imbalance)
    return np.random.default_rng(seed).choice(learn, 8 * len(learn), p=chance)


def figured(of: Cells, rows: NDArray[np.intp], learn: NDArray[np.intp], raw: NDArray[np.float32]) -> dict[str, Any]:
    """Figures of patients left out, with intervals from drawing patients anew."""
    _, prior = drawing_weights(of.labels[learn], SHIPPED.imbalance)
    p = softmax(raw - PRIOR * prior).astype(np.float32)
    labels, patients = of.labels[rows], of.crops.table["patient"].to_numpy()[rows]

    def numbers(part: NDArray[np.intp]) -> dict[str, float]:
        right = p[part].argmax(1) == labels[part]
        recalls = [float(right[labels[part] == k].mean()) for k in np.unique(labels[part])]
        told = {"accuracy": float(right.mean()), "balanced_accuracy": float(np.mean(recalls))}
        return told | figures.figures(labels[part], p[part])

    found = {k: round(v, 4) for k, v in numbers(np.arange(len(rows))).items()}
    return found | {f"{k}_interval": v for k, v in figures.interval(patients, numbers, ROUNDS).items()}


def everything(of: Cells, fold: int, networks: tuple[str, ...], recipe: Recipe, folder: Path = KEPT) -> dict[str, Any]:
    parts = {f"fold {k}" for k in range(5)} - {f"fold {fold}"}
    learn, rows = np.flatnonzero(np.isin(of.groups, sorted(parts))), np.flatnonzero(of.groups == f"fold {fold}")
    patients = of.crops.table["patient"].to_numpy()
    found: dict[str, Any] = {
        "left_out": f"fold {fold}",
        "cells": len(rows),
        "patients": len(np.unique(patients[rows])),
        "crops_each": recipe.steps * recipe.batch,
        "networks": {},
    }
    wanted = task(of)
    for name in networks:
        mine = replace(recipe, network=name)
        keep = folder / f"{mine.digest()}-{fold}-{SEED}.pt"
        network = trained(mine, wanted, shown(of, learn, SEED), SEED, keep)
        weights = sum(w.numel() for w in network.parameters())
        told = figured(of, rows, learn, predicted(network, wanted, rows, mine).logits)
        found["networks"][name] = {"weights": weights} | told
    beside = PREDICTIONS / f"fold-{fold}.npy"
    if beside.is_file():
        found["networks"]["EfficientNet-lite0"] = figured(of, rows, learn, np.load(beside))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("networks", nargs="*", default=NETWORKS, help="hybrid, cnn, resnet, vit")
    parser.add_argument("--fold", type=int, default=1)
    parser.add_argument("--steps", type=int, default=RECIPE.steps)
    parser.add_argument("--no-record", action="store_true", help=f"leave {FIGURES.name} as it is")
    options = parser.parse_args()
    torch.set_num_threads(1)
    recipe = replace(RECIPE, steps=options.steps)
    found = everything(cells(kept("smear-baseline")), options.fold, tuple(options.networks), recipe)
    print(json.dumps(found, indent=1))
    if not options.no_record:
        FIGURES.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
