"""Does the place where a donor was taken out decide? Cells put back on their own surroundings, emptied and filled.

    python -m models.studies.filled                                 drawn and simulated cells
    python -m models.studies.filled --only drawn unstained smear    and the real ones, where the study kept them

Nothing but the filling differs from the unaltered crop, so every call that changes is the filling's. Two holes: the
cell's own, which the cell covers again, and that with another cell's outline, as it lies where a donor was larger.
Roughness: the local variance of the filling over that around it, in the median cell; of a smooth ring little is left.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from models.imaging import backgrounds
from models.imaging.backgrounds import Setting
from models.studies import subjects
from models.studies.background import FILLING
from models.studies.composites import SEED
from models.studies.flips import flips
from models.studies.readers import Answers, Reader, Stained, Unstained
from models.studies.subjects import FOLDER, Subjects

FILLS: Mapping[str, tuple[bool, int]] = {
    "smooth, 2 px beyond": (False, 2),
    "pieces, 2 px beyond": (True, 2),
    "pieces, 5 px beyond": (True, 5),
}
OWN, LARGER = "the cell's own outline", "with another cell's outline"
MOST = {"drawn": 12, "unstained": 120, "smear": 40}
CHUNK = 64
WINDOW = 5  # pixels of the side over which a local variance is taken


def outline(cells: Subjects, k: int, donor: int) -> NDArray[np.bool_]:
    """The cell's own outline, with the donor's where there is one, middle on middle."""
    own = cells.masks[k]
    if donor < 0:
        return own
    other, found = cells.masks[donor], own.copy()
    spans = [
        (min(a, b), (a - min(a, b)) // 2, (b - min(a, b)) // 2) for a, b in zip(own.shape, other.shape, strict=True)
    ]
    here = tuple(slice(start, start + size) for size, start, _ in spans)
    there = tuple(slice(start, start + size) for size, _, start in spans)
    found[here] |= other[there]
    return found if not found.all() else own


def roughness(picture: NDArray[Any], hole: NDArray[np.bool_]) -> float:
    """Local variance in the hole over that beside it, in medians; 1: the filling is as rough as what it continues."""
    plane = np.nanmean(np.moveaxis(picture, -1, 0) if picture.dtype == np.uint8 else picture, axis=0, dtype=np.float32)
    mean = cv2.blur(plane, (WINDOW, WINDOW))
    local = np.maximum(cv2.blur(plane**2, (WINDOW, WINDOW)) - mean**2, 0)
    inside = backgrounds.grown(hole, -WINDOW)
    beside = backgrounds.grown(hole, 20) & ~backgrounds.grown(hole, WINDOW)
    if not inside.any() or not beside.any():
        return float("nan")
    return float(np.median(local[inside]) / max(float(np.median(local[beside])), 1e-9))


def control(cells: Subjects, reader: Reader, composite: tuple[str, ...] = ()) -> list[dict[str, Any]]:
    """One row a hole and filling."""
    donors = backgrounds.chosen(cells.labels, Setting.OTHER_CLASS, SEED, cells.patients)
    plain = _said(reader, cells, iter(cells.pictures))
    rows = []
    for where in (OWN, LARGER):
        for name, (pieces, rim) in FILLS.items():
            rough: list[float] = []
            after = _said(reader, cells, _filled(cells, donors if where == LARGER else None, pieces, rim, rough))
            told = flips(
                plain.probabilities, after.probabilities, cells.labels, reader.labels, cells.patients,
                np.ones(len(cells)), composite,
            )  # fmt: skip
            count = int((plain.probabilities.argmax(1) != after.probabilities.argmax(1)).sum())
            row = {"hole": where, "filling": name, "count": count, "cells": len(cells), "flipped": told.flipped}
            rows.append(row | {"moved": told.moved, "roughness": float(np.nanmedian(rough))})
    return rows


def _filled(
    cells: Subjects, donors: NDArray[np.intp] | None, pieces: bool, rim: int, rough: list[float]
) -> Iterator[NDArray[Any]]:
    for k, (picture, mask) in enumerate(zip(cells.pictures, cells.masks, strict=True)):
        hole = outline(cells, k, -1 if donors is None else int(donors[k]))
        empty = backgrounds.emptied(picture, hole, seed=k, rim=rim, pieces=pieces)
        rough.append(roughness(empty, backgrounds.grown(hole, rim)))
        yield backgrounds.placed(picture, mask, empty, match_colour=False)


def _said(reader: Reader, cells: Subjects, pictures: Iterator[NDArray[Any]]) -> Answers:
    found = []
    for start in range(0, len(cells), CHUNK):
        end = min(start + CHUNK, len(cells))
        some = [next(pictures) for _ in range(start, end)]
        found.append(reader.read(some, cells.masks[start:end], cells.um_per_px[start:end]))
    return Answers(*(np.concatenate([getattr(one, name) for one in found]) for name in ("features", "probabilities")))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="*", choices=tuple(MOST), default=("drawn", "unstained"))
    parser.add_argument("--folder", type=Path, default=FOLDER)
    options = parser.parse_args()
    file = options.folder / FILLING
    told = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
    for kind in options.only:
        cells = subjects.read(kind, options.folder / f"{kind}-{MOST[kind]}")
        if cells is None:
            raise SystemExit(f"Expected the cells of the set {kind}; found none. Run models.studies.background first.")
        told[kind] = control(cells, Unstained() if kind == "unstained" else Stained())
        for row in told[kind]:
            low, high = (100 * end for end in row["flipped"][1])
            print(
                f"{kind:<10} {row['hole']:<28} {row['filling']:<20} {row['count']:>3} of {row['cells']} "
                f"({100 * row['flipped'][0]:.1f} % [{low:.1f}, {high:.1f}]); roughness {row['roughness']:.2f}",
                flush=True,
            )
        file.write_text(json.dumps(told, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
