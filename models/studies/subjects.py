"""The cells a study asks about: crops, masks, classes and patients that the models were not trained on.

smear       stained cells of the fifteen patients that no training saw, found and cut as the app does
drawn       stained cells drawn by a program, with exact masks
unstained   simulated cells of the label-free network's test donors, with exact masks
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from PIL import Image

from models import registry
from models.imaging import colour, contours, dpc
from models.imaging.phase import BSCCM
from models.synthesis import donors, smear
from models.training.cell_crops import CUT, central, window
from models.training.label_free.real_panels import over_background
from models.training.label_free.simulate import DONORS, FIRST
from models.training.label_free.split import SHARES
from models.training.patients import parts
from models.training.sources import ROOT
from models.training.sources import read as source
from models.training.train_classical import REAL_CLASSES

FOLDER = Path(".checkpoints/background")
HELD_OUT = "calibration"  # the part of patients.csv that no network was trained on
SEED = 20_251_103
DRAWN_SEED = 7_400_000  # far from the seeds that training drew from
LOOKS = 32  # cells of one drawn slide
WINDOW = round(dpc.WINDOW_UM / BSCCM.um_per_px)


@dataclass(frozen=True, slots=True, eq=False)
class Subjects:
    """Cells of one kind; rows belong together."""

    name: str
    pictures: tuple[NDArray[Any], ...]  # stained (S, S, 3) uint8, or views (4, S, S) float32
    masks: tuple[NDArray[np.bool_], ...]
    um_per_px: tuple[float | None, ...]
    labels: NDArray[np.str_]
    patients: NDArray[np.str_]
    available: dict[str, int]  # of each class, before so many were drawn
    about: str

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def classes(self) -> tuple[str, ...]:
        """Those that occur, in the order of how often."""
        return tuple(sorted(set(self.labels.tolist()), key=lambda c: (-self.available[c], c)))

    @property
    def stands_for(self) -> NDArray[np.float64]:
        """How many cells of its class each one stands for, so that the whole has the classes' own shares."""
        drawn = {c: int((self.labels == c).sum()) for c in self.classes}
        return np.array([self.available[c] / drawn[c] for c in self.labels.tolist()], np.float64)


def kept(subjects: Subjects, folder: Path) -> None:
    """Writes subjects, so that finding and cutting them is done once."""
    folder.mkdir(parents=True, exist_ok=True)
    arrays = {f"picture_{k:05}": p for k, p in enumerate(subjects.pictures)}
    arrays |= {f"mask_{k:05}": m for k, m in enumerate(subjects.masks)}
    scales = np.array([np.nan if u is None else u for u in subjects.um_per_px])
    np.savez(
        folder / f"{subjects.name}.npz",
        um_per_px=scales,
        labels=subjects.labels,
        patients=subjects.patients,
        **arrays,
    )
    said = {"available": subjects.available, "about": subjects.about}
    (folder / f"{subjects.name}.json").write_text(json.dumps(said, indent=1), encoding="utf-8")


def read(name: str, folder: Path) -> Subjects | None:
    """What `kept` wrote, where it did."""
    about = folder / f"{name}.json"
    if not about.is_file():
        return None
    said = json.loads(about.read_text(encoding="utf-8"))
    with np.load(folder / f"{name}.npz") as file:
        count = len(file["labels"])
        scales = [None if np.isnan(u) else float(u) for u in file["um_per_px"]]
        return Subjects(
            name,
            tuple(file[f"picture_{k:05}"] for k in range(count)),
            tuple(file[f"mask_{k:05}"] for k in range(count)),
            tuple(scales),
            file["labels"],
            file["patients"],
            said["available"],
            said["about"],
        )


def drawn_rows(labels: NDArray[np.str_], patients: NDArray[np.str_], most: int, seed: int = SEED) -> NDArray[np.intp]:
    """At most so many of each class, in turn from its patients, so that no patient fills a class."""
    rng = np.random.default_rng(seed)
    found: list[int] = []
    for name in sorted(set(labels.tolist())):
        rows = rng.permutation(np.flatnonzero(labels == name))
        turn = pd.Series(patients[rows]).groupby(patients[rows]).cumcount().to_numpy()
        found += rows[np.argsort(turn, kind="stable")][:most].tolist()
    return np.array(sorted(found), np.intp)


def stained(most: int, root: Path = ROOT, detector: Any = None) -> Subjects:
    """Held-out patients' cells as the app finds and cuts them, the scale estimated; a cell not found is left out."""
    file = root / "smear_cells.parquet"
    if not file.is_file():
        raise FileNotFoundError(f"Expected the real crops in {file}; found none. Say where with --root.")
    table = pd.read_parquet(file)
    split = parts()
    table = table[[split.get(p) == HELD_OUT for p in table.patient]].reset_index(drop=True)
    labels = np.array([REAL_CLASSES[c] for c in table["class"]], dtype=str)
    patients = table.patient.to_numpy(str)
    rows = drawn_rows(labels, patients, most)
    detector = detector or registry.load("cell-detector")
    cut = [_deployed(np.asarray(Image.open(io.BytesIO(table.image[k])).convert("RGB")), detector) for k in rows]
    there = [k for k, c in enumerate(cut) if c is not None]
    crops = [c for c in cut if c is not None]
    lost = len(rows) - len(crops)
    rows = rows[there]
    about = f"real stained cells of {table.patient.nunique()} patients; {lost} of {len(cut)} not found by the detector"
    return Subjects(
        "smear",
        *_columns(crops),
        labels[rows],
        patients[rows],
        {c: int((labels == c).sum()) for c in sorted(set(labels.tolist()))},
        about,
    )


def _deployed(pixels: NDArray[np.uint8], detector: Any) -> tuple[NDArray[np.uint8], NDArray[np.bool_], float] | None:
    contour, found = central(detector.find(pixels, None), pixels.shape[:2])
    if not found:
        return None
    beyond = np.round(colour.background(pixels[::4, ::4])).astype(np.uint8)
    return *window(pixels, contour, CUT, beyond), detector.scale(pixels)


def drawn(most: int) -> Subjects:
    """Stained cells drawn by a program, every class equally often; `LOOKS` of them share a slide."""
    crops, labels, patients = [], [], []
    for k in range(most * len(smear.LABELS)):
        seed = DRAWN_SEED + k
        field = smear.single(seed, smear.LABELS[k % len(smear.LABELS)], look=smear.draw_look(DRAWN_SEED + k // LOOKS))
        beyond = np.round(colour.background(field.pixels[::4, ::4])).astype(np.uint8)
        crops.append((*window(field.pixels, field.cells[0].contour, CUT, beyond), field.um_per_px))
        labels.append(field.cells[0].label)
        patients.append(f"look_{k // LOOKS:03}")
    names = np.array(labels, dtype=str)
    counts = {c: int((names == c).sum()) for c in sorted(set(labels))}
    about = f"stained cells drawn by a program, {len(set(patients))} looks, exact masks"
    return Subjects("drawn", *_columns(crops), names, np.array(patients, dtype=str), counts, about)


def unstained(most: int) -> Subjects:
    """Simulated cells of the donors that the label-free network was tested on, at most so many of each class."""
    count = round(SHARES["test"] * DONORS)
    seeds = [FIRST + DONORS - count + k for k in range(count)]
    each = -(-most // count)
    crops, labels, patients = [], [], []
    for seed in seeds:
        of, on = donors.donor(seed), donors.slide(seed, 0)
        traits = donors.traits(of, 40 * each, 9)  # a number that no training used
        rows = [k for name in donors.MIX for k in [j for j, t in enumerate(traits) if t.label == name][:each]]
        for k, made in zip(rows, donors.pictures(of, on, [traits[k] for k in rows], 9), strict=True):
            crops.append((*_windowed(made), BSCCM.um_per_px))
            labels.append(traits[k].label)
            patients.append(f"donor_{seed - FIRST:02}")
    names = np.array(labels, dtype=str)
    counts = {c: int((names == c).sum()) for c in sorted(set(labels))}
    about = f"simulated unstained cells of {len(seeds)} test donors, exact masks"
    return Subjects("unstained", *_columns(crops), names, np.array(patients, dtype=str), counts, about)


def panels(root: Path = ROOT) -> Subjects:
    """Real unstained cells, the left view alone. Their donors are not known: each stands for itself."""
    detector = registry.load("dpc-detector")
    crops, labels = [], []
    with (root / "bsccm_panels" / "manifest.csv").open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if not row["file"].startswith("gs_"):
                continue
            grey = source(root / "bsccm_panels" / row["file"])[..., 0].astype(np.float32)
            views = np.full((4, *grey.shape), np.nan, np.float32)
            views[0] = over_background(grey)
            um = BSCCM.um_per_px * donors.SIDE / len(grey)
            contour, found = central(detector.find(views, um), grey.shape)
            if found:
                corner = round(len(grey) / 2 - WINDOW / 2)
                shift = np.array([corner, corner], np.float32)
                crops.append((_cut(views, um), contours.rasterised(contour - shift, (WINDOW, WINDOW)), um))
                labels.append(row["label3"].lower())
    names = np.array(labels, dtype=str)
    counts = {c: int((names == c).sum()) for c in sorted(set(labels))}
    alone = np.array([f"panel_{k:02}" for k in range(len(names))], dtype=str)
    about = "36 real unstained cells from published figures, one view, contours of the app's detector"
    return Subjects("panels", *_columns(crops), names, alone, counts, about)


def _cut(views: NDArray[np.float32], um: float) -> NDArray[np.float32]:
    return dpc.window(views, (views.shape[2] / 2, views.shape[1] / 2), um, WINDOW)


def _windowed(made: donors.Pictured) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """A picture as the app would standardise and cut it, on its own pixels, and the cell in it."""
    views = dpc.normalised(made.views)
    cut = _cut(views, BSCCM.um_per_px)
    corner = round(views.shape[1] / 2 - WINDOW / 2)
    inside = made.inside[corner : corner + WINDOW, corner : corner + WINDOW]
    return cut, np.ascontiguousarray(inside)


def _columns(crops: Sequence[tuple[Any, Any, Any]]) -> tuple[tuple[Any, ...], tuple[Any, ...], tuple[Any, ...]]:
    pictures, masks, scales = zip(*crops, strict=True)
    return pictures, masks, scales
