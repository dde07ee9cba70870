"""Image → cells with contours, boxes and measures. The detector finds outlines; identity and size are ours."""

from __future__ import annotations

import hashlib
import math

import numpy as np
from numpy.typing import NDArray

from core.errors import ModelMismatch
from core.protocols import Detector
from core.records import Box, Cell, Image, ImageInfo, Outline
from models.imaging import contours

EDGE = 1.0  # pixels: a cell this close to the border is cut by it


def cells(image: Image, detector: Detector) -> tuple[Cell, ...]:
    """The cells of one image, top to bottom and left to right, each outline once."""
    outlines = detector.find(image.pixels, image.info.um_per_px)
    found = {cell.id: cell for cell in (_cell(outline, image.info) for outline in outlines)}
    return tuple(sorted(found.values(), key=lambda cell: (cell.box[1], cell.box[0], cell.id)))


def _cell(outline: Outline, info: ImageInfo) -> Cell:
    contour = _within(outline.contour, info)
    box = _box(contour)
    return Cell(
        id=f"{info.id}-{_digest(contour)}",
        image=info.id,
        box=box,
        contour=contour,
        score=float(outline.score),
        touches_edge=_touches(box, info),
        measures=_measures(contour, info.um_per_px),
    )


def _within(contour: NDArray[np.float32], info: ImageInfo) -> NDArray[np.float32]:
    if contour.ndim != 2 or contour.shape[1] != 2 or len(contour) < 3 or not np.isfinite(contour).all():
        raise ModelMismatch(
            "outlines of at least three finite x, y points from the detector",
            f"an array of shape {contour.shape}",
            "Report the detector's name: its output cannot be used.",
        )
    limits = np.array([info.width, info.height], dtype=np.float32)
    return np.clip(np.asarray(contour, dtype=np.float32), 0, limits).round(1)


def _digest(contour: NDArray[np.float32]) -> str:
    return hashlib.sha256(np.round(contour * 10).astype("<i4").tobytes()).hexdigest()[:10]


def _box(contour: NDArray[np.float32]) -> Box:
    (x0, y0), (x1, y1) = contour.min(axis=0), contour.max(axis=0)
    return float(x0), float(y0), float(x1), float(y1)


def _touches(box: Box, info: ImageInfo) -> bool:
    return box[0] <= EDGE or box[1] <= EDGE or box[2] >= info.width - EDGE or box[3] >= info.height - EDGE


def _measures(contour: NDArray[np.float32], um_per_px: float | None) -> dict[str, float]:
    x, y = contour[:, 0].astype(float), contour[:, 1].astype(float)
    area = contours.area(contour)
    perimeter = float(np.hypot(np.diff(x, append=x[0]), np.diff(y, append=y[0])).sum())
    diameter = 2 * math.sqrt(area / math.pi)
    measures = {
        "area_px": area,
        "diameter_px": diameter,
        "circularity": 4 * math.pi * area / perimeter**2 if perimeter else 0.0,
    }
    if um_per_px:
        measures |= {"area_um2": area * um_per_px**2, "diameter_um": diameter * um_per_px}
    return {name: round(value, 4) for name, value in measures.items()}
