"""Labelled crops for training: what is known of each cell as arrays, batches drawn from them, and their preparation."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from models.preprocess import Preprocessing, coloured, hint
from models.training.augment import Batch
from models.training.cell_crops import MARGIN, SIDE, Crops
from models.training.patients import parts
from models.training.recipe import LABELS, MEASURES

CLEAR = ("clear_r", "clear_g", "clear_b")


@dataclass(frozen=True, slots=True, eq=False)
class Cells:
    """Crops of one set with everything a training asks of them, row by row."""

    crops: Crops
    labels: NDArray[np.int64]
    groups: NDArray[np.str_]  # the part of each cell's patient, or '' where there is none
    diameters: NDArray[np.float32]  # log µm; NaN where the scale is not known
    measures: NDArray[np.float32]  # (n, MEASURES); NaN where one could not be measured

    def __len__(self) -> int:
        return len(self.labels)


def cells(crops: Crops) -> Cells:
    table = crops.table
    split = parts()
    areas = np.array([int(mask.sum()) for mask in crops.masks])
    px = 2 * np.sqrt(np.maximum(areas, 1) / np.pi) * MARGIN * table["box"].to_numpy() / SIDE
    return Cells(
        crops,
        np.array([LABELS.index(c) for c in table["class"]], np.int64),
        np.array([split.get(p, "") for p in table["patient"]]),
        np.log(px * table["um_per_px"].to_numpy()).astype(np.float32),
        table[list(MEASURES)].to_numpy(np.float32),
    )


def batch(of: Cells, rows: NDArray[np.intp]) -> Batch:
    pixels = torch.from_numpy(np.ascontiguousarray(of.crops.pixels[rows])).permute(0, 3, 1, 2).float()
    masks = torch.from_numpy(np.ascontiguousarray(of.crops.masks[rows]))[:, None].float()
    clear = torch.from_numpy(of.crops.table[list(CLEAR)].to_numpy(np.float32)[rows])
    return Batch(pixels, masks, clear)


def reinhard(pixels: Tensor, masks: Tensor) -> Tensor:
    """`models.preprocess.coloured` of crops whose glass is at 240 already: the cell's colours to a standard."""
    how = Preprocessing(balance=False, reinhard=True)
    levels = pixels.clamp(0, 255).round().byte().permute(0, 2, 3, 1).numpy()
    inside = masks[:, 0].numpy() > 0.5
    glass = np.full(3, 240, np.float32)
    done = np.stack([coloured(np.ascontiguousarray(p), m, glass, how) for p, m in zip(levels, inside, strict=True)])
    return torch.from_numpy(done).permute(0, 3, 1, 2).float()


def hints(diameters: NDArray[np.float32], rng: np.random.Generator | None, on: bool) -> Tensor:
    """Size hints; in training half are withheld and the rest is wrong by 15 %, as an estimated scale is."""
    known = diameters.copy() if on else np.full_like(diameters, np.nan)
    if rng is not None:
        known += rng.normal(0, 0.15, len(known)).astype(np.float32)
        known[rng.random(len(known)) < 0.5] = np.nan
    return torch.from_numpy(hint(known))


def drawing_weights(labels: NDArray[np.int64], imbalance: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """How likely each cell is drawn, and the log of what that does to every class's share (0 where none is)."""
    counts = np.bincount(labels, minlength=len(LABELS)).astype(np.float64)
    rate = np.where(counts > 0, np.maximum(counts, 20.0) ** -imbalance, 1.0)
    chance = rate[labels]
    return chance / chance.sum(), np.where(counts > 0, np.log(rate / np.average(rate, weights=counts)), 0.0)
