"""Cases by their counts: what the numbers are tested on. The pictures are named, never drawn."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

import numpy as np

from core.records import Call, CaseInfo, Cell, ImageInfo, Modality, ModelStamp, Review, Seen, Specimen

STAMP = ModelStamp("naming", "abcdef0123456789", "classifier", "procedural", vocabulary="shipped16")
NOON = dt.datetime(2024, 5, 1, 12, tzinfo=dt.UTC)
CONTOUR = np.zeros((3, 2), dtype=np.float32)


def seen(fields: Sequence[Mapping[str, int]], um_per_px: float | None = 0.1) -> Seen:
    """One picture for each mapping of class to number of cells; cell ids are '<field>-<class>-<number>'."""
    cells, calls = [], []
    for place, counts in enumerate(fields):
        for label, number in counts.items():
            for one in range(number):
                cell = f"{place}-{label}-{one}"
                cells.append(Cell(cell, f"image{place}", (0, 0, 9, 9), CONTOUR, 0.9))
                calls.append(Call(cell, label, {label: 1.0}, STAMP.digest))
    images = tuple(
        ImageInfo(f"image{place}", f"{place:064d}", 0, f"image {place + 1}", Modality.SMEAR, 100, 100, um_per_px)
        for place in range(len(fields))
    )
    return Seen(images, tuple(cells), tuple(calls), (STAMP,))


def info(specimen: Specimen = Specimen.BLOOD, **more: object) -> CaseInfo:
    return CaseInfo("patient-1", specimen, **more)  # type: ignore[arg-type]


def review(cell: str, now: str, minutes: int = 0, was: str = "") -> Review:
    return Review(cell, "reader", NOON + dt.timedelta(minutes=minutes), was, now)
