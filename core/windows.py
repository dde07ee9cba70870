"""Where a cell's kept picture lies in its field: one rule for cutting it out and for drawing over it later."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.records import Box, Cell, Modality
from models.imaging import contours, dpc
from models.imaging.phase import BSCCM

MARGIN = 1.5  # side of a smear's crop over the longer side of its cell's box
SMALLEST = 8  # pixels


@dataclass(frozen=True, slots=True)
class Window:
    """A square of a field, in its pixels; it may reach beyond the picture."""

    left: int
    top: int
    side: int


def around(box: Box, margin: float = MARGIN) -> Window:
    """The square around a stained cell."""
    x0, y0, x1, y1 = box
    side = max(SMALLEST, round(max(x1 - x0, y1 - y0) * margin))
    return Window(round((x0 + x1) / 2 - side / 2), round((y0 + y1) / 2 - side / 2), side)


def unstained(box: Box, um_per_px: float | None) -> Window:
    """The square around a label-free cell, the same on every slide in µm; each picture of its strip shows it."""
    x0, y0, x1, y1 = box
    side = max(round(dpc.WINDOW_UM / (um_per_px or BSCCM.um_per_px)), 4)
    return Window(round((x0 + x1) / 2 - side / 2), round((y0 + y1) / 2 - side / 2), side)


def of(cell: Cell, modality: Modality, um_per_px: float | None) -> Window:
    return around(cell.box) if modality is Modality.SMEAR else unstained(cell.box, um_per_px)


def mask(cell: Cell, window: Window, side: int) -> NDArray[np.bool_]:
    """(side, side): which pixels of the kept picture, drawn `side` pixels wide, are the cell's."""
    scaled = (cell.contour - (window.left, window.top)) * (side / window.side)
    return contours.rasterised(scaled, (side, side))
