"""Simulated donors for the label-free network, kept as the microscope's counts. Resumable, a slide at a time.

    python -m models.training.label_free.simulate .cache/label_free/raw      60 donors, 2 slides each, 250 cells a slide

`views.npy` holds (cells, 4, 128, 128) uint16 counts; `table.parquet` one row a cell: donor, slide, kind, label, the
four markers and what they would be without noise (`e_…`), and what is true of its shape (`t_…`). The simulator's
numbers were frozen before the first training; `digest` says which simulator made a set.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from models.synthesis import donors, dpc_optics, markers, shapes, white_cells

DONORS, SLIDES, CELLS = 60, 2, 250
FIRST = 1000  # seed of the first donor


def digest() -> str:
    """Of the code that draws: any change of the simulator is another simulator."""
    text = b"".join(Path(str(m.__file__)).read_bytes() for m in (donors, dpc_optics, markers, shapes, white_cells))
    return hashlib.sha256(text).hexdigest()


def slide(seed: int, number: int, cells: int) -> tuple[np.ndarray[Any, Any], list[Mapping[str, Any]]]:
    """One slide's counts and rows."""
    of, on = donors.donor(seed), donors.slide(seed, number)
    traits = donors.traits(of, cells, number)
    marked = markers.drawn(np.random.default_rng([seed, 5, number]), traits, of.shift)
    views = np.empty((cells, len(dpc_optics.VIEWS), donors.SIDE, donors.SIDE), np.uint16)
    rows: list[Mapping[str, Any]] = []
    for k, made in enumerate(donors.pictures(of, on, traits, number)):
        views[k] = made.views
        rows.append(
            {
                "cell": f"{seed}-{number}-{k:04}",
                "group": f"donor_{seed - FIRST:02}",
                "slide": f"donor_{seed - FIRST:02}/slide_{number}",
                "kind": traits[k].kind,
                "label": traits[k].label,
                **{name: float(v) for name, v in zip(markers.MARKERS, marked.values[k], strict=True)},
                **{f"e_{name}": float(v) for name, v in zip(markers.MARKERS, marked.expected[k], strict=True)},
                **{f"t_{name}": value for name, value in made.measures.items()},
            }
        )
    return views, rows


def kept(folder: Path, count: int = DONORS, cells: int = CELLS) -> None:
    """Every slide that is not there yet, then all of them as one set."""
    parts = folder / "slides" / digest()[:12]
    parts.mkdir(parents=True, exist_ok=True)
    names = [(FIRST + d, s) for d in range(count) for s in range(SLIDES)]
    for seed, number in names:
        at = parts / f"{seed}-{number}-{cells}"
        if at.with_suffix(".parquet").is_file():
            continue
        views, rows = slide(seed, number, cells)
        np.save(at.with_suffix(".npy"), views)
        pd.DataFrame(rows).to_parquet(at.with_suffix(".parquet"))
        print(f"donor {seed - FIRST}, slide {number}: {cells} cells", flush=True)
    tables = [pd.read_parquet(parts / f"{seed}-{number}-{cells}.parquet") for seed, number in names]
    table = pd.concat(tables, ignore_index=True)
    shape = (len(table), len(dpc_optics.VIEWS), donors.SIDE, donors.SIDE)
    whole = np.lib.format.open_memmap(folder / "views.npy", "w+", np.uint16, shape)
    for k, (seed, number) in enumerate(names):
        whole[k * cells : (k + 1) * cells] = np.load(parts / f"{seed}-{number}-{cells}.npy")
    whole.flush()
    table.to_parquet(folder / "table.parquet")
    best = markers.ceiling(
        markers.Marked(table[list(markers.MARKERS)].to_numpy(), table[[f"e_{m}" for m in markers.MARKERS]].to_numpy()),
        table.label.to_numpy(str),
    )
    about = {"simulator": digest(), "donors": count, "slides": SLIDES, "cells_per_slide": cells, "ceiling": best}
    (folder / "about.json").write_text(json.dumps(about, indent=1), encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--donors", type=int, default=DONORS)
    parser.add_argument("--cells", type=int, default=CELLS, help="of each slide")
    options = parser.parse_args()
    kept(options.folder, options.donors, options.cells)


if __name__ == "__main__":
    main()
