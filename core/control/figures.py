"""What a run measures of a control slide: the machine's figures alone, so that they say nothing of who reviewed.

Shares show whether the networks still name alike, cells per field whether they still find alike, and brightness and
stain whether camera and staining are what they were.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pillow

from core import labels
from core.aggregate.ratios import ratios
from core.errors import Conflict, NotFound
from core.protocols import Store
from core.records import CaseInfo, Modality, Seen
from core.settings import Settings
from core.vocabulary import Vocabulary, vocabulary
from models.imaging import colour, contours

LONGEST = 1000  # pixels on the longer side that colours are measured at
CLEAR_OF_CELLS = 0.05  # optical density below which a pixel of a cell is background


@dataclass(frozen=True, slots=True)
class Figure:
    """One thing that is followed from day to day."""

    id: str
    name: str
    unit: str
    digits: int
    least: float  # the smallest SD that means anything: below it, limits would catch rounding and single cells
    short: str  # name with unit, for the head of a column


FIGURES = (
    Figure("cblc", "CBLC", "%", 1, 0.1, "CBLC, %"),
    Figure("blasts", "Blasts and equivalents", "%", 1, 0.1, "Blasts, %"),
    Figure("cells", "Counted cells per field", "cells", 1, 0.1, "Cells a field"),
    Figure("confidence", "Mean confidence of the calls", "%", 1, 0.1, "Confidence, %"),
    Figure("odd", "Cells unlike the calibration's", "%", 1, 0.5, "Unlike, %"),
    Figure("brightness", "Brightness of the background", "%", 1, 0.2, "Brightness, %"),
    Figure("density", "Darkness of the stained cells", "OD", 3, 0.002, "Darkness, OD"),
    Figure("azure", "Stain colour: red light absorbed", "%", 1, 0.1, "Red absorbed, %"),
)
BY_ID = {figure.id: figure for figure in FIGURES}


def measure_new(store: Store, settings: Settings, lot: str, most: int = 1000) -> int:
    """Measure the lot's finished runs that nobody has measured yet, `most` at a time; how many were."""
    waiting = store.laboratory.controls.unmeasured(lot)[:most]
    for case_id, run_id in waiting:
        try:
            info = store.case(case_id).info
            seen = store.seen(case_id, run_id)
            pictures = [store.picture(case_id, image.id) for image in seen.images] if _coloured(info) else []
            words = vocabulary(info.vocabulary, settings.vocabularies_folder)
            store.laboratory.controls.add(case_id, run_id, measured(seen, pictures, info, words))
        except NotFound:  # deleted meanwhile: there is nothing to follow any more
            continue
    return len(waiting)


def check_kind(info: CaseInfo) -> None:
    """A control is a stained smear: the figures of label-free pictures are others."""
    if not _coloured(info):
        raise Conflict("a stained smear as a control", "label-free pictures", "Mark a case of a stained smear.")


def measured(seen: Seen, pictures: Sequence[bytes], info: CaseInfo, words: Vocabulary) -> dict[str, float]:
    """By the figure's id; one that cannot be told (no cells, no calibration) is left out. Shares are in per cent."""
    counted = ratios(seen, (), info, words)
    found: dict[str, float] = {}
    for name, share in (("cblc", counted.cblc), ("blasts", counted.blasts)):
        if share.ratio is not None:
            found[name] = 100 * share.ratio
    if seen.images:
        found["cells"] = counted.adequacy.counted / len(seen.images)
    sure = [max(call.probabilities.values()) for call in seen.calls if call.probabilities]
    if sure:
        found["confidence"] = 100 * float(np.mean(sure))
    judged = [labels.odd(call) for call in seen.calls if call.oddness is not None]
    if judged:
        found["odd"] = 100 * float(np.mean(judged))
    return found | _colours(seen, pictures)


def _colours(seen: Seen, pictures: Sequence[bytes]) -> dict[str, float]:
    """Means over the pictures, each counting once."""
    rows = [_of_picture(seen, image.id, content) for image, content in zip(seen.images, pictures, strict=False)]
    keys = dict.fromkeys(key for row in rows for key in row)
    return {key: float(np.mean([row[key] for row in rows if key in row])) for key in keys}


def _of_picture(seen: Seen, image: str, content: bytes) -> dict[str, float]:
    with Pillow.open(io.BytesIO(content), formats=["PNG"]) as opened:
        picture = opened.convert("RGB")
    factor = -(-max(picture.size) // LONGEST)
    pixels = np.asarray(picture.reduce(factor) if factor > 1 else picture)
    clear = colour.background(pixels)
    found = {"brightness": 100 * float(clear.mean()) / 255}
    density = colour.optical_density(pixels[_in_cells(seen, image, 1 / factor, pixels.shape[:2])], clear)
    density = density[density.mean(axis=1) > CLEAR_OF_CELLS] if len(density) else density
    if len(density):
        red, green, blue = (float(np.median(density[:, channel])) for channel in range(3))
        found["density"] = (red + green + blue) / 3
        if red + blue > 0:
            found["azure"] = 100 * red / (red + blue)
    return found


def _in_cells(seen: Seen, image: str, scale: float, shape: tuple[int, int]) -> NDArray[np.bool_]:
    """Each outline is filled in a window of its own: a mask of the whole field for every cell would take seconds."""
    inside = np.zeros(shape, dtype=bool)
    for cell in seen.cells:
        if cell.image != image:
            continue
        contour = cell.contour * np.float32(scale)
        left, top = (max(0, int(edge)) for edge in contour.min(axis=0))
        right, bottom = (min(size, int(edge) + 2) for size, edge in zip(shape[::-1], contour.max(axis=0), strict=True))
        if right > left and bottom > top:
            moved = contour - np.array([left, top], np.float32)
            inside[top:bottom, left:right] |= contours.rasterised(moved, (bottom - top, right - left))
    return inside


def _coloured(info: CaseInfo) -> bool:
    return info.modality is Modality.SMEAR
