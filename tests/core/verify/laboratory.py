"""A laboratory on disk: fields of the stand-ins' discs, with labels in a table."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np

from tests import fakes

PLACES = [(20.0 + 32 * column, 22.0 + 38 * row) for row in range(5) for column in range(6)]


def table(folder: Path, cases: int, fields: int = 2, mistaken: float = 0.0, unseen: int = 0) -> Path:
    """labels.csv and pictures. `mistaken` of the blasts are lymphocytes to the expert; `unseen` labels lie on glass."""
    folder.mkdir(parents=True)
    rng = np.random.default_rng(1)
    rows = []
    for case in range(cases):
        share = 0.1 if case % 2 else 0.5
        for field in range(fields):
            classes = ["blast" if rng.random() < share else "band" for _ in PLACES]
            name = f"Miller_{case}_{field}.png"
            discs = [(x, y, 10.0, label) for (x, y), label in zip(PLACES, classes, strict=True)]
            (folder / name).write_bytes(fakes.png(fakes.field(discs, seed=100 * case + field)))
            for (x, y), label in zip(PLACES, classes, strict=True):
                said = "lymphocyte" if label == "blast" and rng.random() < mistaken else label
                rows.append((name, f"Miller {case}", said, "AML", x + 2, y - 2))
            rows += [(name, f"Miller {case}", "band", "AML", 4, 4 + k) for k in range(unseen)]
    with (folder / "labels.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([("image", "patient", "class", "diagnosis", "x", "y"), *rows])
    return folder


def limits(shipped: str) -> str:
    """Limits that a few small cases can meet; what is measured is untouched."""
    few = {"limit = 40\n": "limit = 6\n", "limit = 3000": "limit = 300", "limit = 10\n": "limit = 2\n"}
    few |= {"limit = 80.0": "limit = 50.0", "limit = 25.0": "limit = 45.0"}
    for was, now in few.items():
        assert was in shipped
        shipped = shipped.replace(was, now)
    return shipped
