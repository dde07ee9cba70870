"""Which patient of `smear_cells` is for what: fifteen for calibration, the others in five folds.

    python -m models.training.patients        draws the split anew and writes patients.csv (the same, for the same seed)

Patients of calibration are in no training and no test of the networks. Of many random splits that keep diagnoses even,
the one is taken whose parts have the classes, the rare ones above all, most evenly by cells and by patients.
"""

from __future__ import annotations

import argparse
import csv
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from models.training.recipe import LABELS
from models.training.sources import ROOT
from models.training.train_classical import REAL_CLASSES

TABLE = Path(__file__).with_name("patients.csv")
FOLDS = 5
CALIBRATION = 15
SEED = 20_261_121
DRAWS = 4000


def parts(table: Path = TABLE) -> dict[str, str]:
    """'calibration' or 'fold 0' … 'fold 4' of every patient."""
    with table.open(encoding="utf-8", newline="") as lines:
        return {row["patient"]: row["part"] for row in csv.DictReader(lines)}


def drawn(diagnoses: Mapping[str, str], counts: NDArray[np.float64], draws: int = DRAWS) -> dict[str, str]:
    """The most even of `draws` splits; `counts` (patients, classes) in the order of `diagnoses`."""
    patients = list(diagnoses)
    if len(patients) != len(counts) or len(patients) <= CALIBRATION + FOLDS:
        raise ValueError(f"expected a row for each of more than {CALIBRATION + FOLDS} patients; found {len(counts)}")
    rng = np.random.default_rng(SEED)
    names = ["calibration", *(f"fold {k}" for k in range(FOLDS))]
    wish = np.array([CALIBRATION, *[(len(patients) - CALIBRATION) / FOLDS] * FOLDS]) / len(patients)
    best, least = np.zeros(len(patients), int), np.inf
    for _ in range(draws):
        part = _shuffled(rng, [diagnoses[p] for p in patients], wish)
        unevenness = _unevenness(part, counts, wish)
        if unevenness < least:
            best, least = part, unevenness
    return {p: names[k] for p, k in zip(patients, best, strict=True)}


def _shuffled(rng: np.random.Generator, diagnoses: Sequence[str], wish: NDArray[np.float64]) -> NDArray[np.intp]:
    """Parts laid over the patients, ordered by diagnosis and otherwise at random, so that every part gets its share."""
    order = sorted(range(len(diagnoses)), key=lambda k: (diagnoses[k], rng.random()))
    sizes = np.floor(wish * len(order)).astype(int)
    sizes[1 : 1 + len(order) - sizes.sum()] += 1
    places = np.concatenate([(np.arange(s) + rng.random()) / s for s in sizes])
    labels = np.repeat(np.arange(len(sizes)), sizes)[np.argsort(places, kind="stable")]
    part = np.empty(len(order), np.intp)
    part[order] = labels
    return part


def _unevenness(part: NDArray[np.intp], counts: NDArray[np.float64], wish: NDArray[np.float64]) -> float:
    """How far the parts' shares of each class, by cells and by patients, are from the parts' sizes."""
    total = 0.0
    for table in (counts, (counts > 0).astype(np.float64)):
        shares = np.stack([table[part == k].sum(0) for k in range(len(wish))]) / np.maximum(table.sum(0), 1)
        total += float((np.abs(shares - wish[:, None]) / wish[:, None]).sum())
    return total


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--root", type=Path, default=ROOT)
    file = parser.parse_args().root / "smear_cells.parquet"
    cells = pd.read_parquet(file, columns=["patient", "diagnosis", "class"])
    labels = cells["class"].map(REAL_CLASSES)
    counts = pd.crosstab(cells.patient, labels).reindex(columns=list(LABELS), fill_value=0)
    diagnoses = cells.groupby("patient").diagnosis.first().reindex(counts.index)
    split = drawn(diagnoses.to_dict(), counts.to_numpy(np.float64))
    with TABLE.open("w", encoding="utf-8", newline="") as lines:
        writer = csv.writer(lines, lineterminator="\n")
        writer.writerows([("patient", "part"), *sorted(split.items())])
    print(counts.groupby(counts.index.map(split)).sum().T)
    print(pd.crosstab(counts.index.map(split), diagnoses.to_numpy()))


if __name__ == "__main__":
    main()
