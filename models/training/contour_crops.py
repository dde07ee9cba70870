"""Crops the contour network learns from, cut once: what is in the middle, its outline where it is known, its box.

Cells with masks (`bccd_fields`, `segmentation_*`, drawn fields), with the outline that the baseline detector draws
(leukaemia crops: pseudo-reference, of low weight), and with a box only (`raabin`, `barcelona`, `bccd_boxes`). And what
is no cell: erythrocytes, platelets, bare ground, boxes beside a cell, boxes around two.

    python -m models.training.contour_crops        fills the cache
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from models.contour_network import cut, square
from models.imaging import colour
from models.imaging.contours import bounds, rasterised
from models.synthesis.smear import LABELS, field
from models.training import sources

KEPT = 128  # pixels of a kept crop
WIDE = 2.2  # its side over the longer side of the box
UNKNOWN = 255
FIELDS = 260  # drawn
REAL = ("bccd_fields", "raabin", "barcelona", "bccd_boxes", "segmentation_1", "segmentation_2")
PSEUDO_EACH = 220  # leukaemia crops of one class, at most
Rng = np.random.Generator


@dataclass(frozen=True, slots=True, eq=False)
class Crop:
    pixels: NDArray[np.uint8]  # (KEPT, KEPT, 3)
    clear: NDArray[np.float32]  # colour of the picture's clear glass
    body: NDArray[np.uint8]  # 0, 1 or UNKNOWN
    nucleus: NDArray[np.uint8]
    box: tuple[float, float]  # width and height in the crop's pixels
    cell: bool
    boxed: bool  # the box is exact: a body fills it
    pseudo: bool


@dataclass(frozen=True, slots=True, eq=False)
class Crops:
    """Many crops of one source, as arrays."""

    pixels: NDArray[np.uint8]
    clear: NDArray[np.float32]
    body: NDArray[np.uint8]
    nucleus: NDArray[np.uint8]
    box: NDArray[np.float32]
    cell: NDArray[np.bool_]
    boxed: NDArray[np.bool_]
    pseudo: NDArray[np.bool_]


def crops(name: str, part: str = "train", root: Path = sources.ROOT, cache: Path = sources.CACHE) -> Crops:
    """The crops of one source and part: of `REAL`, 'procedural' or 'smear_cells' (these only for training)."""
    kept = cache / "contours" / f"{name}-{part}.npz"
    if not kept.is_file():
        made = stacked(list(_made(name, part, root)))
        kept.parent.mkdir(parents=True, exist_ok=True)
        np.savez(kept, **{key: getattr(made, key) for key in Crop.__dataclass_fields__})
    with np.load(kept) as file:
        return Crops(**{key: file[key] for key in Crop.__dataclass_fields__})


def stacked(made: Sequence[Crop]) -> Crops:
    return Crops(**{key: np.array([getattr(c, key) for c in made]) for key in Crop.__dataclass_fields__})


def _made(name: str, part: str, root: Path) -> Iterator[Crop]:
    if name == "procedural":
        yield from _drawn(part)
    elif name == "smear_cells":
        yield from _pseudo()
    else:
        for number, picture in enumerate(p for p in sources.pictures(root, [name]) if p.part == part):
            yield from around(sources.truth(picture), np.random.default_rng([number, 0xC2]))


def around(known: sources.Truth, rng: Rng) -> Iterator[Crop]:
    """Every cell of a picture, and some of what is none."""
    clear = colour.background(known.pixels[::2, ::2])
    labels = np.zeros(known.pixels.shape[:2], np.int32)
    for number, contour in enumerate(known.contours or [], 1):
        labels[rasterised(contour, labels.shape)] = number
    for number, box in enumerate(known.boxes, 1):
        if known.contours is None:
            yield _cut(known.pixels, clear, box, None, None, cell=True)
        else:
            nucleus = known.nuclei & (labels == number) if known.nuclei is not None else None
            yield _cut(known.pixels, clear, box, labels == number, nucleus, cell=True)
    others = known.others[rng.permutation(len(known.others))[:4]]
    for box in (*others, *_beside(rng, known.boxes, known.pixels.shape[:2])):
        yield _cut(known.pixels, clear, box, None, None, cell=False)


def _beside(rng: Rng, boxes: NDArray[np.float32], shape: tuple[int, int]) -> Iterator[NDArray[np.float32]]:
    """Boxes that frame no cell: on the ground, beside a cell, around a cell and as much again."""
    typical = float(np.median(boxes[:, 2:] - boxes[:, :2])) if len(boxes) else 0.2 * min(shape)
    for _ in range(2):
        side = typical * rng.uniform(0.35, 1.3)
        spot = rng.uniform(0, 1, 2) * (shape[1] - side, shape[0] - side)
        wrong = np.array([*spot, *(spot + side)], np.float32)
        if _overlap(wrong, boxes) < 0.2:
            yield wrong
    for box in boxes[:2]:
        width, height = box[2:] - box[:2]
        angle, away = rng.uniform(0, 2 * np.pi), rng.uniform(0.5, 0.85)
        move = np.array([np.cos(angle) * width, np.sin(angle) * height]) * away
        wrong = (box + np.tile(move, 2) * rng.choice([1, 1.1])).astype(np.float32)
        if _overlap(wrong, boxes) < 0.4:
            yield wrong
    if len(boxes) > 1:
        both = np.array([*boxes[:2, :2].min(axis=0), *boxes[:2, 2:].max(axis=0)], np.float32)
        if _overlap(both, boxes) < 0.45:
            yield both


def _overlap(box: NDArray[np.float32], boxes: NDArray[np.float32]) -> float:
    """IoU with the cell it overlaps most."""
    if not len(boxes):
        return 0.0
    low, high = np.maximum(boxes[:, :2], box[:2]), np.minimum(boxes[:, 2:], box[2:])
    both = np.prod(np.clip(high - low, 0, None), axis=1)
    return float((both / (np.prod(boxes[:, 2:] - boxes[:, :2], axis=1) + np.prod(box[2:] - box[:2]) - both)).max())


def _cut(
    pixels: NDArray[np.uint8],
    clear: NDArray[np.float32],
    box: NDArray[np.float32],
    body: NDArray[np.bool_] | None,
    nucleus: NDArray[np.bool_] | None,
    *,
    cell: bool,
    pseudo: bool = False,
) -> Crop:
    left, top, side = square(box, WIDE)
    factor = KEPT / side
    whole = box[0] > 2 and box[1] > 2 and box[2] < pixels.shape[1] - 2 and box[3] < pixels.shape[0] - 2
    return Crop(
        pixels=cut(pixels, clear, left, top, side, KEPT),
        clear=clear,
        body=_mask(body, left, top, side, known=cell),
        nucleus=_mask(nucleus, left, top, side, known=cell),
        box=(float(box[2] - box[0]) * factor, float(box[3] - box[1]) * factor),
        cell=cell,
        boxed=bool(cell and whole and not pseudo),
        pseudo=pseudo,
    )


def _mask(mask: NDArray[np.bool_] | None, left: float, top: float, side: float, *, known: bool) -> NDArray[np.uint8]:
    if mask is None or not known:
        return np.full((KEPT, KEPT), UNKNOWN, np.uint8)
    soft = cut(np.repeat(mask[..., None].astype(np.uint8) * 254, 3, 2), np.zeros(3), left, top, side, KEPT)
    return (soft[..., 0] >= 127).astype(np.uint8)


def _drawn(part: str) -> Iterator[Crop]:
    """Drawn cells of every class with body and nucleus; thrombocytes and artefacts are no cells."""
    for seed in range(FIELDS if part == "train" else FIELDS // 8):
        rng = np.random.default_rng([seed, 0xD8, part == "train"])
        chosen = rng.choice(len(LABELS), 5, replace=False)
        um = float(rng.uniform(0.13, 0.26))
        first = 70_000 if part == "train" else 90_000
        mix = {LABELS[k]: 1.0 for k in chosen}
        one = field(first + seed, mix=mix, cells=8 if um > 0.19 else 4, size=(416, 416), um_per_px=um)
        clear = colour.background(one.pixels[::2, ::2])
        boxes = np.array([bounds(c.contour) for c in one.cells if c.label != "other"], np.float32).reshape(-1, 4)
        for cell in one.cells:
            mask, nucleus = rasterised(cell.contour, (416, 416)), np.zeros((416, 416), bool)
            for ring in cell.nucleus:
                nucleus |= rasterised(ring, (416, 416))
            box = np.array(bounds(cell.contour), np.float32)
            if min(box[2] - box[0], box[3] - box[1]) > 12:
                inside = None if cell.label == "smudge" else nucleus & mask
                yield _cut(one.pixels, clear, box, mask, inside, cell=cell.label != "other")
        for wrong in _beside(rng, boxes, (416, 416)):
            yield _cut(one.pixels, clear, wrong, None, None, cell=False)


def _pseudo() -> Iterator[Crop]:
    """Leukaemia crops of train patients, outlined by the baseline detector; thrombocytes are no cells."""

    from models.training.detector_scenes import NOT_CELLS, scenes

    taken: dict[str, int] = {}
    for scene in scenes("smear_cells"):
        if taken.get(scene.kind, 0) >= PSEUDO_EACH:
            continue
        taken[scene.kind] = taken.get(scene.kind, 0) + 1
        mask = scene.labels > 0
        if scene.kind in NOT_CELLS:
            middle, reach = np.array(mask.shape[::-1]) / 2, 0.2 * mask.shape[0]
            box = np.array([*(middle - reach), *(middle + reach)], np.float32)
            yield _cut(scene.pixels, scene.clear, box, None, None, cell=False)
            continue
        rows, columns = np.nonzero(mask)
        box = np.array([columns.min(), rows.min(), columns.max() + 1, rows.max() + 1], np.float32)
        yield _cut(scene.pixels, scene.clear, box, mask, None, cell=True, pseudo=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--root", type=Path, default=sources.ROOT)
    options = parser.parse_args()
    cv2.setNumThreads(1)
    for part in sources.PARTS:
        for name in (*REAL, "procedural", *(("smear_cells",) if part == "train" else ())):
            made = crops(name, part, options.root)
            print(f"{name:16} {part:9} {len(made.cell):5} crops, {int(made.cell.sum()):5} cells", flush=True)


if __name__ == "__main__":
    main()
