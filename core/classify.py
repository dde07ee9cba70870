"""Cells → calls. Cells are cut out once, here; the same cut is what a gallery shows."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from core import windows
from core.errors import ModelMismatch
from core.protocols import Classifier, Crop, Naming, Renamer
from core.records import Call, Cell, Image, ImageInfo
from core.vocabulary import Vocabulary
from models.imaging import colour, contours

PICTURE = 160  # pixels: the longest side of a crop kept for people to look at
AT_A_TIME = 64  # crops named together, of however many images
Pictures = dict[str, NDArray[np.uint8]]  # by cell, for people to look at
Searched = tuple[Image, tuple[Cell, ...], float | None]  # an image, the cells in it, µm per pixel
Named = tuple[ImageInfo, tuple[Cell, ...], tuple[Call, ...], Pictures]


@dataclass(slots=True)
class _Waiting:
    """An image whose cells are being named; its pixels are let go of as soon as the cells are cut out."""

    info: ImageInfo
    cells: tuple[Cell, ...]
    calls: list[Call] = field(default_factory=list)
    pictures: Pictures = field(default_factory=dict)


def named(searched: Iterable[Searched], classifier: Classifier, vocabulary: Vocabulary) -> Iterator[Named]:
    """Each image's cells with their calls, in order, and each cell's crop for people to look at.

    Crops of several images are named together: a network is slow on a few. The scale is what the image states or,
    where it states none, an estimate: good enough to name a cell by its size, not to state a size.
    """
    waiting: deque[_Waiting] = deque()
    crops: list[tuple[_Waiting, Crop]] = []
    for image, cells, um_per_px in searched:
        waiting.append(_Waiting(image.info, cells))
        glass = glass_of(image.pixels)
        for cell in cells:
            crops.append((waiting[-1], crop(cell, image, um_per_px, glass)))
            if len(crops) == AT_A_TIME:
                _name(crops, classifier, vocabulary)
        yield from _finished(waiting)
    if crops:
        _name(crops, classifier, vocabulary)
    yield from _finished(waiting)


def _name(crops: list[tuple[_Waiting, Crop]], classifier: Classifier, vocabulary: Vocabulary) -> None:
    """Crops → calls, each with its image; no crop is left."""
    for (image, cut), call in zip(crops, calls_of([cut for _, cut in crops], classifier, vocabulary), strict=True):
        image.calls.append(call)
        image.pictures[cut.cell] = _picture(cut.pixels)
    crops.clear()


def _finished(waiting: deque[_Waiting]) -> Iterator[Named]:
    while waiting and len(waiting[0].calls) == len(waiting[0].cells):
        done = waiting.popleft()
        yield done.info, done.cells, tuple(done.calls), done.pictures


def calls(
    cells: Sequence[Cell], image: Image, classifier: Classifier, vocabulary: Vocabulary, um_per_px: float | None
) -> tuple[tuple[Call, ...], Pictures]:
    """The calls of one image's cells, and each cell's crop."""
    ((_, _, found, pictures),) = named([(image, tuple(cells), um_per_px)], classifier, vocabulary)
    return found, pictures


def calls_of(crops: Sequence[Crop], classifier: Classifier, vocabulary: Vocabulary) -> list[Call]:
    """The calls of crops, wherever these come from."""
    return _calls(crops, classifier.name(crops), classifier.stamp.digest, vocabulary)


def calls_again(crops: Sequence[Crop], called: Sequence[str], network: Renamer, vocabulary: Vocabulary) -> list[Call]:
    """Do they keep their calls? Quicker than `calls_of`, and without measures, sets and oddness."""
    return _calls(crops, network.again(crops, called), network.stamp.digest, vocabulary)


def crop(cell: Cell, image: Image, um_per_px: float | None, glass: NDArray[np.uint8]) -> Crop:
    """A square around the cell with its mask. Beyond the image lies clear glass: a mirror would show cells twice."""
    window = windows.around(cell.box)
    left, top, side = window.left, window.top, window.side
    pixels = square(image.pixels, window, glass)
    mask = contours.rasterised(cell.contour - (left, top), (side, side))
    mask[side // 2, side // 2] |= not mask.any()  # a sliver between pixel centres is still somewhere
    return Crop(cell.id, pixels, mask, um_per_px)


def square(field: NDArray[np.uint8], window: windows.Window, glass: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The window of a field; what lies beyond the picture is clear glass."""
    left, top, side = window.left, window.top, window.side
    rows, columns = slice(max(top, 0), max(top + side, 0)), slice(max(left, 0), max(left + side, 0))
    inside = field[rows, columns]
    pixels = np.empty((side, side, 3), dtype=np.uint8)
    pixels[:] = glass
    down, across = max(-top, 0), max(-left, 0)
    pixels[down : down + inside.shape[0], across : across + inside.shape[1]] = inside
    return pixels


def glass_of(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The colour of clear glass in this picture."""
    return np.round(colour.background(pixels[::4, ::4])).astype(np.uint8)


def _picture(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    side = pixels.shape[0]
    if side <= PICTURE:
        return pixels
    return np.asarray(cv2.resize(pixels, (PICTURE, PICTURE), interpolation=cv2.INTER_AREA), dtype=np.uint8)


def _calls(crops: Sequence[Crop], naming: Naming, digest: str, vocabulary: Vocabulary) -> list[Call]:
    """Columns are matched to classes by name, never by position."""
    unknown = [label for label in naming.labels if label not in vocabulary.by_code]
    if unknown or naming.probabilities.shape != (len(crops), len(naming.labels)):
        raise ModelMismatch(
            f"{len(crops)} rows of probabilities for classes of {vocabulary.id}",
            f"shape {naming.probabilities.shape}, unknown classes {unknown or 'none'}",
            "Install a classifier whose card names this vocabulary.",
        )
    measures = naming.measures or ({},) * len(crops)
    possible = naming.possible or ((),) * len(crops)
    oddness = [None] * len(crops) if naming.oddness is None else [round(float(o), 4) for o in naming.oddness]
    return [
        Call(
            cell=cut.cell,
            label=naming.labels[int(row.argmax())],
            probabilities={label: round(float(p), 5) for label, p in zip(naming.labels, row, strict=True)},
            model=digest,
            measures={name: round(float(value), 4) for name, value in measured.items()},
            possible=sets,
            oddness=odd,
        )
        for cut, row, measured, sets, odd in zip(crops, naming.probabilities, measures, possible, oddness, strict=True)
    ]
