"""The shipped label-free path on frames of many cells: detector, window, network, against the simulator's truth.

    python -m models.training.label_free.crowded           24 donors of its own, 3 frames each; writes crowded.json

The network learned from cells that mostly stand alone; a user's frame holds many. Donors are simulated with seeds that
no training set used. Nothing is chosen by these figures. Intervals of 95 % by drawing donors anew.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models import registry
from models.imaging import contours, dpc
from models.synthesis import dpc_demo

FIGURES = Path(__file__).with_name("crowded.json")
FIRST = 90_001  # donors from here on
DONORS, FRAMES = 24, 3
SIDE = 64
SAME = 0.5  # overlap of two outlines that makes them the same cell
ROUNDS = 2000
Rows = list[tuple[int, str, str, bool, bool]]  # donor, truth, called, touched, found


def looked_at(donor: int, frames: int, detector: Any, network: Any) -> Iterator[tuple[int, str, str, bool, bool]]:
    """Every cell of a donor: what it is, what it was called, whether others stood near, whether it was found."""
    for frame in dpc_demo.frames(dataclasses.replace(dpc_demo.DEMO, seed=donor, frames=frames)):
        found = [contour for contour, _ in detector.find(frame.views, frame.um_per_px)]
        views = dpc.normalised(frame.views.astype(np.float32))
        outlines = [contours.outline(cell.inside) for cell in frame.cells]
        cells = [(cell, line) for cell, line in zip(frame.cells, outlines, strict=True) if line is not None]
        pairs = contours.matched(found, [line for _, line in cells], SAME)
        theirs = {truth: place for place, truth, *_ in pairs}
        middles = {truth: _middle(found[place]) for truth, place in theirs.items()}
        windows = [dpc.window(views, middles[truth], frame.um_per_px, SIDE) for truth in middles]
        called = network.look(windows).probabilities.argmax(1) if windows else []
        names = {truth: network.labels[int(label)] for truth, label in zip(middles, called, strict=True)}
        for number, (cell, _) in enumerate(cells):
            name = names.get(number, "")
            yield donor, cell.traits.label, name, _touched(number, cells, frame.um_per_px), number in names


def _middle(contour: NDArray[Any]) -> tuple[float, float]:
    x0, y0, x1, y1 = contours.bounds(contour)
    return (x0 + x1) / 2, (y0 + y1) / 2


def _touched(number: int, cells: list[Any], um_per_px: float) -> bool:
    """Some of another cell lies in the window."""
    half = dpc.WINDOW_UM / um_per_px / 2
    x, y = cells[number][0].centre
    for other, (cell, _) in enumerate(cells):
        rows, columns = np.nonzero(cell.inside)
        if other != number and ((abs(columns - x) < half) & (abs(rows - y) < half)).any():
            return True
    return False


def figured(rows: Rows) -> dict[str, Any]:
    """Shares with intervals from drawing donors anew."""
    donors = np.array([row[0] for row in rows])
    near, found = np.array([row[3] for row in rows]), np.array([row[4] for row in rows])
    right = np.array([row[1] == row[2] for row in rows])
    told: dict[str, Any] = {"donors": len(np.unique(donors)), "cells": len(rows)}
    parts = {"found": (found, found | True), "accuracy": (right, found)}
    parts |= {"accuracy_near": (right, found & near), "accuracy_alone": (right, found & ~near)}
    for name, (hit, of) in parts.items():
        told[name] = round(float(hit[of].mean()), 4)
        told[f"{name}_cells"] = int(of.sum())
        told[f"{name}_interval"] = _interval(hit, of, donors)
    return told


def _interval(hit: NDArray[np.bool_], of: NDArray[np.bool_], donors: NDArray[np.intp]) -> list[float]:
    rng = np.random.default_rng(0)
    each = np.unique(donors)
    hits = np.array([(hit & of & (donors == donor)).sum() for donor in each], float)
    sizes = np.array([(of & (donors == donor)).sum() for donor in each], float)
    drawn = rng.integers(len(each), size=(ROUNDS, len(each)))
    shares = hits[drawn].sum(1) / np.maximum(sizes[drawn].sum(1), 1)
    return [round(float(value), 4) for value in np.quantile(shares, [0.025, 0.975])]


def everything(donors: int = DONORS, frames: int = FRAMES) -> dict[str, Any]:
    detector, network = registry.load("dpc-detector"), registry.load("label-free")
    rows = [row for donor in range(FIRST, FIRST + donors) for row in looked_at(donor, frames, detector, network)]
    return {"frames_each": frames, "network": network.digest} | figured(rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--donors", type=int, default=DONORS)
    parser.add_argument("--no-record", action="store_true", help=f"leave {FIGURES.name} as it is")
    options = parser.parse_args()
    found = everything(options.donors)
    print(json.dumps(found, indent=1))
    if not options.no_record:
        FIGURES.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
