"""A user's BSCCM → a kept set of label-free cells: the same shape, and the same path, as the simulated ones.

Read one cell at a time, so that a full set fits; only cells with a class or a marker are taken. Cells are evened out by
their own background, as the app does, not by the set's measured one. Classes are the authors' gates, which are drawn
on the very markers to be learned. What is missing is said, and training refused where it could only pretend.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from models.dpc_detector import MEASURES
from models.imaging import bsccm
from models.imaging.bsccm import Bsccm, BsccmError, Folder
from models.imaging.bsccm_tables import MARKERS, logged
from models.training.label_free.cells import CACHE, SIDE, Cells, keep, kept, seen

MOST = 60_000  # cells: two gigabytes of kept pictures
SIMULATED, MEASURED = "simulated", "measured"
TOLD = 1000


def read(folder: Path, name: str, most: int = MOST, cache: Path = CACHE) -> Cells:
    """The set `name`, made from the folder unless it was made from these very cells before."""
    data = Bsccm(Folder(folder))
    missing(data)
    table = chosen(data, most)
    about = {"source": data.name, "truth": truth(data), "um_per_px": data.um_per_px, "cells": _digest(table)}
    if _is_kept(cache / name, about):
        return kept(name, cache)
    views, measures, there = pictures(data, table["cell"].astype(int).tolist())
    whole = pd.concat([table, measures], axis=1)[there].reset_index(drop=True)
    keep(name, views[there], whole, about | {"without_picture": int((~there).sum())}, cache)
    return kept(name, cache)


def missing(data: Bsccm) -> None:
    """Says what is not there; refuses a set without views or without classes."""
    contents = data.contents()
    for part in contents.missing:
        print(f"missing: {part}", file=sys.stderr)
    if bsccm.BACKGROUNDS in " ".join(contents.missing):
        print("  (not needed: each cell is evened out by its own background)", file=sys.stderr)
    without = [part for part in contents.missing if bsccm.BACKGROUNDS not in part]
    if without:
        raise BsccmError(
            f"DPC views, markers and gates in {data.name}",
            f"without {'; '.join(without)}",
            f"Add them: a network is trained on {bsccm.MARKERS} beside the images, and cannot be without either.",
        )


def truth(data: Bsccm) -> str:
    """What our simulator writes says so; and donors are named by it alone: BSCCM's own index has no such column."""
    return SIMULATED if data.is_simulated or _donors(data) else MEASURED


def _donors(data: Bsccm) -> dict[int, str]:
    """The cells whose donor is named."""
    return {cell: group for cell, group in data.groups().items() if group != data.slide(cell)}


def chosen(data: Bsccm, most: int) -> pd.DataFrame:
    """Rows of cells with a class or a marker; where there are more than `most`, those drawn evenly at random."""
    numbers, values = data.markers()
    classes = data.labels()
    known = set(data.cells)
    told = np.isfinite(values).any(1) | np.isin(numbers, list(classes))
    rows = np.flatnonzero(told & np.array([int(cell) in known for cell in numbers], bool))
    if not len(rows) or not any(int(numbers[k]) in classes for k in rows):
        raise BsccmError(
            "cells with a class", f"{len(rows)} with markers, none in a gate", "Use slides stained with all antibodies."
        )
    if len(rows) > most:
        print(f"{len(rows)} cells have a class or a marker: {most} of them are drawn", file=sys.stderr)
        rows = np.sort(np.random.default_rng(0).choice(rows, most, replace=False))
    cells = [int(cell) for cell in numbers[rows]]
    markers = logged(values)[rows]
    return pd.DataFrame(
        {
            "cell": [str(cell) for cell in cells],
            "label": [classes.get(cell, "") for cell in cells],
            "group": groups(data, cells),
            "slide": [data.slide(cell) for cell in cells],
            **{marker: markers[:, k] for k, marker in enumerate(MARKERS)},
        }
    )


def groups(data: Bsccm, cells: Sequence[int]) -> list[str]:
    """The donor of each cell where one is named, else its field of view on its slide."""
    donors = _donors(data)
    places = {cell: f"{x}/{y}" for cell, (x, y) in data.index("fov_center_x", "fov_center_y")}
    return [donors.get(cell) or f"{data.slide(cell)}/{places[cell]}" for cell in cells]


def pictures(data: Bsccm, cells: Sequence[int]) -> tuple[NDArray[np.float16], pd.DataFrame, NDArray[np.bool_]]:
    """Windows and measures of the cells, and which of them have a picture."""
    views = np.ones((len(cells), len(bsccm.VIEWS), SIDE, SIDE), np.float16)
    there, measures = np.zeros(len(cells), bool), []
    first: BsccmError | None = None
    for k, cell in enumerate(cells):
        try:
            views[k], told = seen(data.views(cell), data.um_per_px)
            there[k] = True
        except BsccmError as error:
            told, first = {}, first or error
        measures.append(told)
        if (k + 1) % TOLD == 0:
            print(f"{k + 1} of {len(cells)} read", file=sys.stderr, flush=True)
    if first is not None:
        print(f"missing: pictures of {(~there).sum()} of {len(cells)} cells. First: {first}", file=sys.stderr)
    if first is not None and not there.any():
        raise first
    return views, pd.DataFrame(measures, columns=[f"m_{name}" for name in MEASURES], dtype=np.float32), there


def _digest(table: pd.DataFrame) -> str:
    return hashlib.sha256(table.to_csv(index=False).encode()).hexdigest()


def _is_kept(folder: Path, about: dict[str, Any]) -> bool:
    file = folder / "about.json"
    if not file.is_file():
        return False
    old = json.loads(file.read_text(encoding="utf-8"))
    return all(old.get(key) == value for key, value in about.items())
