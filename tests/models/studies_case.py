"""A planted case: cells whose class stands in the cell and in its surroundings, and two readers that look at one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.imaging import backgrounds
from models.studies.readers import Answers
from models.studies.subjects import Subjects

SIDE = 36
CLASSES = ("blast", "lymphocyte", "segmented")
CELL = {"blast": (110, 60, 160), "lymphocyte": (60, 60, 170), "segmented": (160, 60, 90)}
GLASS = (235, 225, 240)
DIRT = (180, 110, 130)  # erythrocytes, as it were
AROUND = {"blast": 0.05, "lymphocyte": 0.3, "segmented": 0.6}  # how much of the surroundings they cover


def subjects(each: int = 20, seed: int = 1) -> Subjects:
    """Every class in a colour of its own, and in a crowd of its own density; three patients in turn."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:SIDE, :SIDE] + 0.5 - SIDE / 2
    pictures, masks, labels = [], [], []
    for k in range(each * len(CLASSES)):
        label = CLASSES[k % len(CLASSES)]
        mask = np.hypot(y, x) < rng.uniform(9, 12)
        around = np.where(rng.random((SIDE, SIDE, 1)) < AROUND[label], DIRT, GLASS)
        picture = np.where(mask[..., None], CELL[label], around) + rng.normal(0, 4, (SIDE, SIDE, 3))
        pictures.append(np.clip(picture, 0, 255).astype(np.uint8))
        masks.append(mask)
        labels.append(label)
    names = np.array(labels, dtype=str)
    patients = np.array([f"patient_{k // len(CLASSES) % 3}" for k in range(len(names))], dtype=str)
    counts = dict.fromkeys(CLASSES, each)
    scales = (None,) * len(names)
    return Subjects("planted", tuple(pictures), tuple(masks), scales, names, patients, counts, "")


class Looks:
    """Reads the mean colour of the cell alone, or of its surroundings alone, and names the class that has it."""

    def __init__(self, at_cell: bool) -> None:
        self._at_cell = at_cell
        self.name = "centre" if at_cell else "background"
        self.digest, self.labels = f"looks-{at_cell}", CLASSES

    def read(
        self, pictures: Sequence[NDArray[Any]], masks: Sequence[NDArray[np.bool_]], um: Sequence[float | None]
    ) -> Answers:
        assert len(um) == len(pictures)
        where = [m if self._at_cell else ~backgrounds.grown(m, 5) for m in masks]
        seen = np.array([p[w].mean(0) for p, w in zip(pictures, where, strict=True)], np.float32)
        mixed = {c: np.array(GLASS) + share * (np.array(DIRT) - GLASS) for c, share in AROUND.items()}
        known = np.array([(CELL if self._at_cell else mixed)[c] for c in CLASSES], np.float32)
        away = -np.square(seen[:, None] - known[None]).sum(-1) / 2000
        chance = np.exp(away - away.max(1, keepdims=True))
        return Answers(seen, chance / chance.sum(1, keepdims=True))
