"""Label-free cells for training, simulated or from BSCCM, in one shape; kept as plain arrays.

    .cache/label_free/<set>/
        views.npy       (n, 4, 64, 64) float16: brightness over background of the 15.9 µm around a cell
        table.parquet   cell, group (donor), slide, label, the markers, `m_…` as measured on the picture
        about.json      where it is from

    python -m models.training.label_free.cells .cache/label_free/raw sim       simulated counts → the set 'sim'

A simulated cell goes the way of a user's: its counts are evened out by their own background and a window is cut.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from models import registry
from models.dpc_detector import MEASURES, central, measured
from models.imaging import dpc
from models.imaging.phase import BSCCM, VIEWS, phase
from models.synthesis.markers import MARKERS

CACHE = Path(".cache/label_free")
SIDE = 64
LABELS = ("lymphocyte", "granulocyte", "monocyte", "other")
NEAR_UM = 3.5  # the cell of a picture lies this near its middle


@dataclass(frozen=True, slots=True, eq=False)
class Cells:
    """Rows belong together. Unknown labels are −1, missing markers and measures NaN."""

    views: NDArray[np.float16]  # (n, 4, SIDE, SIDE)
    labels: NDArray[np.int64]  # columns of LABELS
    markers: NDArray[np.float32]  # (n, 4) log10
    groups: NDArray[np.str_]  # donor; a slide where donors are not known
    slides: NDArray[np.str_]
    morphology: NDArray[np.float32]  # (n, MEASURES)
    names: NDArray[np.str_]
    about: Mapping[str, Any] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.labels)

    def rows(self, groups: Sequence[str]) -> NDArray[np.intp]:
        return np.flatnonzero(np.isin(self.groups, groups))


def kept(name: str, cache: Path = CACHE) -> Cells:
    """A set that was kept, its pictures mapped from the disk."""
    folder = cache / name
    if not (folder / "about.json").is_file():
        raise FileNotFoundError(f"Expected the set {folder}; found none. Make it with the commands in {__name__}.")
    table = pd.read_parquet(folder / "table.parquet")
    return Cells(
        np.load(folder / "views.npy", mmap_mode="r"),
        np.array([LABELS.index(label) if label in LABELS else -1 for label in table.label], np.int64),
        table[list(MARKERS)].to_numpy(np.float32),
        table.group.to_numpy(str),
        table.slide.to_numpy(str),
        table[[f"m_{name}" for name in MEASURES]].to_numpy(np.float32),
        table.cell.to_numpy(str),
        json.loads((folder / "about.json").read_text(encoding="utf-8")),
    )


def keep(
    name: str, views: NDArray[np.float16], table: pd.DataFrame, about: Mapping[str, Any], cache: Path = CACHE
) -> None:
    """Writes a set; `about.json` last, so that half a set is none."""
    folder = cache / name
    folder.mkdir(parents=True, exist_ok=True)
    np.save(folder / "views.npy", views)
    table.to_parquet(folder / "table.parquet")
    (folder / "about.json").write_text(json.dumps(dict(about), indent=1), encoding="utf-8")


def seen(counts: NDArray[Any], um_per_px: float = BSCCM.um_per_px) -> tuple[NDArray[np.float16], dict[str, float]]:
    """A picture of one cell, as the app would standardise it, and what can be measured on it."""
    views = dpc.normalised(counts)
    height, width = views.shape[1:]
    cut = dpc.window(views, (width / 2, height / 2), um_per_px, SIDE)
    found = phase(views, um_per_px)
    inside = central(_detector().parts(found, um_per_px), NEAR_UM / um_per_px)
    told = measured(found, inside, um_per_px) if inside is not None else dict.fromkeys(MEASURES, float("nan"))
    return cut.astype(np.float16), {f"m_{key}": value for key, value in told.items()}


def _detector() -> Any:
    return registry.load("dpc-detector")


def simulated(raw: Path, name: str, cache: Path = CACHE) -> None:
    """Counts of `models.training.label_free.simulate` → a set."""
    table = pd.read_parquet(raw / "table.parquet")
    counts = np.load(raw / "views.npy", mmap_mode="r")
    views = np.empty((len(table), len(VIEWS), SIDE, SIDE), np.float16)
    measures = []
    for k, picture in enumerate(counts):
        views[k], told = seen(picture)
        measures.append(told)
        if (k + 1) % 1000 == 0:
            print(f"{k + 1} of {len(table)}", flush=True)
    whole = pd.concat([table, pd.DataFrame(measures, dtype=np.float32)], axis=1)
    keep(name, views, whole, json.loads((raw / "about.json").read_text(encoding="utf-8")), cache)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("raw", type=Path)
    parser.add_argument("name")
    parser.add_argument("--cache", type=Path, default=CACHE)
    options = parser.parse_args()
    simulated(options.raw, options.name, options.cache)


if __name__ == "__main__":
    main()
