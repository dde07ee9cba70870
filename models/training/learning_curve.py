"""Would more patients help? The classifier's short schedule on ever more patients of folds 1–4, measured on fold 0.

    python -m models.training.learning_curve               about two minutes a run and core; goes on where it stopped
    python -m models.training.learning_curve --table

Every training costs the same number of crops, so that only the number of patients differs; smaller sets lie inside
larger ones. Two seeds draw other patients. The labels' own ceiling is estimated beside it, in the card, by forgiving
confusions that readers make among themselves (`where_readers_differ`).
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from models.temperature import softmax
from models.training.ablation import COLUMNS, pretrained
from models.training.ablation import FOLDER as STARTS
from models.training.cell_batches import Cells, cells
from models.training.cell_crops import kept
from models.training.classifier_figures import figures, mature_accuracy
from models.training.classifier_run import Training, predicted, trained
from models.training.recipe import variant

FOLDER = Path(".checkpoints/learning-curve")
PATIENTS = (7, 14, 27, 54)
SEEDS = (1, 2)
STEPS = 360


def run(patients: int, seed: int, real: Cells, drawn: Cells, outside: Cells) -> dict[str, float]:
    """The figures after learning from so many patients, drawn by the seed."""
    recipe = replace(variant("full"), steps=STEPS)
    names = real.crops.table["patient"].to_numpy()
    learn = np.isin(real.groups, [f"fold {k}" for k in range(1, 5)])
    order = np.random.default_rng(seed).permutation(np.unique(names[learn]))[:patients]
    rows = np.flatnonzero(learn & np.isin(names, order))
    network = trained(recipe, Training(real, rows, drawn), seed, begin=pretrained(recipe, drawn, STARTS))
    test = np.flatnonzero(real.groups == "fold 0")
    found = figures(real.labels[test], softmax(predicted(network, real, test, recipe).logits))
    there = predicted(network, outside, np.arange(len(outside)), recipe)
    found["wbc_accuracy"] = mature_accuracy(outside.labels, softmax(there.logits))
    return found | {"cells": len(rows)}


def summary(folder: Path = FOLDER) -> dict[str, dict[str, float]]:
    """For the card: the mean over seeds for each number of patients that was measured."""
    found: dict[str, dict[str, float]] = {}
    for patients in PATIENTS:
        runs = [json.loads(f.read_text(encoding="utf-8")) for f in sorted(folder.glob(f"{patients}-*.json"))]
        if runs:
            means = {c: round(float(np.mean([r[c] for r in runs])), 4) for c in COLUMNS}
            found[f"patients_{patients}"] = {"seeds": len(runs)} | means
    return found


def table(folder: Path = FOLDER) -> str:
    lines = ["| patients | seeds | " + " | ".join(c.replace("_", " ") for c in COLUMNS) + " |", "|---" * 7 + "|"]
    for name, row in summary(folder).items():
        shown = " | ".join(f"{row[c]:.3f}" for c in COLUMNS)
        lines.append(f"| {name.removeprefix('patients_')} | {row['seeds']} | {shown} |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--table", action="store_true")
    options = parser.parse_args()
    torch.set_num_threads(1)
    FOLDER.mkdir(parents=True, exist_ok=True)
    if not options.table:
        real, drawn, outside = (cells(kept(name)) for name in ("smear-baseline", "procedural", "wbc-masks"))
        for seed in SEEDS:
            for patients in PATIENTS:
                file = FOLDER / f"{patients}-{seed}.json"
                if file.is_file():
                    continue
                found = run(patients, seed, real, drawn, outside)
                file.write_text(json.dumps(found, indent=1), encoding="utf-8")
                print(patients, seed, {k: round(v, 3) for k, v in found.items()}, file=sys.stderr, flush=True)
    print(table())


if __name__ == "__main__":
    main()
