"""What each part of the recipe is worth: every part switched alone, on one patient split, with three seeds.

    python -m models.training.ablation                    about 40 minutes on one core; goes on where it stopped
    python -m models.training.ablation --table            prints what is there
    python -m models.training.ablation --keep --only full "no background swap"
                                                          keeps the networks too, for models.studies.background

Trained on folds 1–4, measured on fold 0, which therefore belongs to development, and on `segmentation_wbc`. The
schedule is short and the crops small: differences count, not levels. All variants cost the same number of crops, so a
part that needs a second view pays for it. Each run is kept in `.checkpoints/ablation/` as it ends.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import torch

from models.cell_network import CellNetwork
from models.temperature import softmax
from models.training.cell_batches import Cells, cells
from models.training.cell_crops import kept
from models.training.classifier_figures import figures, mature_accuracy
from models.training.classifier_run import Training, predicted, started, trained
from models.training.recipe import PARTS, Recipe, variant

FOLDER = Path(".checkpoints/ablation")
SEEDS = (1, 2, 3)
STEPS = 180
COLUMNS = ("weighted_f1", "macro_f1", "cblc_auroc", "calibration_error", "wbc_accuracy")
PRETRAINING_SEED = 99


def pretrained(recipe: Recipe, drawn: Cells, folder: Path) -> CellNetwork:
    """The start of a training: where the recipe says so, taught on drawn cells first (once for each kind of start)."""
    network = started(recipe, PRETRAINING_SEED)
    if not recipe.procedural_steps:
        return network
    first = replace(
        recipe, steps=recipe.procedural_steps, side=64, frozen=0, balance=True, reinhard=False, imbalance=0.0,
        size_hint=True, procedural=0.0, consistency=0.5, border_only=0.1, morphology=0.2, stain=1.0, optics=1.0,
        swap=0.3,
    )  # fmt: skip
    file = folder / f"start-{first.digest()}.pt"
    if not file.is_file():
        learnt = trained(first, Training(drawn, np.arange(len(drawn))), PRETRAINING_SEED, begin=network)
        file.parent.mkdir(parents=True, exist_ok=True)
        torch.save(learnt.state_dict(), file)
    network.load_state_dict(torch.load(file, weights_only=True))
    return network


def run(
    name: str, seed: int, real: Cells, drawn: Cells, outside: Cells, folder: Path, steps: int, *, keep: bool = False
) -> dict[str, float]:
    """The figures of one variant and seed; its weights too, where they are to be kept."""
    recipe = replace(variant(name), steps=steps)
    learn = np.flatnonzero(np.isin(real.groups, [f"fold {k}" for k in range(1, 5)]))
    test = np.flatnonzero(real.groups == "fold 0")
    mixed = drawn if recipe.procedural else None
    network = trained(recipe, Training(real, learn, mixed), seed, begin=pretrained(recipe, drawn, folder))
    if keep:
        content = {"part": name, "seed": seed, "recipe": asdict(recipe), "state": network.state_dict()}
        torch.save(content, folder / f"network-{stem(name, seed)}.pt")
    answers = predicted(network, real, test, recipe)
    there = predicted(network, outside, np.arange(len(outside)), recipe)
    found = figures(real.labels[test], softmax(answers.logits))
    found["wbc_accuracy"] = mature_accuracy(outside.labels, softmax(there.logits))
    np.savez(folder / f"{stem(name, seed)}.npz", rows=test, logits=answers.logits)
    return found


def stem(name: str, seed: int) -> str:
    """What the files of one variant and seed are called."""
    return f"{name.replace(' ', '-').replace(':', '')}-{seed}"


def table(folder: Path) -> str:
    """Every variant's mean ± standard deviation over its seeds, as Markdown."""
    lines = ["| part | seeds | " + " | ".join(c.replace("_", " ") for c in COLUMNS) + " |", "|---" * 7 + "|"]
    for name, runs in _runs(folder).items():
        values = np.array([[r[c] for c in COLUMNS] for r in runs])
        shown = [f"{m:.3f} ± {s:.3f}" for m, s in zip(values.mean(0), values.std(0, ddof=len(runs) > 1), strict=True)]
        lines.append(f"| {name} | {len(runs)} | " + " | ".join(shown) + " |")
    return "\n".join(lines)


def summary(folder: Path = FOLDER) -> dict[str, dict[str, float]]:
    """The same for the card: mean of each figure over the seeds there are, and its standard deviation from two on."""
    return {
        name: {"seeds": len(runs)}
        | {c: round(float(np.mean([r[c] for r in runs])), 4) for c in COLUMNS}
        | {f"{c}_sd": round(float(np.std([r[c] for r in runs], ddof=1)), 4) for c in COLUMNS if len(runs) > 1}
        for name, runs in _runs(folder).items()
    }


def _runs(folder: Path) -> dict[str, list[dict[str, float]]]:
    found: dict[str, list[dict[str, float]]] = {}
    for file in sorted(folder.glob("*.json")):
        entry = json.loads(file.read_text(encoding="utf-8"))
        found.setdefault(entry["part"], []).append(entry)
    return {name: found[name] for name in ("full", *PARTS) if name in found}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--steps", type=int, default=STEPS)
    parser.add_argument("--only", nargs="*", help="names of parts; 'full' is the whole recipe")
    parser.add_argument("--seeds", type=int, nargs="*", default=SEEDS)
    parser.add_argument("--folder", type=Path, default=FOLDER)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--keep", action="store_true", help="keep each network beside its figures")
    parser.add_argument("--table", action="store_true")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    options.folder.mkdir(parents=True, exist_ok=True)
    if not options.table:
        real, drawn, outside = (cells(kept(name)) for name in ("smear-baseline", "procedural", "wbc-masks"))
        for seed in options.seeds:
            for name in options.only or ("full", *PARTS):
                file = options.folder / f"{stem(name, seed)}.json"
                weights = options.folder / f"network-{stem(name, seed)}.pt"
                if file.is_file() and (weights.is_file() or not options.keep):
                    continue
                began = time.perf_counter()
                found = run(name, seed, real, drawn, outside, options.folder, options.steps, keep=options.keep)
                spent = round(time.perf_counter() - began)
                entry = {"part": name, "seed": seed, "steps": options.steps, "seconds": spent, **found}
                entry["recipe"] = asdict(variant(name))
                file.write_text(json.dumps(entry, indent=1), encoding="utf-8")
                print(name, seed, spent, "s", {k: round(v, 3) for k, v in found.items()}, file=sys.stderr, flush=True)
    print(table(options.folder))


if __name__ == "__main__":
    main()
