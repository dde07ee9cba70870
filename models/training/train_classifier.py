"""Trains the shipped classifier. Every step goes on where it stopped; the order is:

    python -m models.training.cell_crops smear-baseline wbc-masks wbc-baseline procedural
    python -m models.training.ablation                             what each part of the recipe is worth
    python -m models.training.train_classifier folds               five networks, each without one fold of patients
    python -m models.training.train_classifier longer              the same five, taught on (two at once: --only 0 1)
    python -m models.training.cell_crops smear-yolo wbc-yolo       the same cells as the trained detector cuts them
    python -m models.training.train_classifier shipped             one network of all 68 patients, from the five
    python -m models.training.train_classifier card                calibration, figures, weights and card

The fifteen calibration patients are in no training. Fold networks give the cross-validated figures; the shipped network
saw every patient of the folds, so what is said of it itself is said of the fifteen. Stage one learns on crops cut along
the baseline detector's contours (pseudo-reference), stage two on those of the trained detector.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray

from models.cell_network import CellNetwork
from models.temperature import softmax
from models.training.ablation import FOLDER as ABLATION
from models.training.ablation import pretrained
from models.training.cell_batches import Cells, cells
from models.training.cell_crops import kept
from models.training.classifier_run import Training, predicted, started, trained
from models.training.patients import FOLDS
from models.training.recipe import LABELS, SHIPPED, Recipe

FOLDER = Path(".checkpoints/classifier")
PREDICTIONS = Path(".checkpoints/predictions")
LONGER = {"steps": 1500, "rate": 1e-3, "procedural_steps": 0}  # the first schedule left them under-trained
SECOND = {"steps": 1000, "rate": 4e-4, "procedural_steps": 0}  # stage two: shorter and gentler


def folds(recipe: Recipe = SHIPPED) -> None:
    """Five networks; each fold's cells are then named by the network that did not see its patients."""
    real, drawn = cells(kept("smear-baseline")), cells(kept("procedural"))
    for fold in range(FOLDS):
        network = fold_network(fold, recipe, real, drawn)
        rows = np.flatnonzero(real.groups == f"fold {fold}")
        write(real, rows, predicted(network, real, rows, recipe).logits, f"fold-{fold}")


def fold_network(fold: int, recipe: Recipe, real: Cells, drawn: Cells) -> CellNetwork:
    learn = np.flatnonzero(np.isin(real.groups, [f"fold {k}" for k in range(FOLDS) if k != fold]))
    began = time.process_time()
    begin = pretrained(recipe, drawn, ABLATION)
    network = trained(recipe, Training(real, learn, drawn), 100 + fold, FOLDER / f"fold-{fold}.pt", begin)
    print(f"fold {fold}: {recipe.steps * recipe.batch} crops, {(time.process_time() - began) / 60:.1f} min", flush=True)
    return network


def longer(recipe: Recipe = SHIPPED, only: Sequence[int] = range(FOLDS)) -> None:
    """The fold networks taught on by another cycle, on the same patients; then the left-out fold is named anew."""
    real, drawn = cells(kept("smear-baseline")), cells(kept("procedural"))
    for fold in only:
        learn = np.flatnonzero(np.char.startswith(real.groups, "fold") & (real.groups != f"fold {fold}"))
        begin = network(f"fold-{fold}", recipe)
        keep = FOLDER / f"longer-{fold}.pt"
        made = trained(replace(recipe, **LONGER), Training(real, learn, drawn), 300 + fold, keep, begin)
        rows = np.flatnonzero(real.groups == f"fold {fold}")
        write(real, rows, predicted(made, real, rows, recipe).logits, f"fold-{fold}")


def shipped(recipe: Recipe = SHIPPED) -> None:
    """The mean of the fold networks, taught on by the trained detector's crops of all 68 patients (stage two).

    All five start from the same weights and share four fifths of their patients: their mean lies where they lie.
    """
    seen, drawn = cells(kept("smear-yolo")), cells(kept("procedural"))
    learn = np.flatnonzero(np.char.startswith(seen.groups, "fold"))
    trained(replace(recipe, **SECOND), Training(seen, learn, drawn), 201, FOLDER / "shipped.pt", averaged(recipe))


def averaged(recipe: Recipe = SHIPPED) -> CellNetwork:
    """The weight average of the fold networks."""
    states = [network(f"longer-{k}", recipe).state_dict() for k in range(FOLDS)]
    mean = {
        key: torch.stack([s[key].float() for s in states]).mean(0).to(first.dtype) for key, first in states[0].items()
    }
    made = network("longer-0", recipe)
    made.load_state_dict(mean)
    return made


def network(name: str, recipe: Recipe = SHIPPED) -> CellNetwork:
    """A trained network's moving average, from its checkpoint."""
    made = started(replace(recipe, start="random"), 0)
    made.load_state_dict(torch.load(FOLDER / f"{name}.pt", weights_only=True)["average"])
    return made.eval()


def write(of: Cells, rows: NDArray[np.intp], logits: NDArray[np.float32], name: str) -> None:
    about = of.crops.table.iloc[rows][["cell", "patient", "diagnosis", "class"]].copy()
    about["fold"] = of.groups[rows]
    write_table(about, logits, name)


def write_table(about: pd.DataFrame, logits: NDArray[np.float32], name: str) -> None:
    """Predictions as `python -m core evaluate --predictions` reads them, and the logits beside them."""
    PREDICTIONS.mkdir(parents=True, exist_ok=True)
    probabilities = softmax(logits)
    columns = {f"p_{label}": probabilities[:, k].round(5) for k, label in enumerate(LABELS)}
    about.assign(**columns).to_csv(PREDICTIONS / f"{name}.csv", index=False)
    np.save(PREDICTIONS / f"{name}.npy", logits)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("step", choices=("folds", "longer", "shipped", "card"))
    parser.add_argument("--only", type=int, nargs="+", default=range(FOLDS), help="longer: these folds")
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    if options.step == "card":
        from models.training.classifier_card import written

        written()
    elif options.step == "longer":
        longer(only=options.only)
    else:
        {"folds": folds, "shipped": shipped}[options.step]()


if __name__ == "__main__":
    main()
