"""How good phase, checks of orientation and the finder are, without and with the published BSCCM panels.

    python -m tests.benchmarks.label_free_optics [--panels DIR] [--frames 16] [--cells 400]

Each panel is stretched on its own, so that its brightness is lost. It is guessed back: the median of a rim of 12 pixels
is empty glass (1), and the 0.5 and 99.5 percentiles lie 0.86 apart, the middle of what BSCCM's own statistics give.
"""

from __future__ import annotations

import argparse
import csv
from collections import Counter
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from models import registry
from models.imaging import dpc
from models.imaging.contours import area, matched, outline
from models.imaging.dpc_faults import misplaced
from models.imaging.phase import BSCCM, VIEWS, phase
from models.synthesis import donors, dpc_demo

RIM, SPREAD = 12, 0.86
FIRST = 3001  # seed of the first donor: no other figure uses them
ORDERS = {"right": (0, 1, 2, 3), "left/right": (1, 0, 2, 3), "top/bottom": (0, 1, 3, 2), "both pairs": (1, 0, 3, 2)}
ORDERS |= {"axes exchanged": (2, 3, 0, 1), "axes mixed": (0, 2, 1, 3)}
Plane = NDArray[np.float32]


def frames(count: int) -> None:
    hits, there, leukocytes, caught, found = 0, 0, 0, 0, 0
    overlap: list[float] = []
    finder = registry.load("dpc-detector")
    for seed in range(FIRST, FIRST + count):
        of, on = donors.donor(seed), donors.slide(seed, 0)
        made = dpc_demo.frame(np.random.default_rng([seed, 9]), of, on, donors.traits(of, 14, 5), 384)
        contours = [contour for contour, _ in finder.find(made.views, made.um_per_px)]
        truth = [(cell, ring) for cell in made.cells if (ring := outline(cell.inside)) is not None]
        pairs = matched(contours, [ring for _, ring in truth])
        white = {k for k, (cell, _) in enumerate(truth) if cell.traits.label != "other"}
        leukocytes, caught = leukocytes + len(white), caught + len(white & {k for _, k, _ in pairs})
        hits, there, found = hits + len(pairs), there + len(truth), found + len(contours)
        overlap += [iou for *_, iou in pairs]
    print(
        f"{count} frames, {there} cells: recall {hits / there:.3f}, of leukocytes {caught / leukocytes:.3f}, ", end=""
    )
    print(f"precision {hits / found:.3f}, mean IoU {np.mean(overlap):.3f}")


def orders(count: int) -> None:
    made = []
    for seed in range(FIRST, FIRST + 8):
        of, on = donors.donor(seed), donors.slide(seed, 0)
        cells = donors.traits(of, count // 8, 1)
        made += [dpc.normalised(cell.views) for cell in donors.pictures(of, on, cells, 1)]
    for name, order in ORDERS.items():
        said = Counter(str(misplaced(views[list(order)], BSCCM.um_per_px) or "nothing") for views in made)
        print(f"{name}: {sum(said.values()) - said['nothing']} of {len(made)} simulated cells accused")


def guessed(path: Path) -> Plane:
    """A stretched panel as brightness over background."""
    seen = np.asarray(Image.open(path).convert("L"), np.float32)
    rim = np.concatenate([seen[:RIM].ravel(), seen[-RIM:].ravel(), seen[:, :RIM].ravel(), seen[:, -RIM:].ravel()])
    low, high = np.percentile(seen, [0.5, 99.5])
    return np.asarray(1 + (seen - np.median(rim)) * SPREAD / (high - low), np.float32)


def panels(folder: Path) -> None:
    finder = registry.load("dpc-detector")
    for authors in sorted(folder.glob("four_*_dpc_quant_phase.png")):
        stem = authors.name.removesuffix("dpc_quant_phase.png")
        views = np.stack([guessed(folder / f"{stem}DPC_{view.title()}.png") for view in VIEWS])
        theirs = np.asarray(Image.open(authors).convert("L"), np.float32)
        alike = np.corrcoef(phase(views, BSCCM.um_per_px).ravel(), theirs.ravel())[0, 1]
        said = {name: misplaced(views[list(order)], BSCCM.um_per_px) is not None for name, order in ORDERS.items()}
        print(f"{stem} correlation with the authors' phase {alike:.3f}; accused: {said}")
        print(f"    {len(finder.find(views, BSCCM.um_per_px))} cell found")
    counts, widths = Counter[int](), []
    with (folder / "manifest.csv").open(encoding="utf-8") as rows:
        for row in csv.DictReader(rows):
            view = row["channel"].removeprefix("DPC_").split(" ")[0].lower()
            if row["file"].startswith(("four_", "ei_")) or not row["channel"].startswith("DPC_") or view not in VIEWS:
                continue
            seen = guessed(folder / row["file"])
            stack = np.full((len(VIEWS), *seen.shape), np.nan, np.float32)
            stack[VIEWS.index(view)] = seen
            contours = [contour for contour, _ in finder.find(stack, 128 * BSCCM.um_per_px / seen.shape[0])]
            counts[len(contours)] += 1
            scale = 128 * BSCCM.um_per_px / seen.shape[0]
            widths += [2 * np.sqrt(area(contour) / np.pi) * scale for contour in contours]
    print(f"single views: cells found {dict(counts)}, diameter {np.percentile(widths, [0, 50, 100]).round(1)} µm")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--panels", type=Path)
    parser.add_argument("--frames", type=int, default=16)
    parser.add_argument("--cells", type=int, default=400)
    options = parser.parse_args()
    frames(options.frames)
    orders(options.cells)
    if options.panels:
        panels(options.panels)


if __name__ == "__main__":
    main()
