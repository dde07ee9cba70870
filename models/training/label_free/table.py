"""The hybrid beside its baselines, all with the same cells, split, number of crops and seed; one table.

    python -m models.training.label_free.table sim             every variant of `recipe.VARIANTS`, boosted trees, frozen
                                                               trunk; writes docs/label-free-table.md and table.json

Resumable: a variant that was measured is not trained again.
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
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

from models.dpc_detector import MEASURES
from models.synthesis.markers import MARKERS
from models.training.label_free import figures
from models.training.label_free.cells import LABELS, Cells, kept
from models.training.label_free.figures import Truth
from models.training.label_free.recipe import FULL, SHIPPED, VARIANTS, Recipe, variant
from models.training.label_free.run import Task, frozen, predicted, trained
from models.training.label_free.split import Split, by_group

FOLDER = Path(".checkpoints/label_free")
PAGE, FIGURES = Path("docs/label-free-table.md"), Path(__file__).with_name("table.json")
ALIKE = [MEASURES.index(name) for name in ("area", "eccentricity", "phase")]
HEADING = """# The hybrid beside its baselines

Set `{set}` at {side} pixels, split {split}; {crops:,} crops and one seed each, nothing chosen on the test cells.
Intervals of 95 % by drawing donors (or fields) anew. Over all cells a marker's r is partly the separation of classes,
and in BSCCM the classes are themselves gates on markers: what counts stands within class, and among cells alike in
area, eccentricity and phase. Made by `python -m models.training.label_free.table {set}`; all numbers are in
`models/training/label_free/table.json`.
"""
Scaling = tuple[NDArray[np.float32], NDArray[np.float32]]


def task(cells: Cells, rows: NDArray[np.intp]) -> tuple[Task, Scaling]:
    """What is learned of a set, markers standardised by the training rows."""
    middle = np.nanmean(cells.markers[rows], axis=0).astype(np.float32)
    spread = (np.nanstd(cells.markers[rows], axis=0) + 1e-6).astype(np.float32)
    return Task(cells.views, cells.labels, (cells.markers - middle) / spread, len(LABELS)), (middle, spread)


def truth(cells: Cells, rows: NDArray[np.intp]) -> Truth:
    return Truth(
        cells.labels[rows], cells.markers[rows], cells.groups[rows], cells.morphology[rows][:, ALIKE], LABELS, MARKERS
    )


def measured(cells: Cells, split: Split, recipe: Recipe, seed: int, keep: Path) -> dict[str, Any]:
    """One variant, trained and tried on the test donors."""
    of, _ = task(cells, split.train)
    network = trained(recipe, of, split.train, seed, keep)
    said, true = predicted(network, of, split.test, recipe), truth(cells, split.test)
    found: dict[str, Any] = {
        "crops": recipe.steps * recipe.batch,
        "weights": sum(w.numel() for w in network.parameters()),
    }
    if recipe.tasks != "markers":
        found |= {"classes": figures.of_classes(said.logits, true)}
    if recipe.tasks != "classes":
        found |= {"markers": figures.of_markers(said.markers, true)}
    else:
        taught = frozen(replace(recipe, steps=recipe.steps // 2), of, split.train, seed, network, None)
        found |= {
            "markers_on_frozen_trunk": figures.of_markers(predicted(taught, of, split.test, recipe).markers, true)
        }
    return found


def trees(cells: Cells, split: Split) -> dict[str, Any]:
    """Boosted trees on what the classical finder measures: what size, shape and texture alone can tell."""
    true, x, rows = truth(cells, split.test), cells.morphology, split.train
    named = HistGradientBoostingClassifier(random_state=0).fit(x[rows], cells.labels[rows])
    logits = np.log(np.clip(named.predict_proba(x[split.test]), 1e-6, 1)).astype(np.float32)
    values = []
    for k in range(len(MARKERS)):
        known = rows[np.isfinite(cells.markers[rows, k])]
        regressor = HistGradientBoostingRegressor(random_state=0).fit(x[known], cells.markers[known, k])
        values.append(regressor.predict(x[split.test]))
    return {
        "classes": figures.of_classes(logits, true),
        "markers": figures.of_markers(np.stack(values, 1), true),
    }


def everything(name: str, base: Recipe, seed: int) -> dict[str, Any]:
    """Every variant of the recipe `base`."""
    cells = kept(name)
    split = by_group(cells)
    tag = f"{name}-{base.steps}" if base == replace(FULL, steps=base.steps) else f"{name}-{base.steps}-{base.digest()}"
    whole = FOLDER / f"table-{tag}-{seed}.json"
    found: dict[str, Any] = json.loads(whole.read_text(encoding="utf-8")) if whole.is_file() else {}
    for title in VARIANTS:
        if title not in found:
            recipe = variant(title, base)
            keep = FOLDER / f"{name}-{base.steps}-{recipe.digest()}-{seed}.pt"
            found[title] = measured(cells, split, recipe, seed, keep)
            _kept(whole, found)
            print(title, json.dumps(found[title].get("classes", {}).get("accuracy")), flush=True)
    if "boosted trees on morphology" not in found:
        found["boosted trees on morphology"] = trees(cells, split)
        _kept(whole, found)
    ceiling = cells.about.get("ceiling", {})
    return {
        "set": name,
        "side": base.side,
        "crops": base.steps * base.batch,
        "split": split.how,
        "simulator": cells.about.get("simulator", ""),
        "ceiling": ceiling,
        "rows": found,
    }


def _kept(file: Path, found: dict[str, Any]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(found, indent=1), encoding="utf-8")


def page(found: dict[str, Any]) -> str:
    """The table in Markdown."""
    lines = [
        "| | accuracy | balanced | AUROC | CD16 r, all | within class | alike in area, shape, phase |",
        "|---|---|---|---|---|---|---|",
    ]
    for title, row in found["rows"].items():
        classes, markers = row.get("classes"), row.get("markers") or row.get("markers_on_frozen_trunk")
        first = [_cell(classes, "accuracy"), _cell(classes, "balanced_accuracy"), _cell(classes, "auroc")]
        cd16 = (markers or {}).get("CD16")
        last = [_cell(cd16, key) for key in ("pooled", "within_class", "alike")]
        title = f"{title}; markers on its frozen trunk" if "markers_on_frozen_trunk" in row else title
        lines.append(f"| {title} | {' | '.join(first + last)} |")
    return "\n".join(lines)


def _cell(numbers: dict[str, Any] | None, key: str) -> str:
    if numbers is None or key not in numbers:
        return "–"
    spread = numbers.get(f"{key}_interval")
    return f"{numbers[key]:.3f}" + (f" [{spread[0]:.3f}–{spread[1]:.3f}]" if spread else "")


def recorded(name: str, base: Recipe, seed: int, page_at: Path = PAGE, figures_at: Path = FIGURES) -> str:
    """Everything measured, written as JSON and as a page; the table in Markdown."""
    found = everything(name, base, seed)
    figures_at.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    text = f"{HEADING.format(**found)}\n{page(found)}\n"
    page_at.parent.mkdir(parents=True, exist_ok=True)
    page_at.write_text(text, encoding="utf-8")
    return page(found)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("name")
    parser.add_argument("--steps", type=int, default=FULL.steps)
    parser.add_argument("--as-shipped", action="store_true", help="with the shipped recipe, fine networks at 64 pixels")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    torch.set_num_threads(1)
    base = replace(SHIPPED if options.as_shipped else FULL, steps=options.steps)
    print(recorded(options.name, base, options.seed))


if __name__ == "__main__":
    main()
