"""Cases to store: pixels from a seeded generator, cells and calls as steps return them."""

from __future__ import annotations

import datetime as dt
import hashlib

import numpy as np

from core.cases.store import CaseStore
from core.protocols import RunState
from core.records import (
    Call,
    CaseInfo,
    Cell,
    Confusion,
    Findings,
    Image,
    ImageInfo,
    MarkerValue,
    Modality,
    ModelStamp,
    Review,
    Seen,
    Specimen,
    Stream,
)

INFO = CaseInfo(
    pseudonym="Study-017",
    specimen=Specimen.MARROW,
    stain="May-Grünwald-Giemsa",
    centre="Centre A",
    scanner="Scanner 1",
    um_per_px=0.12,
    findings=Findings(auer_rods=True, apl=False, genetics="NPM1"),
    note="second look",
)
DETECTOR = ModelStamp("baseline-detector", "d" * 64, "detector", "procedural", "baseline, not for reading")
CONFUSION = Confusion((((3.0, 1.0, 0.0), (0.0, 5.0, 0.0), (1.0, 0.0, 2.0)),), (((2.5, 1.5, 0.0),) * 3,))
CLASSIFIER = ModelStamp(
    "baseline-classifier", "c" * 64, "classifier", "procedural", "baseline", "shipped16", {"cblc": CONFUSION},
    ("CD45", "CD16"), "measured", "log10", {"CD16": 2.5},
)  # fmt: skip
AT = dt.datetime(2026, 3, 1, 12, 30, 15, 123456, tzinfo=dt.UTC)


def smear(seed: int, size: int = 32) -> Image:
    pixels = np.random.default_rng(seed).integers(0, 256, (size, size + 4, 3), dtype=np.uint8)
    return Image(_info(pixels, seed, Modality.SMEAR, 0.12), pixels)


def dpc(seed: int, kind: type = np.uint16) -> Image:
    pixels = np.random.default_rng(seed).integers(0, 200, (4, 16, 20)).astype(kind)
    return Image(_info(pixels, seed, Modality.DPC, None, ("left", "right", "top", "bottom")), pixels)


def _info(pixels: np.ndarray, seed: int, modality: Modality, scale: float | None, views: tuple = ()) -> ImageInfo:
    digest = hashlib.sha256(pixels.tobytes()).hexdigest()
    height, width = pixels.shape[1:] if views else pixels.shape[:2]
    given = hashlib.sha256(f"file {seed}".encode()).hexdigest()
    warnings = ("scale taken from the file",)
    label = f"image {seed}"
    return ImageInfo(digest[:32], given, 0, label, modality, width, height, scale, 8, views, "TIFF", warnings)


def seen(image: Image, cells: int = 3, *, seed: int = 0, crop: int = 9) -> Seen:
    """Cells of one image, with calls and crops; the same arguments make the same."""
    random = np.random.default_rng(seed)
    made, calls, crops = [], [], {}
    for number in range(cells):
        contour = random.uniform(0, 30, (12, 2)).astype(np.float32)
        low, high = contour.min(axis=0), contour.max(axis=0)
        name = f"{image.info.id[:8]}-{seed}-{number}"
        box = (float(low[0]), float(low[1]), float(high[0]), float(high[1]))
        measures = {"area_px": np.float32(random.uniform(1, 9)), "circularity": 0.5}
        made.append(Cell(name, image.info.id, box, contour, float(random.uniform()), number == 0, measures))
        shares = random.dirichlet((1.0, 1.0, 1.0)).astype(np.float32)
        probabilities = dict(zip(("blast", "monocyte", "lymphocyte"), shares, strict=True))
        label = max(probabilities, key=lambda code: probabilities[code])
        possible = ((), (label,), (label, "band"))[number % 3]
        oddness = None if number == 0 else number / cells
        told = (
            {"CD45": MarkerValue(3.5), "CD16": MarkerValue(np.float32(2.25 + number), 2.0, 9.5)},
            (0.25, 0.75),
            ("left", "top"),
        )
        calls.append(
            Call(
                name, label, probabilities, CLASSIFIER.digest, {"nucleus_fraction": 0.25}, possible, oddness,
                *(told if number % 2 else ()),
            )
        )  # fmt: skip
        crops[name] = random.integers(0, 256, (crop, crop + 1, 3), dtype=np.uint8)
    return Seen((image.info,), tuple(made), tuple(calls), (DETECTOR, CLASSIFIER), (), crops)


def review(cell: str, now: str = "blast", minute: int = 0, reason: str = "Auer rod") -> Review:
    at = AT + dt.timedelta(minutes=minute)
    return Review(cell, "dr a", at, "monocyte", now, reason, False, Stream.RANDOM, 0.125)


def full(store: CaseStore, *, case_id: str = "case-full", seeds: tuple[int, ...] = (1, 2), cells: int = 3) -> str:
    """A case with images, two finished runs and reviews."""
    store.add_case(INFO, actor="dr a", case_id=case_id)
    pictures = [smear(seed) for seed in seeds]
    store.add_images(case_id, pictures, actor="dr a")
    for number in (1, 2):
        run_id = f"{case_id}-run-{number}"
        store.add_run(case_id, run_id, len(pictures), actor="dr a")
        for picture in pictures:
            store.add_seen(case_id, run_id, seen(picture, cells, seed=number))
        store.advance_run(run_id, RunState.DONE, len(pictures))
    first = store.seen(case_id).cells[0].id
    store.add_review(case_id, review(first))
    store.add_review(case_id, review(first, "lymphocyte", 1, "on second thoughts"))
    return case_id


def content(some: Seen) -> tuple:
    """What was seen, comparable by value."""
    cells = [(c.id, c.image, c.box, c.contour.tobytes(), c.score, c.touches_edge, dict(c.measures)) for c in some.cells]
    calls = [
        (
            c.cell, c.label, dict(c.probabilities), c.model, dict(c.measures), c.possible, c.oddness, dict(c.markers),
            c.gate, c.views,
        )
        for c in some.calls
    ]  # fmt: skip
    return some.images, cells, calls, some.models
