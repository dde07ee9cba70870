"""Crops as a network is given them: the one path of training, evaluation and use.

    glass measured in the crop → brought to a neutral 240 (and, on wish, the cell to a standard mean and spread in
    L*a*b*) → resized to the network's side → mean 0, spread 1

The parameters are the card's `[preprocessing]`; nothing else decides how a crop is prepared.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from models.imaging import colour

FEWEST = 200  # pixels outside the cell that say what glass looks like; with fewer the whole crop is asked
PALEST = 120.0  # glass darker than this in every channel is no glass: the crop shows none
MEAN = (0.485, 0.456, 0.406)
SPREAD = (0.229, 0.224, 0.225)
DIAMETER = (2.45, 0.3)  # mean and spread of a leukocyte's log diameter in µm, to which the hint is brought
Pixels = NDArray[np.uint8]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Preprocessing:
    """How a crop is prepared; travels in the card."""

    side: int = 112
    balance: bool = True  # glass to a neutral 240
    reinhard: bool = False  # the cell's colours to a standard mean and spread
    cell_mean: tuple[float, float, float] = (62.0, 12.0, -14.0)  # L*, a*, b* of the cell, where reinhard is on
    cell_spread: tuple[float, float, float] = (16.0, 8.0, 8.0)
    size_hint: bool = True

    @classmethod
    def from_card(cls, table: Mapping[str, Any]) -> Preprocessing:
        unknown = sorted(set(table) - set(cls.__dataclass_fields__))
        if unknown:
            raise ValueError(f"expected {', '.join(cls.__dataclass_fields__)} in [preprocessing]; found {unknown}")
        return cls(**{k: tuple(v) if isinstance(v, list) else v for k, v in table.items()})

    def table(self) -> dict[str, Any]:
        return {k: list(v) if isinstance(v, tuple) else v for k, v in asdict(self).items()}


@dataclass(frozen=True, slots=True, eq=False)
class Standard:
    """A batch ready for a network."""

    pixels: NDArray[np.float32]  # (n, 3, side, side)
    masks: Mask  # (n, side, side)
    sizes: NDArray[np.float32]  # (n, 2): standardised log diameter, and 1 where it is known (else 0, 0)


def standardised(
    pixels: Sequence[Pixels], masks: Sequence[Mask], um_per_px: Sequence[float | None], how: Preprocessing
) -> Standard:
    """Square crops of any size, with their masks and scales, as the network is given them."""
    if not len(pixels) == len(masks) == len(um_per_px):
        raise ValueError(
            f"expected as many crops as masks and scales, found {len(pixels)}, {len(masks)}, {len(um_per_px)}"
        )
    n, side = len(pixels), how.side
    out = np.zeros((n, 3, side, side), np.float32)
    shapes = np.zeros((n, side, side), np.bool_)
    for k, (crop, mask) in enumerate(zip(pixels, masks, strict=True)):
        _check(crop, mask)
        out[k] = normal(_resized(coloured(crop, mask, glass(crop, mask), how), side))
        shapes[k] = _resized(mask.astype(np.float32), side) >= 0.5
    known = [size(m, u) if how.size_hint else float("nan") for m, u in zip(masks, um_per_px, strict=True)]
    return Standard(out, shapes, hint(np.array(known, np.float32)))


def glass(pixels: Pixels, mask: Mask) -> NDArray[np.float32]:
    """The colour of clear glass around the cell; near-white where the crop shows none."""
    outside = pixels[~mask]
    clear = colour.background(outside[None] if len(outside) >= FEWEST else pixels)
    return clear if clear.max() >= PALEST else np.full(3, 240.0, np.float32)


def coloured(pixels: Pixels, mask: Mask, clear: NDArray[np.float32], how: Preprocessing) -> Pixels:
    """The crop with its stain brought nearer to the others'."""
    shown = colour.balanced(pixels, clear) if how.balance else pixels
    if not how.reinhard or not mask.any():
        return shown
    levels = colour.lab(shown)
    inside = levels[mask]
    mean, spread = inside.mean(axis=0), inside.std(axis=0) + 1.0
    moved = (levels - mean) / spread * np.array(how.cell_spread, np.float32) + np.array(how.cell_mean, np.float32)
    back = cv2.cvtColor(np.asarray(moved, np.float32), cv2.COLOR_LAB2RGB)
    return np.clip(np.round(np.nan_to_num(back) * 255), 0, 255).astype(np.uint8)


def normal(pixels: NDArray[Any]) -> NDArray[np.float32]:
    """(…, height, width, 3) of 0–255 as channels first, mean 0 and spread 1 as the ImageNet start expects."""
    levels = (np.asarray(pixels, np.float32) / 255 - np.array(MEAN, np.float32)) / np.array(SPREAD, np.float32)
    return np.ascontiguousarray(np.moveaxis(levels, -1, -3))


def size(mask: Mask, um_per_px: float | None) -> float:
    """The log of the diameter in µm of a circle as large as the cell; NaN where the scale is not known."""
    if not um_per_px or not np.isfinite(um_per_px):
        return float("nan")
    return float(np.log(2 * np.sqrt(max(int(mask.sum()), 1) / np.pi) * um_per_px))


def hint(log_diameter: NDArray[np.float32]) -> NDArray[np.float32]:
    """The size hint (n, 2): standardised log diameter and whether it is known."""
    known = np.isfinite(log_diameter)
    level = np.where(known, (np.nan_to_num(log_diameter) - DIAMETER[0]) / DIAMETER[1], 0.0)
    return np.stack([np.clip(level, -3, 3), known], axis=1).astype(np.float32)


def _resized(picture: NDArray[Any], side: int) -> NDArray[Any]:
    how = cv2.INTER_AREA if len(picture) > side else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(picture, (side, side), interpolation=how))


def _check(pixels: NDArray[Any], mask: NDArray[Any]) -> None:
    if pixels.ndim != 3 or pixels.shape[2] != 3 or pixels.dtype != np.uint8 or pixels.shape[0] != pixels.shape[1]:
        raise ValueError(f"expected a square uint8 crop (side, side, 3), found {pixels.dtype} {pixels.shape}")
    if mask.shape != pixels.shape[:2] or mask.dtype != np.bool_:
        raise ValueError(f"expected a bool mask {pixels.shape[:2]}, found {mask.dtype} {mask.shape}")
