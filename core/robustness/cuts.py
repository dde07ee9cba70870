"""The cells of a case cut out for the test: each as the network saw it, what lies around it, and places without cells.

Fields are taken one at a time and let go of, so that a case of many large ones fits in memory.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core import classify, phenotype
from core.decode import read as decode
from core.errors import Conflict
from core.protocols import Crop, Store, Tell, Tools, ViewsCrop, quiet
from core.records import Cell, Image, ImageInfo, Modality, Seen, Upload
from core.windows import Window, around
from models.imaging import backgrounds, contours, dpc
from models.imaging.phase import BSCCM

WIDE = 95  # per cent of the cells whose windows are no wider than what is kept around a donor
TRIES, PLACES = 80, 12  # places looked at in a field for one without cells, and most that are kept of it
HALO = 4  # pixels of an unstained window (1 µm) over which a cell bends the light around itself: they stay with it
ESTIMATES, UNKNOWN = 4096, -1.0  # fields whose estimated scale is held; of one that is not
Picture = NDArray[Any]
_estimated: dict[tuple[str, str], float | None] = {}
Cut = Crop | ViewsCrop


@dataclass(frozen=True, slots=True, eq=False)
class Shot:
    """One cell: as the network is given it, and what lies around it, as wide as other cells may need."""

    cut: Cut
    kept: NDArray[np.bool_]  # what of the cut is the cell's own, whatever is put around it
    around: Picture
    mask: NDArray[np.bool_]  # the cell in `around`
    glass: tuple[float, ...]  # its field's clear glass, or the empty field


@dataclass(frozen=True, slots=True, eq=False)
class Place:
    """Surroundings without a cell, and the clear glass of the slide they are of."""

    pixels: Picture
    glass: tuple[float, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Material:
    """What a test is made from."""

    shots: Mapping[str, Shot]
    places: tuple[Place, ...]  # of the fields, without any cell that was found
    side: int  # pixels of the surroundings that are kept of each


def picture(cut: Cut) -> Picture:
    return cut.pixels if isinstance(cut, Crop) else cut.views


def shown_as(cut: Cut, pixels: Picture) -> Cut:
    """The same cell with another picture."""
    return replace(cut, pixels=pixels) if isinstance(cut, Crop) else replace(cut, views=pixels)


def of_case(
    store: Store, case_id: str, seen: Seen, tested: Sequence[str], tools: Tools, seed: int,
    *, tell: Tell = quiet, cancelled: Callable[[], bool] = lambda: False,
) -> Material | None:  # fmt: skip
    """From the stored pictures; None: cancelled."""
    wanted = set(tested)
    fields = [image for image in seen.images if any(c.image == image.id and c.id in wanted for c in seen.cells)]
    wanted_fields = _told(fields, tell, cancelled)
    pictures = (opened(store, case_id, image, tools) for image in wanted_fields)
    made = of_images(pictures, seen.cells, tested, tools, seed)
    return None if cancelled() else made


def of_images(
    images: Iterable[Image], cells: Sequence[Cell], tested: Sequence[str], tools: Tools, seed: int
) -> Material:
    """From pictures at hand."""
    wanted, shots, places = set(tested), dict[str, Shot](), list[Place]()
    reach = _reach([cell for cell in cells if cell.id in wanted])
    for image in images:
        its = [cell for cell in cells if cell.image == image.info.id]
        chosen = [cell for cell in its if cell.id in wanted]
        rng = np.random.default_rng(_number(f"{seed}:{image.info.id}"))
        if tools.modality is Modality.DPC:
            found, free = _unstained(image, chosen, its, rng)
        else:
            found, free = _stained(image, chosen, its, reach, tools, rng)
        shots |= found
        places += free
    side = phenotype.SIDE if tools.modality is Modality.DPC else reach
    return Material({cell: shots[cell] for cell in tested if cell in shots}, tuple(places), side)


def _told(fields: Sequence[ImageInfo], tell: Tell, cancelled: Callable[[], bool]) -> Iterable[ImageInfo]:
    for done, field in enumerate(fields):
        if cancelled():
            return
        tell("cut", done, len(fields))
        yield field
    tell("cut", len(fields), len(fields))


def opened(store: Store, case_id: str, image: ImageInfo, tools: Tools) -> Image:
    upload = Upload(image.label, store.picture(case_id, image.id), image)
    decoded = decode.images([upload], tools.settings, tools.modality)
    if not decoded.images:
        raise Conflict("a stored picture that can be read", decoded.problems[0].message, "Ask for help.")
    return decoded.images[0]


def _stained(
    image: Image, chosen: Sequence[Cell], cells: Sequence[Cell], reach: int, tools: Tools, rng: np.random.Generator
) -> tuple[dict[str, Shot], list[Place]]:
    um_per_px = scale(image, tools)
    glass = classify.glass_of(image.pixels)
    level = tuple(map(float, glass))
    shots = {}
    for cell in chosen:
        cut = classify.crop(cell, image, um_per_px, glass)
        own = around(cell.box)
        wide = Window(own.left - (reach - own.side) // 2, own.top - (reach - own.side) // 2, reach)
        mask = contours.rasterised(cell.contour - (wide.left, wide.top), (reach, reach))
        shots[cell.id] = Shot(cut, cut.mask, classify.square(image.pixels, wide, glass), mask, level)
    free = _free(image.info, cells, reach, rng)
    return shots, [Place(classify.square(image.pixels, window, glass), level) for window in free]


def scale(image: Image, tools: Tools) -> float | None:
    """As the file says, else as the detector estimates it; an estimate is half of the work of a test, and is held."""
    if image.info.um_per_px:
        return image.info.um_per_px
    known = (image.info.id, tools.detector.stamp.digest)  # the id is that of the pixels
    if (held := _estimated.get(known, UNKNOWN)) != UNKNOWN:
        return held
    found = tools.detector.scale(image.pixels)
    if len(_estimated) >= ESTIMATES:
        _estimated.clear()
    _estimated[known] = found
    return found


def _unstained(
    image: Image, chosen: Sequence[Cell], cells: Sequence[Cell], rng: np.random.Generator
) -> tuple[dict[str, Shot], list[Place]]:
    um_per_px = image.info.um_per_px or BSCCM.um_per_px
    views = dpc.normalised(phenotype.four(image).pixels)
    level = (1.0,) * len(views)
    cuts = [phenotype.crop(cell, views, um_per_px) for cell in chosen]
    kept = [backgrounds.grown(cut.mask, HALO) for cut in cuts]
    shots = {cut.cell: Shot(cut, own, cut.views, own, level) for cut, own in zip(cuts, kept, strict=True)}
    side = max(round(dpc.WINDOW_UM / um_per_px), 4)
    free = _free(image.info, cells, side, rng)
    middles = [(window.left + side / 2, window.top + side / 2) for window in free]
    return shots, [Place(dpc.window(views, middle, um_per_px, phenotype.SIDE), level) for middle in middles]


def _reach(cells: Sequence[Cell]) -> int:
    sides = [around(cell.box).side for cell in cells] or [1]
    return int(np.ceil(np.percentile(sides, WIDE)))


def _free(image: ImageInfo, cells: Sequence[Cell], side: int, rng: np.random.Generator) -> list[Window]:
    """Squares of the field that no cell's box reaches into, drawn at random; they may overlap one another."""
    if image.width < side or image.height < side:
        return []
    boxes = np.array([cell.box for cell in cells], float).reshape(-1, 4)
    found: list[Window] = []
    for x, y in rng.random((TRIES, 2)):
        left, top = round(x * (image.width - side)), round(y * (image.height - side))
        apart = (boxes[:, 2] < left) | (boxes[:, 0] > left + side) | (boxes[:, 3] < top) | (boxes[:, 1] > top + side)
        if apart.all():
            found.append(Window(left, top, side))
        if len(found) == PLACES:
            break
    return found


def _number(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "little")
