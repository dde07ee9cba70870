"""Label-free cells → calls. A field is evened out by its background once, and a window cut around each cell.

    views → brightness over background → 15.9 µm around the cell → class, markers with intervals, gate

For people each cell is kept as a strip: its four views, then its recovered phase, on fixed scales.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from core.errors import ModelMismatch
from core.protocols import Phenotyper, Phenotyping, ViewsCrop
from core.records import Call, Cell, Image, MarkerValue
from core.vocabulary import Vocabulary
from models.imaging import contours, dpc
from models.imaging.phase import BSCCM, VIEWS, phase

SIDE = 64  # pixels of a window, as the networks were taught on
SHOWN = 96  # pixels of each picture in a strip
AT_A_TIME = 256
CONTRAST = (0.6, 1.4)  # brightness over background drawn from black to white
DEEPEST = 3.0  # radians at the end of the colour scale
DEPTHS = (8, 10, 12, 14, 16)  # bits that cameras count with
ABSENT = (236, 236, 236)
Views = NDArray[np.float32]


def calls(
    cells: Sequence[Cell], image: Image, phenotyper: Phenotyper, vocabulary: Vocabulary
) -> tuple[tuple[Call, ...], dict[str, NDArray[np.uint8]]]:
    """The calls of one image's cells, in their order, and each cell's strip of pictures for people to look at.

    Where the file does not state a scale BSCCM's is assumed, and the reading's quality says so.
    """
    um = image.info.um_per_px or BSCCM.um_per_px
    views = dpc.normalised(four(image).pixels)
    light = levels(image)
    recovered = phase(views, um, present(views)) if cells else np.zeros(views.shape[1:], np.float32)
    named: list[Call] = []
    pictures: dict[str, NDArray[np.uint8]] = {}
    for start in range(0, len(cells), AT_A_TIME):
        some = cells[start : start + AT_A_TIME]
        cuts = [crop(cell, views, um) for cell in some]
        measures = [{**light, **_measures(cut, cell, recovered)} for cut, cell in zip(cuts, some, strict=True)]
        named += _calls(cuts, phenotyper.look(cuts), measures, phenotyper, vocabulary)
        pictures |= {cell.id: strip(cell, views, recovered, um) for cell in some}
    return tuple(named), pictures


def calls_of(crops: Sequence[ViewsCrop], phenotyper: Phenotyper, vocabulary: Vocabulary) -> list[Call]:
    """The calls of windows, wherever these come from; nothing is measured in them."""
    return _calls(crops, phenotyper.look(crops), [{} for _ in crops], phenotyper, vocabulary)


def four(image: Image) -> Image:
    """The image with its pictures in the order of `VIEWS`; a view that it does not have is NaN."""
    names = image.info.views or VIEWS[: len(image.pixels)]
    places = [VIEWS.index(name) for name in names if name in VIEWS]
    if len(places) != len(image.pixels) or len(set(places)) != len(places):
        raise ModelMismatch(
            f"pictures of the views {', '.join(VIEWS)}, each once",
            f"{len(image.pixels)} pictures named {', '.join(names) or 'nothing'} in {image.info.label}",
            "Take the picture in again.",
        )
    found = np.full((len(VIEWS), *image.pixels.shape[1:]), np.nan, np.float32)
    found[places] = image.pixels
    return Image(image.info, found)


def present(views: Views) -> tuple[bool, ...]:
    return tuple(bool(np.isfinite(view).all()) for view in views)


def crop(cell: Cell, views: Views, um_per_px: float) -> ViewsCrop:
    """The window around a cell's middle; beyond the picture lies empty glass."""
    place = centre(cell)
    window = dpc.window(views, place, um_per_px, SIDE)
    scale = SIDE * um_per_px / dpc.WINDOW_UM
    mask = contours.rasterised((cell.contour - np.array(place, np.float32)) * scale + SIDE / 2, (SIDE, SIDE))
    mask[SIDE // 2, SIDE // 2] |= not mask.any()
    return ViewsCrop(cell.id, window, mask, dpc.WINDOW_UM / SIDE)


def strip(cell: Cell, views: Views, recovered: Views, um_per_px: float) -> NDArray[np.uint8]:
    """(SHOWN, 5·SHOWN, 3): left, right, top, bottom in grey, and the phase in colour, each on a fixed scale."""
    place = centre(cell)
    low, high = CONTRAST
    parts = []
    for view in dpc.window(views, place, um_per_px, SHOWN):
        if not np.isfinite(view).all():
            parts.append(np.full((SHOWN, SHOWN, 3), ABSENT, np.uint8))
            continue
        grey = (np.clip((view - low) / (high - low), 0, 1) * 255).round().astype(np.uint8)
        parts.append(np.repeat(grey[..., None], 3, axis=2))
    deep = dpc.window(recovered[None] + 1, place, um_per_px, SHOWN)[0] - 1
    scaled = (np.clip(deep / DEEPEST, 0, 1) * 255).round().astype(np.uint8)
    parts.append(np.asarray(cv2.applyColorMap(scaled, cv2.COLORMAP_VIRIDIS)[..., ::-1], np.uint8))
    return np.ascontiguousarray(np.concatenate(parts, axis=1))


def levels(image: Image) -> dict[str, float]:
    """How bright the picture is: the middle of its darkest and brightest view, of all that the camera can count.

    A file that says 16 bits mostly holds fewer: the smallest usual depth that its brightest pixel fits in is taken.
    """
    if not np.issubdtype(image.pixels.dtype, np.integer):
        return {}
    bits, brightest = image.info.bits, int(image.pixels.max())
    depth = next(d for d in DEPTHS if brightest < 2**d) if bits >= DEPTHS[-1] else bits
    middles = np.median(image.pixels.reshape(len(image.pixels), -1), axis=1) / float(2**depth - 1)
    return {"light_least": round(float(middles.min()), 4), "light_most": round(float(middles.max()), 4)}


def _measures(cut: ViewsCrop, cell: Cell, recovered: Views) -> dict[str, float]:
    """Sharpness (mean spread of the views' Laplacians) and the recovered phase of the cell."""
    there = [view for view in cut.views if np.isfinite(view).all()]
    spreads = [float(cv2.Laplacian(cv2.GaussianBlur(view, (0, 0), 1.0), cv2.CV_32F)[cut.mask].std()) for view in there]
    x0, y0, x1, y1 = (math.floor(v) for v in cell.box)
    inside = contours.rasterised(cell.contour - np.array([x0, y0], np.float32), (max(y1 - y0, 1), max(x1 - x0, 1)))
    part = recovered[y0 : y0 + inside.shape[0], x0 : x0 + inside.shape[1]]
    deep = part[inside[: part.shape[0], : part.shape[1]]]
    found = {"sharpness": float(np.mean(spreads)) if spreads else 0.0}
    if deep.size:
        found["phase_mean_rad"] = float(deep.mean())
    return {name: round(value, 4) for name, value in found.items()}


def centre(cell: Cell) -> tuple[float, float]:
    x0, y0, x1, y1 = cell.box
    return (x0 + x1) / 2, (y0 + y1) / 2


def _calls(
    crops: Sequence[ViewsCrop],
    answer: Phenotyping,
    measures: Sequence[dict[str, float]],
    phenotyper: Phenotyper,
    vocabulary: Vocabulary,
) -> list[Call]:
    """Columns are matched to classes and markers by name, never by position."""
    _check(len(crops), answer, phenotyper, vocabulary)
    possible = answer.possible or ((),) * len(crops)
    oddness = [None] * len(crops) if answer.oddness is None else [round(float(o), 4) for o in answer.oddness]
    return [
        Call(
            cell=cut.cell,
            label=answer.labels[int(answer.probabilities[n].argmax())],
            probabilities={
                label: round(float(p), 5) for label, p in zip(answer.labels, answer.probabilities[n], strict=True)
            },
            model=phenotyper.stamp.digest,
            measures=measures[n],
            possible=possible[n],
            oddness=oddness[n],
            markers={name: _value(answer, n, column) for column, name in enumerate(answer.markers)},
            gate=(round(float(answer.gate[n][0]), 4), round(float(answer.gate[n][1]), 4)),
            views=tuple(view for view, used in zip(VIEWS, answer.views[n], strict=True) if used),
        )
        for n, cut in enumerate(crops)
    ]


def _check(cells: int, answer: Phenotyping, phenotyper: Phenotyper, vocabulary: Vocabulary) -> None:
    unknown = [label for label in answer.labels if label not in vocabulary.by_code]
    shapes = [part.shape for part in (answer.values, answer.low, answer.high)]
    if (
        unknown
        or answer.probabilities.shape != (cells, len(answer.labels))
        or any(shape != (cells, len(answer.markers)) for shape in shapes)
        or answer.gate.shape != (cells, 2)
        or answer.views.shape != (cells, len(VIEWS))
        or set(answer.markers) != set(phenotyper.stamp.markers)
    ):
        found = (
            f"probabilities {answer.probabilities.shape}, markers {', '.join(answer.markers) or 'none'} {shapes}, "
            f"unknown classes {unknown or 'none'}"
        )
        raise ModelMismatch(
            f"{cells} rows for classes of {vocabulary.id} and the markers of {phenotyper.stamp.name}'s card",
            found,
            "Install a label-free network whose card and weights were made together.",
        )
    if not (np.isfinite(answer.probabilities).all() and np.isfinite(answer.values).all()):
        do = "The network is at fault: report it with its name."
        raise ModelMismatch(f"finite numbers from {phenotyper.stamp.name}", "NaN or infinite ones", do)


def _value(answer: Phenotyping, row: int, column: int) -> MarkerValue:
    value, low, high = (float(part[row, column]) for part in (answer.values, answer.low, answer.high))
    known = math.isfinite(low) and math.isfinite(high)
    return MarkerValue(round(value, 4), round(low, 4) if known else None, round(high, 4) if known else None)
