"""Trains the shipped label-free network on simulated donors and writes its card and weights."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from models.label_free_network import Hybrid
from models.registry import CARDS, WEIGHTS, Card
from models.synthesis.markers import MARKERS
from models.training.label_free import figures, real_panels, realism, table
from models.training.label_free.card import Made, written
from models.training.label_free.cells import CACHE, Cells, kept
from models.training.label_free.recipe import SECOND, SHIPPED, Recipe
from models.training.label_free.run import Task, trained
from models.training.label_free.split import Split, by_group
from models.training.sources import ROOT

KEPT = Path(".checkpoints/label_free/shipped.pt")
SEED = 7


def simulated(name: str, recipe: Recipe = SHIPPED, cards: Path = CARDS, weights: Path = WEIGHTS) -> Card:
    """One network, from the set's training donors; figures of its test donors and of 36 real panels."""
    cells = kept(name)
    split = by_group(cells)
    of, _ = table.task(cells, split.train)
    network = taught(recipe, of, split.train, SEED, KEPT)
    more: dict[str, Any] = {"ceiling": _ceiling(name, cells, split), "realism": _realism()}
    if (ROOT / "bsccm_panels").is_dir():
        more["real_panels"] = real_panels.smoke(network, recipe)
    more["variants"] = _variants()
    return written(Made(network, recipe, cells, split, "simulated", more), cards, weights)


def taught(recipe: Recipe, of: Task, rows: NDArray[np.intp], seed: int, keep: Path) -> Hybrid:
    """The two stages of the shipped training; a recipe cut short cuts both."""
    first = trained(recipe, of, rows, seed, keep)
    shorter = SECOND | {"steps": max(round(SECOND["steps"] * min(recipe.steps / SHIPPED.steps, 1)), 1)}
    second = keep.with_name(f"{keep.stem}-second.pt")
    network = trained(replace(recipe, **shorter), of, rows, seed + 1, second, first)
    assert isinstance(network, Hybrid)
    return network


def _ceiling(name: str, cells: Cells, split: Split) -> dict[str, Any]:
    """The best that anybody could reach on the test donors who knew kind, donor and every trait exactly."""
    table_ = pd.read_parquet(CACHE / name / "table.parquet").iloc[split.test]
    known = table_[[f"e_{marker}" for marker in MARKERS]].to_numpy(np.float32)
    found = figures.of_markers(known, table.truth(cells, split.test))
    return {marker: {key: row[key] for key in ("pooled", "within_class", "by_class")} for marker, row in found.items()}


def _realism() -> dict[str, Any]:
    """What the page of realism found: it stands beside every simulated figure."""
    if not realism.FIGURES.is_file():
        return {}
    found = json.loads(realism.FIGURES.read_text(encoding="utf-8"))
    return {"real_panels": found["real_panels"], **found["real_versus_simulated"]}


def _variants() -> dict[str, Any]:
    """The table's main columns."""
    if not table.FIGURES.is_file():
        return {}
    found: dict[str, Any] = {}
    for title, row in json.loads(table.FIGURES.read_text(encoding="utf-8"))["rows"].items():
        markers = row.get("markers") or row.get("markers_on_frozen_trunk") or {}
        found[title] = {
            **{k: v for k, v in row.get("classes", {}).items() if k.startswith(("accuracy", "balanced"))},
            **{f"cd16_{k}": markers["CD16"][k] for k in ("pooled", "within_class", "alike") if "CD16" in markers},
        }
    return found
