"""Trains the label-free network: on simulated donors (what is shipped), or on a BSCCM download of your own.

Simulated, from nothing to the shipped card (about an hour and a half on one core):

    python -m models.training.label_free.simulate .cache/label_free/raw
    python -m models.training.label_free.cells .cache/label_free/raw sim
    python -m models.training.label_free.realism
    python -m models.training.train_label_free --table sim           hybrid and baselines, equal crops: docs, JSON
    python -m models.training.train_label_free --simulated sim       card and weights

Your own BSCCM (the folder that holds BSCCM_global_metadata.json; full, tiny or MNIST set, zarr 2 or 3):

    python -m models.training.train_label_free --bsccm DIR           reads, trains, evaluates, writes card and weights
    python -m models.training.train_label_free --bsccm DIR --steps 20 --cards /tmp/try --weights /tmp/try

It is split by slide replicate, never by cell: one slide is for testing alone, calibration is on fields of view that
training has not seen. The card says `marker_truth = "measured"`, and markers are then shown, only if the set has
measured markers; a set that our simulator wrote in BSCCM's layout stays "simulated". Every step is resumable.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from models.imaging.bsccm import BsccmError
from models.label_free_network import COARSE
from models.registry import CARDS, WEIGHTS, Card
from models.training.label_free import bsccm_set, shipped, table
from models.training.label_free.card import Made, written
from models.training.label_free.cells import CACHE, Cells
from models.training.label_free.recipe import FULL, SHIPPED, Recipe
from models.training.label_free.split import Split, by_group, by_slide

KEPT = Path(".checkpoints/label_free/bsccm")
SEED = 7
COARSE_UM = 0.4  # per pixel: a set no finer, such as BSCCMNIST, shows nothing beyond `COARSE` pixels


def of_bsccm(
    folder: Path, recipe: Recipe, cards: Path, weights: Path, most: int = bsccm_set.MOST, cache: Path = CACHE,
    kept: Path = KEPT,
) -> Card:  # fmt: skip
    """Card and weights from a BSCCM folder, with what the circularity of its labels asks to stand beside."""
    cells = bsccm_set.read(folder, f"bsccm-{folder.resolve().name}", most, cache)
    truth = str(cells.about["truth"])
    split = by_group(cells) if truth == bsccm_set.SIMULATED and _many(cells) else by_slide(cells)
    print(f"{len(cells)} cells; markers {truth}; {split.how}", file=sys.stderr)
    if float(cells.about["um_per_px"]) > COARSE_UM:
        recipe = replace(recipe, side=COARSE)
    of, _ = table.task(cells, split.train)
    name = f"{recipe.digest()}-{str(cells.about['cells'])[:12]}"
    network = shipped.taught(recipe, of, split.train, SEED, kept / f"{name}.pt")
    more: dict[str, Any] = {"source": _source(cells), **_beside(cells, split, recipe, kept / f"{name}-classes.pt")}
    return written(Made(network, recipe, cells, split, truth, more), cards, weights)


def _many(cells: Cells) -> bool:
    return len(set(cells.groups.tolist())) >= 8


def _source(cells: Cells) -> dict[str, Any]:
    about = {key: cells.about[key] for key in ("source", "um_per_px", "without_picture")}
    return about | {"cells": len(cells), "slides": len(set(cells.slides.tolist()))}


def _beside(cells: Cells, split: Split, recipe: Recipe, keep: Path) -> dict[str, Any]:
    """Markers from a trunk that learned classes only, and what size, shape and texture alone can tell."""
    return {
        "classes_only": table.measured(cells, split, replace(recipe, tasks="classes"), SEED, keep),
        "trees_on_morphology": table.trees(cells, split),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--simulated", metavar="SET", help="a kept set of simulated donors")
    what.add_argument("--bsccm", metavar="DIR", type=Path, help="a BSCCM download")
    what.add_argument("--table", metavar="SET", help="every variant on a kept set, with as many crops each")
    parser.add_argument("--steps", type=int, help="of training; fewer for a try")
    parser.add_argument("--most", type=int, default=bsccm_set.MOST, help="cells of a BSCCM, drawn where there are more")
    parser.add_argument("--seed", type=int, default=1, help="of --table")
    parser.add_argument("--as-shipped", action="store_true", help="--table with the shipped recipe, not at 28 pixels")
    parser.add_argument("--cards", type=Path, default=CARDS)
    parser.add_argument("--weights", type=Path, default=WEIGHTS)
    options = parser.parse_args()
    torch.set_num_threads(1)
    if options.table:
        base = SHIPPED if options.as_shipped else FULL
        print(table.recorded(options.table, replace(base, steps=options.steps or FULL.steps), options.seed))
        return
    recipe = replace(SHIPPED, steps=options.steps or SHIPPED.steps)
    try:
        if options.simulated:
            card = shipped.simulated(options.simulated, recipe, options.cards, options.weights)
        else:
            card = of_bsccm(options.bsccm, recipe, options.cards, options.weights, options.most)
    except (BsccmError, ValueError, FileNotFoundError) as error:
        sys.exit(str(error))
    print(f"{options.cards / card.name}.toml and {options.weights / card.weights}: markers {card.marker_truth}")


if __name__ == "__main__":
    main()
