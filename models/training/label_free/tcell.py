"""Real label-free cells: activated against quiescent T cells by their own fluorescence, a donor left out in turn.

    python -m models.training.label_free.tcell                  six donors × four networks × two seeds; resumable
    python -m models.training.label_free.tcell --steps 20 --seeds 1 --no-record        a smoke test

852 crops of NAD(P)H autofluorescence (one channel, sizes from 7 to 100 pixels, `tcell_autofluorescence`). The recipe is
fixed and the same for every network; nothing is chosen on the donor left out. Beside the networks stand boosted trees
on size and brightness. A difference is taken donor by donor, its interval is Student's over the six.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from scipy import stats
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import roc_auc_score

from models.training.label_free.recipe import Recipe
from models.training.label_free.run import Task, predicted, trained
from models.training.sources import ROOT

FIGURES = Path(__file__).with_name("tcell.json")
KEPT = Path(".checkpoints/label_free/tcell")
CLASSES = ("quiescent", "activated")
CANVAS = 48  # pixels around the middle of a crop; nine crops in ten are smaller and lie on black
NETWORKS = ("hybrid", "cnn", "resnet", "vit")
TREES = "trees"
RECIPE = Recipe(tasks="classes", side=32, steps=300, dropout=0.0, level=0.0, shift=3)
SEEDS = (1, 2)


@dataclass(frozen=True, slots=True, eq=False)
class Crops:
    task: Task
    donors: NDArray[np.str_]
    measures: NDArray[np.float64]  # (n, 7) sizes and brightnesses, for the trees


def crops(root: Path = ROOT) -> Crops:
    """Every crop on the canvas, the root of its brightness taken so that shot noise is alike everywhere."""
    files = sorted((root / "tcell_autofluorescence").glob("donor_*/*/*.png"))
    if not files:
        raise FileNotFoundError(
            f"Expected crops in {root / 'tcell_autofluorescence'}; found none. Name the folder with --root."
        )
    pictures = [np.asarray(cv2.imread(str(file), cv2.IMREAD_GRAYSCALE)) for file in files]
    pixels = np.stack([np.sqrt(on_canvas(p) / 255) for p in pictures])[:, None].astype(np.float16)
    labels = np.array([CLASSES.index(file.parent.name) for file in files], np.int64)
    none = np.zeros((len(files), 0), np.float32)
    task = Task(pixels, labels, none, len(CLASSES), colours=True, empty=0.0, spread=0.25)
    return Crops(task, np.array([file.parts[-3] for file in files]), np.stack([measured(p) for p in pictures]))


def on_canvas(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The picture in the middle of the canvas, cut where it is larger; not resized, for size tells."""
    canvas = np.zeros((CANVAS, CANVAS), np.uint8)
    height, width = (min(side, CANVAS) for side in picture.shape)
    top, left = (picture.shape[0] - height) // 2, (picture.shape[1] - width) // 2
    y, x = (CANVAS - height) // 2, (CANVAS - width) // 2
    canvas[y : y + height, x : x + width] = picture[top : top + height, left : left + width]
    return canvas


def measured(picture: NDArray[np.uint8]) -> NDArray[np.float64]:
    grey = picture.astype(np.float64)
    low, middle, high = np.percentile(grey, [25, 50, 95])
    return np.array([*grey.shape, grey.mean(), grey.std(), low, middle, high])


def left_out(of: Crops, network: str, donor: str, seed: int, recipe: Recipe, kept: Path = KEPT) -> list[float]:
    """How activated each cell of a donor looks to a network that has not seen that donor."""
    rest, its = np.flatnonzero(of.donors != donor), np.flatnonzero(of.donors == donor)
    if network == TREES:
        fitted = HistGradientBoostingClassifier(max_iter=60, min_samples_leaf=10, random_state=seed)
        fitted.fit(of.measures[rest], of.task.labels[rest])
        return [round(float(p), 5) for p in fitted.predict_proba(of.measures[its])[:, 1]]
    mine = replace(recipe, network=network)
    keep = kept / f"{mine.digest()}-{donor}-{seed}.pt"
    logits = predicted(trained(mine, of.task, rest, seed, keep), of.task, its, mine).logits
    keep.unlink()
    return [round(float(v), 5) for v in logits[:, 1] - logits[:, 0]]


def everything(of: Crops, recipe: Recipe, seeds: tuple[int, ...], kept: Path = KEPT) -> dict[str, list[list[float]]]:
    """AUROC by network: one row a donor, one column a seed. What was measured before is not trained again."""
    file = kept / f"{recipe.digest()}.json"
    said: dict[str, list[float]] = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
    found: dict[str, list[list[float]]] = {}
    for network in (*NETWORKS, TREES):
        for donor in np.unique(of.donors):
            row = []
            for seed in seeds:
                key = f"{network} {donor} {seed}"
                if key not in said:
                    said[key] = left_out(of, network, donor, seed, recipe, kept)
                    file.parent.mkdir(parents=True, exist_ok=True)
                    file.write_text(json.dumps(said), encoding="utf-8")
                row.append(float(roc_auc_score(of.task.labels[of.donors == donor], said[key])))
            print(network, donor, np.round(row, 4), flush=True)
            found.setdefault(network, []).append(row)
    return found


def summary(found: Mapping[str, list[list[float]]]) -> dict[str, Any]:
    """Mean AUROC of each network and the hybrid's lead over each, with 95 % intervals over donors."""
    by_donor = {name: np.mean(rows, axis=1) for name, rows in found.items()}
    told: dict[str, Any] = {}
    for name, values in by_donor.items():
        told[name] = {"auroc": round(float(values.mean()), 4), "interval": student(values)}
        told[name]["by_donor"] = [round(float(v), 4) for v in values]
    for name in by_donor:
        if name != "hybrid":
            lead = by_donor["hybrid"] - by_donor[name]
            told[name]["hybrid_ahead_by"] = {"mean": round(float(lead.mean()), 4), "interval": student(lead)}
    return told


def student(values: NDArray[np.float64]) -> list[float]:
    reach = float(stats.t.ppf(0.975, len(values) - 1) * stats.sem(values))
    return [round(float(values.mean()) - reach, 4), round(float(values.mean()) + reach, 4)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--root", type=Path, default=ROOT)
    parser.add_argument("--steps", type=int, default=RECIPE.steps)
    parser.add_argument("--seeds", type=int, default=len(SEEDS), help="how many")
    parser.add_argument("--no-record", action="store_true", help=f"leave {FIGURES.name} as it is")
    options = parser.parse_args()
    torch.set_num_threads(1)
    of, recipe = crops(options.root), replace(RECIPE, steps=options.steps)
    seeds = tuple(range(1, options.seeds + 1))
    told = summary(everything(of, recipe, seeds))
    about = {"cells": len(of.donors), "donors": len(np.unique(of.donors)), "seeds": list(seeds)}
    whole = about | {"crops_each": recipe.steps * recipe.batch, "networks": told}
    print(json.dumps(whole, indent=1))
    if not options.no_record:
        FIGURES.write_text(json.dumps(whole, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
