"""Single cells cut out once and kept as plain arrays, so that training spends its time on the network.

A cell is cut as `core.classify` cuts it, but wider (`MARGIN` instead of 1.5 times its box), so that shift, scale and
rotation can still be drawn when training. Contours are the detector's; where there is no expert contour, as in
`smear_cells`, that makes them pseudo-reference only. A picture in whose middle the detector finds nothing gets a
circle, and the table says so.

    python -m models.training.cell_crops smear-baseline wbc-masks wbc-baseline procedural
    python -m models.training.cell_crops smear-yolo wbc-yolo          once there is a trained detector

The folder of a set holds `pixels.npy` (n, SIDE, SIDE, 3), `masks.npy` (n, SIDE, SIDE) and `table.parquet`, one row
a cell.
"""

from __future__ import annotations

import argparse
import csv
import io
import sys
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from PIL import Image

from models.classical_features import measures
from models.imaging import colour, contours
from models.imaging.contours import Contour
from models.preprocess import glass
from models.registry import load
from models.synthesis.smear import LABELS, draw_look, single
from models.training.patients import parts
from models.training.sources import ROOT, read
from models.training.train_classical import REAL_CLASSES

CACHE = Path(".cache/training/cells")
SIDE = 160  # pixels of a kept crop
MARGIN = 2.0  # its side over the longer side of the cell's box
CUT = 1.5  # the same of the crop that a classifier is given: core.classify.MARGIN
CENTRE = 10  # pixels around the middle of a picture within which its cell must lie
LEAST = 0.015  # of the picture: a smaller contour is a lobe or a platelet, not the cell
UM_PER_PX = 0.14  # of smear_cells, which states none: median of what its erythrocytes say (`main` prints it)
WBC_CLASSES = {1: "segmented", 2: "lymphocyte", 3: "monocyte", 4: "eosinophil", 5: "basophil"}
PROCEDURAL = 3200
YOLO_EACH = 260  # crops of one class that the slower, trained detector cuts
SEED = 3_202_611


@dataclass(frozen=True, slots=True, eq=False)
class Subject:
    """One picture with one cell in its middle, and what is known of it."""

    pixels: NDArray[np.uint8]
    contour: Contour | None  # None: the detector has to say
    um_per_px: float | None
    about: dict[str, Any]


@dataclass(frozen=True, slots=True, eq=False)
class Crops:
    pixels: NDArray[np.uint8]  # (n, SIDE, SIDE, 3)
    masks: NDArray[np.bool_]  # (n, SIDE, SIDE)
    table: pd.DataFrame  # cell, patient, diagnosis, class, found, um_per_px, box, clear_r …, measures

    def __len__(self) -> int:
        return len(self.table)


def kept(name: str, cache: Path = CACHE) -> Crops:
    """A set that was built before; its pictures stay on disk until they are touched."""
    folder = cache / name
    if not (folder / "table.parquet").is_file():
        raise FileNotFoundError(
            f"expected the crops '{name}' in {folder}; found none: run python -m models.training.cell_crops {name}"
        )
    pixels = np.load(folder / "pixels.npy", mmap_mode="r")
    return Crops(pixels, np.load(folder / "masks.npy", mmap_mode="r"), pd.read_parquet(folder / "table.parquet"))


def built(name: str, subjects: Iterable[Subject], count: int, detector: Any, cache: Path = CACHE) -> Crops:
    """Cuts every subject and keeps the set under `name`; the table is written last, so a half-built set is none."""
    folder = cache / name
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "table.parquet").unlink(missing_ok=True)
    pixels = np.lib.format.open_memmap(folder / "pixels.npy", "w+", np.uint8, (count, SIDE, SIDE, 3))
    masks = np.lib.format.open_memmap(folder / "masks.npy", "w+", np.bool_, (count, SIDE, SIDE))
    rows, began = [], time.perf_counter()
    for k, subject in enumerate(subjects):
        pixels[k], masks[k], row = cut(subject, detector)
        rows.append(row)
        if (k + 1) % 1000 == 0:
            print(f"  {name}: {k + 1} of {count}, {time.perf_counter() - began:.0f} s", file=sys.stderr, flush=True)
    pixels.flush()
    masks.flush()
    pd.DataFrame(rows).to_parquet(folder / "table.parquet")
    return kept(name, cache)


def cut(subject: Subject, detector: Any) -> tuple[NDArray[np.uint8], NDArray[np.bool_], dict[str, Any]]:
    """The kept crop of a subject's cell, its mask, and its row of the table."""
    contour, found = subject.contour, True
    if contour is None:
        contour, found = central(detector.find(subject.pixels, subject.um_per_px), subject.pixels.shape[:2])
    beyond = np.round(colour.background(subject.pixels[::4, ::4])).astype(np.uint8)
    narrow, inside = window(subject.pixels, contour, CUT, beyond)
    wide, mask = window(subject.pixels, contour, MARGIN, beyond)
    clear = glass(narrow, inside)
    how = cv2.INTER_AREA if len(wide) > SIDE else cv2.INTER_LINEAR
    x0, y0, x1, y1 = contours.bounds(contour)
    row = subject.about | {
        "found": found,
        "um_per_px": subject.um_per_px or float("nan"),
        "box": max(x1 - x0, y1 - y0),
        **{f"clear_{c}": float(v) for c, v in zip("rgb", clear, strict=True)},
        **measures(narrow, inside, subject.um_per_px),
    }
    shape = cv2.resize(mask.astype(np.float32), (SIDE, SIDE), interpolation=how) >= 0.5
    return np.asarray(cv2.resize(wide, (SIDE, SIDE), interpolation=how), np.uint8), shape, row


def window(
    pixels: NDArray[np.uint8], contour: Contour, margin: float, beyond: NDArray[np.uint8]
) -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
    """The square around a contour's box and the mask in it, as `core.classify.crop` cuts them."""
    x0, y0, x1, y1 = contours.bounds(contour)
    side = max(8, round(max(x1 - x0, y1 - y0) * margin))
    left, top = round((x0 + x1) / 2 - side / 2), round((y0 + y1) / 2 - side / 2)
    right, bottom = min(left + side, pixels.shape[1]), min(top + side, pixels.shape[0])
    square = np.empty((side, side, 3), np.uint8)
    square[:] = beyond
    square[max(-top, 0) : bottom - top, max(-left, 0) : right - left] = pixels[
        max(top, 0) : bottom, max(left, 0) : right
    ]
    mask = contours.rasterised(contour - np.array([left, top], np.float32), (side, side))
    mask[side // 2, side // 2] |= not mask.any()
    return square, mask


def central(found: list[tuple[Contour, float]], shape: tuple[int, int]) -> tuple[Contour, bool]:
    """The contour over the middle of the picture, else a circle of 0.7 of the picture's side, and which it is."""
    height, width = shape
    middle = np.array([width / 2, height / 2])
    over = []
    for contour, _ in found:
        mask = contours.rasterised(contour, shape)
        part = mask[height // 2 - CENTRE : height // 2 + CENTRE, width // 2 - CENTRE : width // 2 + CENTRE]
        if part.any() and mask.mean() > LEAST:
            x0, y0, x1, y1 = contours.bounds(contour)
            away = float(np.hypot((x0 + x1) / 2 - middle[0], (y0 + y1) / 2 - middle[1]))
            over.append((-float(part.mean()), away, contour))
    if over:
        return min(over, key=lambda item: item[:2])[2], True
    turn = np.linspace(0, 2 * np.pi, 48, endpoint=False)
    circle = middle + 0.35 * min(shape) * np.stack([np.cos(turn), np.sin(turn)], axis=1)
    return circle.astype(np.float32), False


def chosen(file: Path, most: int | None) -> pd.DataFrame:
    """All real crops in the file's order, or at most so many of each class, drawn from patients of the folds."""
    table = pd.read_parquet(file)
    if most is None:
        return table
    split = parts()
    mine = table[[split.get(p, "").startswith("fold") for p in table.patient]]
    order = mine.sample(frac=1.0, random_state=SEED)
    return order[order.groupby("class").cumcount() < most].sort_index()


def smear_cells(table: pd.DataFrame) -> Iterator[Subject]:
    """The real crops of a table, all of one assumed scale."""
    for row in table.itertuples():
        pixels = np.asarray(Image.open(io.BytesIO(row.image)).convert("RGB"))
        expert = REAL_CLASSES[table.at[row.Index, "class"]]
        about = {"cell": row.cell_id, "patient": row.patient, "diagnosis": row.diagnosis, "class": expert}
        yield Subject(pixels, None, UM_PER_PX, about)


def segmentation_wbc(root: Path, detector: Any, masked: bool) -> Iterator[Subject]:
    """The five mature classes of two other laboratories, cut by their own masks or by the detector."""
    for number in (1, 2):
        folder = root / f"segmentation_wbc/dataset_{number}"
        with (folder / "labels.csv").open(encoding="utf-8") as lines:
            labels = {int(row[0]): int(row[1]) for row in csv.reader(lines) if row and row[0].strip().isdigit()}
        for path in sorted(folder.glob("*_image.png")):
            key, pixels = int(path.stem.split("_")[0]), read(path)
            mask = cv2.imread(str(path.with_name(path.name.replace("_image", "_mask"))), cv2.IMREAD_GRAYSCALE)
            contour = contours.outline(mask > 60) if masked and mask is not None else None
            about = {"cell": f"{number}/{key:03}", "patient": f"wbc_{number}", "diagnosis": "", "class": labels[key]}
            about["class"] = WBC_CLASSES[labels[key]]
            yield Subject(pixels, contour, detector.scale(pixels), about)


def procedural(count: int) -> Iterator[Subject]:
    """Drawn cells, every class equally often; forty of them share a look, as the cells of a slide do."""
    for k in range(count):
        look = draw_look(SEED + k // 40)
        drawn = single(SEED + k, LABELS[k % len(LABELS)], look=look)
        about = {
            "cell": f"drawn_{k:05}",
            "patient": f"look_{k // 40:03}",
            "diagnosis": "",
            "class": drawn.cells[0].label,
        }
        yield Subject(drawn.pixels, drawn.cells[0].contour, drawn.um_per_px, about)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sets", nargs="+", help="<smear|wbc>-<baseline|yolo>, wbc-masks, procedural")
    parser.add_argument("--root", type=Path, default=ROOT)
    parser.add_argument("--cache", type=Path, default=CACHE)
    options = parser.parse_args()
    cv2.setNumThreads(1)
    for name in options.sets:
        kind, _, by = name.partition("-")
        detector = load("cell-detector" if by == "yolo" else "baseline-detector")
        if kind == "smear":
            table = chosen(options.root / "smear_cells.parquet", YOLO_EACH if by == "yolo" else None)
            crops = built(name, smear_cells(table), len(table), detector, options.cache)
        elif kind == "wbc":
            count = sum(1 for _ in (options.root / "segmentation_wbc").glob("dataset_*/*_image.png"))
            subjects = segmentation_wbc(options.root, detector, by == "masks")
            crops = built(name, subjects, count, detector, options.cache)
        else:
            crops = built(name, procedural(PROCEDURAL), PROCEDURAL, detector, options.cache)
        print(f"{name}: {len(crops)} cells, {1 - crops.table.found.mean():.2%} not found by {detector.name}")


if __name__ == "__main__":
    main()
