"""Recall and precision of the baseline detector on labelled pictures at hand; prints the figures of its card.

    python -m tests.benchmarks.classical_detector masks IMAGES MASKS      a mask per picture, same stem, cells not 0
    python -m tests.benchmarks.classical_detector boxes IMAGES LABELS     YOLO boxes, class 0 is a leukocyte
    python -m tests.benchmarks.classical_detector procedural              fields drawn here, truth known

Folders are searched with all that is in them. The first half of the pictures, in order of path, is for tuning;
figures are of the second unless `--first`. The scale is withheld except for procedural fields, where both ways are
printed. A hit is an IoU of at least 0.5.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from models import registry
from models.imaging.contours import bounds, matched, outline
from models.synthesis.smear import LABELS, field

Truth = tuple[NDArray[np.uint8], list[NDArray[np.float32]], float | None]
SMALLEST = 1 / 768  # of the picture: a smaller masked part is a slip of the pen


def masked(pictures: list[Path], folder: Path) -> Iterator[Truth]:
    """Cells are the connected parts of the mask."""
    marks_of = {p.stem: p for p in folder.rglob("*.png")} | {
        str(p.relative_to(folder).with_suffix("")): p for p in folder.rglob("*.png")
    }
    for path in pictures:
        stem = path.stem.replace("_image", "_mask")
        marks = marks_of.get(f"{path.parent.name}/{stem}") or marks_of[stem]
        mask = cv2.imread(str(marks), cv2.IMREAD_GRAYSCALE)
        count, labels, stats, _ = cv2.connectedComponentsWithStats((mask > 60).astype(np.uint8))
        rings = [outline(labels == k) for k in range(1, count) if stats[k, cv2.CC_STAT_AREA] > SMALLEST * mask.size]
        yield read(path), [r for r in rings if r is not None], None


def boxed(pictures: list[Path], folder: Path) -> Iterator[Truth]:
    """Cells are boxes of class 0."""
    labels = {p.stem: p for p in folder.rglob("*.txt")}
    for path in pictures:
        pixels = read(path)
        size = np.array(pixels.shape[1::-1])
        rows = [line.split() for line in labels[path.stem].read_text().splitlines()]
        boxes = [np.array(row[1:5], float) for row in rows if row[0] == "0"]
        yield pixels, [corners(*((b[:2] - b[2:] / 2) * size), *((b[:2] + b[2:] / 2) * size)) for b in boxes], None


def procedural(known: bool) -> Iterator[Truth]:
    """Every class alike but thrombocytes, which the detector is meant to pass over."""
    for seed in range(24):
        drawn = field(4_000 + seed, mix={k: 1.0 for k in LABELS if k != "other"}, cells=16)
        yield drawn.pixels, [c.contour for c in drawn.cells], drawn.um_per_px if known else None


def corners(x0: float, y0: float, x1: float, y1: float) -> NDArray[np.float32]:
    return np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]], np.float32)


def read(path: Path) -> NDArray[np.uint8]:
    return np.ascontiguousarray(cv2.imread(str(path))[..., ::-1])


def half(folder: Path, first: bool) -> list[Path]:
    pictures = sorted(p for p in folder.rglob("*") if p.suffix in (".jpg", ".png") and not p.stem.endswith("_mask"))
    middle = len(pictures) // 2
    return pictures[:middle] if first else pictures[middle:]


def figures(items: Iterator[Truth], boxes: bool = False) -> str:
    """One line: recall, precision, mean IoU of hits, seconds a picture."""
    detector = registry.load("baseline-detector")
    hits = found = true = pictures = 0
    overlaps: list[float] = []
    spent = 0.0
    for pixels, truth, um in items:
        began = time.process_time()
        mine = [c for c, _ in detector.find(pixels, um)]
        spent += time.process_time() - began
        pairs = matched([corners(*bounds(c)) for c in mine] if boxes else mine, truth)
        hits, found, true, pictures = hits + len(pairs), found + len(mine), true + len(truth), pictures + 1
        overlaps += [p[2] for p in pairs]
    return (
        f"{pictures} pictures, {true} cells, recall {hits / max(true, 1):.3f}, precision {hits / max(found, 1):.3f}, "
        f"mean IoU {np.mean(overlaps) if overlaps else 0:.3f}, {spent / max(pictures, 1):.2f} s a picture"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kind", choices=("masks", "boxes", "procedural"))
    parser.add_argument("folders", nargs="*", type=Path, help="pictures, then masks or labels")
    parser.add_argument("--first", action="store_true", help="the half that parameters were set on")
    options = parser.parse_args()
    cv2.setNumThreads(1)
    if options.kind == "procedural":
        print("scale known:  ", figures(procedural(known=True)))
        print("scale unknown:", figures(procedural(known=False)))
        return
    images, labels = options.folders
    pictures = half(images, options.first)
    reader = masked if options.kind == "masks" else boxed
    print(figures(reader(pictures, labels), boxes=options.kind == "boxes"))


if __name__ == "__main__":
    main()
