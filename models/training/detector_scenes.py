"""What training fields for the detector are made of, read once and kept in the cache.

A scene is a picture with the label of its cell at every pixel, made small enough that its typical cell is at most
`LARGEST` pixels across. Contours of pictures that have only boxes, and of the single-cell crops of leukaemia patients,
are those the baseline detector draws: pseudo-references, taken only where they agree with the box, or are plainly the
outline of one body. Crops are of patients whose hash is in the train part.

    python -m models.training.detector_scenes --root ../shared/data        fills the cache
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from models import registry
from models.imaging import colour
from models.imaging.contours import Contour, area, bounds, rasterised
from models.synthesis.smear import LABELS, field
from models.training import sources

LARGEST = 112.0  # pixels across the typical cell of a scene: no training field needs more
CROP_UM = 0.14  # of the leukaemia crops, from their erythrocytes
AGREES = 0.6  # IoU of the baseline's box with the marked one
BODY = 0.945  # convexity of one body with nothing attached
LOOSE = 0.86  # the same of a smudge
DRAWN = 700  # procedural fields
NOT_CELLS = ("Giant thrombocyte", "Thrombocyte aggregation")
EACH = 900  # crops of one class, at most


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    pixels: NDArray[np.uint8]  # RGB
    labels: NDArray[np.uint8]  # 0, or the number of the cell
    across: float  # diameter of the typical cell, pixels
    kind: str  # class of a single-cell crop, else empty
    clear: NDArray[np.float32]  # the colour of its glass


def scenes(name: str, root: Path = sources.ROOT, cache: Path = sources.CACHE) -> list[Scene]:
    """Scenes of one source's train part: a source of `sources`, 'smear_cells' or 'procedural'."""
    kept = cache / "scenes" / f"{name}.npz"
    if not kept.is_file():
        made = list(_made(name, root))
        kept.parent.mkdir(parents=True, exist_ok=True)
        table = {f"p{i}": s.pixels for i, s in enumerate(made)} | {f"l{i}": s.labels for i, s in enumerate(made)}
        np.savez(kept, across=[s.across for s in made], kind=[s.kind for s in made], **table)
    with np.load(kept) as file:
        across, kinds = file["across"], file["kind"]
        return [_seen(file[f"p{i}"], file[f"l{i}"], float(across[i]), str(kinds[i])) for i in range(len(across))]


def _seen(pixels: NDArray[np.uint8], labels: NDArray[np.uint8], across: float, kind: str) -> Scene:
    return Scene(pixels, labels, across, kind, colour.background(pixels[::3, ::3]))


def _made(name: str, root: Path) -> Iterator[Scene]:
    if name == "procedural":
        yield from _drawn()
    elif name == "smear_cells":
        yield from _crops(root / "smear_cells.parquet")
    else:
        detector = registry.load("baseline-detector")
        for picture in sources.pictures(root, [name]):
            if picture.part == "train":
                yield marked(sources.truth(picture), detector)


def marked(known: sources.Truth, detector: Any) -> Scene:
    """The scene of a picture with outlines; of one with boxes, with what the baseline detector draws into them."""
    contours = known.contours
    if contours is None:
        found = [c for c, _ in detector.find(known.pixels, None)]
        contours = [_fitting(box, found) for box in known.boxes]
    return _scene(known.pixels, contours, "")


def _drawn() -> Iterator[Scene]:
    """Fields of every look and class; thrombocytes and artefacts are in them, unlabelled."""
    for seed in range(DRAWN):
        rng = np.random.default_rng([seed, 0xF1E1])
        chosen = rng.choice(len(LABELS), 4, replace=False)
        cells = int(rng.choice([0, 3, 8, 12, 16], p=[0.1, 0.2, 0.35, 0.25, 0.1]))
        um = float(rng.uniform(0.14, 0.24)) if cells < 8 else 0.26
        one = field(50_000 + seed, mix={LABELS[k]: 1.0 for k in chosen}, cells=cells, size=(416, 416), um_per_px=um)
        true = [c.contour for c in one.cells if c.label != "other"]
        yield _scene(one.pixels, true, "", 13.0 / um)


def _crops(path: Path) -> Iterator[Scene]:
    """Leukaemia crops whose central cell the baseline outlines as one body; thrombocytes with no cell at all."""
    import pandas as pd

    table = pd.read_parquet(path)
    mine = [sources.part_of(f"smear_cells/{p}") == "train" for p in table["patient"]]
    table = table[mine].sample(frac=1.0, random_state=0)
    detector = registry.load("baseline-detector")
    taken: dict[str, int] = {}
    for kind, content in zip(table["class"], table["image"], strict=True):
        if taken.get(kind, 0) >= EACH or kind == "Unidentified":
            continue
        picture = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR)
        pixels = np.ascontiguousarray(picture[..., ::-1])
        found = [c for c, _ in detector.find(pixels, CROP_UM)]
        if kind in NOT_CELLS:
            found = []
        elif not _one_body(found, pixels.shape[0], LOOSE if kind == "Smudge cells" else BODY):
            continue
        taken[kind] = taken.get(kind, 0) + 1
        yield _scene(pixels, found, kind, 90.0)


def _one_body(found: list[Contour], side: int, least: float) -> bool:
    """Whether exactly one outline is there, around the middle, off the edges, and convex enough."""
    if len(found) != 1:
        return False
    x0, y0, x1, y1 = bounds(found[0])
    if min(x0, y0) < 1 or max(x1, y1) > side - 1 or not (x0 < side / 2 < x1 and y0 < side / 2 < y1):
        return False
    hull = cv2.convexHull(found[0].astype(np.float32))[:, 0]
    return area(found[0]) / max(area(hull), 1.0) >= least


def _fitting(box: NDArray[np.float32], found: list[Contour]) -> Contour:
    """The outline that agrees with the box, fitted to it; an ellipse where none does."""
    best = max(found, key=lambda c: _overlap(box, bounds(c)), default=None)
    if best is not None and _overlap(box, bounds(best)) >= AGREES:
        x0, y0, x1, y1 = bounds(best)
        inside = np.clip(best, box[:2], box[2:])
        whole = (np.array([x1 - x0, y1 - y0]) <= 1.15 * (box[2:] - box[:2])).all()
        return np.asarray(inside if whole else _ellipse(box), np.float32)
    return _ellipse(box)


def _ellipse(box: NDArray[np.float32]) -> Contour:
    turn = np.linspace(0, 2 * np.pi, 48, endpoint=False)
    middle, half = (box[:2] + box[2:]) / 2, (box[2:] - box[:2]) / 2
    return np.asarray(middle + half * np.stack([np.cos(turn), np.sin(turn)], axis=1), np.float32)


def _overlap(one: NDArray[np.float32], other: tuple[float, float, float, float]) -> float:
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    if width <= 0 or height <= 0:
        return 0.0
    both = (one[2] - one[0]) * (one[3] - one[1]) + (other[2] - other[0]) * (other[3] - other[1])
    return float(width * height / (both - width * height))


def _scene(pixels: NDArray[np.uint8], contours: list[Contour], kind: str, across: float | None = None) -> Scene:
    widths = [2 * np.sqrt(area(c) / np.pi) for c in contours]
    across = across or (float(np.median(widths)) if widths else min(pixels.shape[:2]) / 4.5)
    factor = min(1.0, LARGEST / across)
    if factor < 1:
        size = (round(pixels.shape[1] * factor), round(pixels.shape[0] * factor))
        small = np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8)
    else:
        small = pixels
    labels = np.zeros(small.shape[:2], np.uint8)
    ratio = np.array([small.shape[1] / pixels.shape[1], small.shape[0] / pixels.shape[0]])
    for number, contour in enumerate(contours[:250], 1):
        labels[rasterised(contour * ratio, labels.shape)] = number
    return _seen(small, labels, across * factor, kind)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--root", type=Path, default=sources.ROOT)
    parser.add_argument("names", nargs="*", default=[*sources.SOURCES, "smear_cells", "procedural"])
    options = parser.parse_args()
    cv2.setNumThreads(1)
    for name in options.names:
        made = scenes(name, options.root)
        cells = sum(len(np.unique(s.labels)) - 1 for s in made)
        print(f"{name:16} {len(made):5} scenes, {cells:5} cells", flush=True)


if __name__ == "__main__":
    main()
