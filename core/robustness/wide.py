"""Cells with more around them than their windows show, so that a shifted one shows what lay there."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core import classify, phenotype, windows
from core.protocols import Crop, Store, Tell, Tools, ViewsCrop, never, quiet
from core.records import Cell, Image, Modality, Seen
from core.robustness import cuts
from models.imaging import contours, dpc, perturb
from models.imaging.phase import BSCCM


@dataclass(frozen=True, slots=True, eq=False)
class Wide:
    """The middle `side` pixels are what the network is given."""

    crop: Crop | ViewsCrop
    side: int


def of_case(
    store: Store, case_id: str, seen: Seen, tried: Sequence[str], tools: Tools,
    *, tell: Tell = quiet, cancelled: Callable[[], bool] = never,
) -> list[Wide] | None:  # fmt: skip
    """The cells of `tried` in the order of their ids, from the stored pictures, a field at a time; None: cancelled."""
    chosen = [cell for cell in seen.cells if cell.id in set(tried)]
    fields = [image for image in seen.images if any(cell.image == image.id for cell in chosen)]
    found: dict[str, Wide] = {}
    for done, info in enumerate(fields):
        if cancelled():
            return None
        tell("cut", done, len(fields))
        its = [cell for cell in chosen if cell.image == info.id]
        found |= {one.crop.cell: one for one in of_field(cuts.opened(store, case_id, info, tools), its, tools)}
    tell("cut", len(fields), len(fields))
    return [found[cell] for cell in sorted(found)]


def of_field(image: Image, cells: Sequence[Cell], tools: Tools) -> list[Wide]:
    """Views have no more around them: what lies beyond an unstained cell's window is drawn as empty glass."""
    if tools.modality is Modality.DPC:
        um_per_px = image.info.um_per_px or BSCCM.um_per_px
        views = dpc.normalised(phenotype.four(image).pixels)
        return [Wide(phenotype.crop(cell, views, um_per_px), phenotype.SIDE) for cell in cells]
    scale = cuts.scale(image, tools)
    glass = classify.glass_of(image.pixels)
    return [stained(cell, image.pixels, scale, glass) for cell in cells]


def stained(cell: Cell, field: NDArray[np.uint8], um_per_px: float | None, glass: NDArray[np.uint8]) -> Wide:
    """The window of `core.windows` with a rim of the same breadth on every side."""
    window = windows.around(cell.box)
    more = math.ceil(window.side * (perturb.WIDER - 1) / 2)
    larger = windows.Window(window.left - more, window.top - more, window.side + 2 * more)
    pixels = classify.square(field, larger, glass)
    mask = contours.rasterised(cell.contour - (larger.left, larger.top), pixels.shape[:2])
    mask[larger.side // 2, larger.side // 2] |= not mask.any()  # a sliver between pixel centres is still somewhere
    return Wide(Crop(cell.id, pixels, mask, um_per_px), window.side)
