"""Cases with a known truth: what each cell is, what it is called, and how sure the classifier is."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from core.records import (
    Call,
    CaseInfo,
    Cell,
    Confusion,
    ImageInfo,
    Modality,
    ModelStamp,
    Review,
    Seen,
    Specimen,
    Stream,
)
from core.vocabulary import vocabulary

WORDS = vocabulary("shipped16")
BLOOD = CaseInfo("P", Specimen.BLOOD)
MARROW = CaseInfo("P", Specimen.MARROW)
NOON = dt.datetime(2026, 11, 2, 12, tzinfo=dt.UTC)
KINDS = ("blast", "lymphocyte", "smudge")  # one of each group: composite, counted rest, uncounted


def _confusion() -> Confusion:
    """Patients who differ in how their cells are mistaken, as patients do."""
    rng = np.random.default_rng(1)
    typical = ((0.9, 0.08, 0.02), (0.05, 0.9, 0.05), (0.02, 0.08, 0.9))
    made = []
    for _ in range(12):
        rows = [cells * rng.dirichlet(40 * np.array(row)) for cells, row in zip((100, 200, 100), typical, strict=True)]
        made.append(tuple(tuple(float(v) for v in row) for row in rows))
    return Confusion(tuple(made), tuple(made))


KNOWN = _confusion()
MEASURED = ModelStamp("net", "f" * 16, "classifier", "real", "", "shipped16", {"cblc": KNOWN, "blasts": KNOWN})
PLAIN = ModelStamp("net", "f" * 16, "classifier", "real", "", "shipped16")
BOX = np.array([[0, 0], [9, 0], [9, 9]], np.float32)


def seen(
    called: Sequence[str],
    fields: int = 1,
    stamp: ModelStamp = PLAIN,
    sure: float | Sequence[float] = 0.9,
    odd: Iterable[int] = (),
) -> Seen:
    """Cells 'c0', 'c1' … in fields by turns; what the call leaves of the probability goes to the other side."""
    sures = [sure] * len(called) if isinstance(sure, float) else sure
    odds = set(odd)
    cells = tuple(Cell(f"c{n}", f"image{n % fields}", (0, 0, 9, 9), BOX, 0.9) for n in range(len(called)))
    calls = tuple(
        Call(
            f"c{n}",
            label,
            {label: own, "lymphocyte" if label == "blast" else "blast": 1 - own},
            stamp.digest,
            possible=(label, "monocyte") if own < 0.7 else (label,),
            oddness=1.0 if n in odds else 0.5,
        )
        for n, (label, own) in enumerate(zip(called, sures, strict=True))
    )
    images = tuple(
        ImageInfo(f"image{n}", f"{n:064d}", 0, f"image {n + 1}", Modality.SMEAR, 99, 99) for n in range(fields)
    )
    return Seen(images, cells, calls, (stamp,))


def said(
    truth: Mapping[str, str],
    cells: Iterable[str],
    stream: Stream = Stream.RANDOM,
    *,
    actor: str = "reader",
    saw_call: bool = False,
    hours: float = 0,
) -> list[Review]:
    at = NOON + dt.timedelta(hours=hours)
    return [Review(cell, actor, at, "", truth[cell], "", saw_call, stream) for cell in cells]


def confused(rng: np.random.Generator, truth: np.ndarray, right: Sequence[float]) -> np.ndarray:
    """Calls of cells of three groups: right with this probability by group, else one of the other two."""
    wrong = (truth + rng.integers(1, 3, len(truth))) % 3
    return np.where(rng.random(len(truth)) < np.asarray(right)[truth], truth, wrong)
