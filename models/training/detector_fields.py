"""Training fields for the detector, drawn on the fly: (256, 256) pictures with the label of its cell at every pixel.

Three things make a field. A ground: a scene shrunk, turned and mirrored so that its typical cell is 18–110 px across,
equally often in every octave. What is laid on it: cells cut from leukaemia crops, in the ground's own clear colour,
sparse or dense, touching, overlapping; and what is no cell: thrombocytes, grains of stain, specks. And a camera:
stain strength and hue, white balance, gamma, uneven light, blur, JPEG, noise.

Everything comes from the generator that is passed in, so the same seed gives the same field.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from models.imaging import colour
from models.training import sources
from models.training.detector_camera import photographed
from models.training.detector_scenes import NOT_CELLS, Scene, scenes

SIDE = 256
ACROSS = (18.0, 110.0)  # pixels across the typical cell
BARE = 0.03  # share of fields whose ground is one even colour
MIRRORED = 3.0  # times that a scene may be repeated along the canvas
LEAST_SEEN = 0.07  # of the typical cell's square that must be in the field for a cell to count
Rng = np.random.Generator
Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Drawn:
    pixels: NDArray[np.uint8]  # (SIDE, SIDE, 3) RGB
    labels: NDArray[np.uint8]  # 0, or the number of the cell from 1 up, none missing


@dataclass(frozen=True, slots=True, eq=False)
class Stock:
    """Scenes by source with the weight of each as a ground; crops to cut cells from, by class."""

    grounds: Mapping[str, Sequence[Scene]]
    weights: Mapping[str, float]
    crops: Mapping[str, Sequence[Scene]]


def stock(weights: Mapping[str, float], root: Path = sources.ROOT, cache: Path = sources.CACHE) -> Stock:
    """What fields are drawn from; sources of weight 0 are not even read."""
    grounds = {name: scenes(name, root, cache) for name, weight in weights.items() if weight > 0}
    crops: dict[str, list[Scene]] = {}
    for scene in scenes("smear_cells", root, cache):
        crops.setdefault(scene.kind, []).append(scene)
    return Stock(grounds, {name: weights[name] for name in grounds}, crops)


def draw(rng: Rng, given: Stock) -> Drawn:
    """One field."""
    names = list(given.grounds)
    shares = np.array([given.weights[name] for name in names])
    ground = given.grounds[names[int(rng.choice(len(names), p=shares / shares.sum()))]]
    scene = ground[int(rng.integers(len(ground)))]
    least = max(ACROSS[0], scene.across * SIDE / (MIRRORED * min(scene.labels.shape)))
    across = float(np.exp(rng.uniform(np.log(min(least, 80.0)), np.log(ACROSS[1]))))
    pixels, labels = laid(rng, scene, across)
    if rng.random() < BARE:
        pixels[:], labels[:] = np.clip(scene.clear * rng.uniform(0.1, 1.0), 0, 255).astype(np.uint8), 0
    if given.crops:
        _furnish(rng, given, pixels, labels, across, scene.clear)
    pixels = photographed(rng, pixels, across, scene.clear)
    return Drawn(pixels, _numbered(labels, across))


def laid(rng: Rng, scene: Scene, across: float) -> tuple[NDArray[np.uint8], NDArray[np.int32]]:
    """The scene on the canvas at that size, turned; mirrored at its borders where it is too small to fill it."""
    factor = across / scene.across
    pixels, labels = scene.pixels, scene.labels
    while factor < 0.6:  # halve by area first: a linear step beyond that would drop pixels
        pixels, labels, factor = _half(pixels), quartered(labels, 2), factor * 2
    stretch = np.exp(rng.normal(0, 0.04, 2)) * factor
    angle = 0.5 * np.pi * rng.integers(4) + (rng.uniform(-0.5, 0.5) if rng.random() < 0.5 else 0.0)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    turn = turn @ np.diag(stretch) @ np.diag([rng.choice([-1, 1]), 1])
    height, width = labels.shape
    look = rng.uniform(0, 1, 2) * (width, height)
    if labels.any() and rng.random() < 0.6:  # look at a cell
        rows, columns = np.nonzero(labels == rng.choice(np.unique(labels[labels > 0])))
        look = np.array([columns.mean(), rows.mean()])
        spot = rng.uniform(0, SIDE, 2)
    else:
        spot = np.array([SIDE / 2, SIDE / 2])
    matrix = np.hstack([turn, (spot - turn @ look)[:, None]])
    size = (SIDE, SIDE)
    mirrored = cv2.BORDER_REFLECT
    canvas = cv2.warpAffine(pixels, matrix, size, flags=cv2.INTER_LINEAR, borderMode=mirrored)
    marks = cv2.warpAffine(labels, matrix, size, flags=cv2.INTER_NEAREST, borderMode=mirrored)
    return np.asarray(canvas, np.uint8), _copies(np.asarray(marks, np.uint8))


def _half(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    size = (max(1, pixels.shape[1] // 2), max(1, pixels.shape[0] // 2))
    return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8)


def quartered(labels: NDArray[np.uint8], step: int) -> NDArray[np.uint8]:
    """Labels at every `step`-th pixel: a block is a cell's when two of its four innermost pixels are."""
    high, wide = (length // step * step for length in labels.shape[-2:])
    near = (step // 2 - 1, step // 2)
    four = [labels[..., y:high:step, x:wide:step] for y in near for x in near]
    return np.ascontiguousarray(np.sort(four, axis=0)[2])


def _copies(marks: NDArray[np.uint8]) -> NDArray[np.int32]:
    """Mirrored copies of a cell are cells of their own; cells that touch are parted by a line of one pixel."""
    apart = marks.copy()
    apart[:, 1:][(marks[:, 1:] != marks[:, :-1]) & (marks[:, :-1] > 0)] = 0
    apart[1:][(marks[1:] != marks[:-1]) & (marks[:-1] > 0)] = 0
    return np.asarray(cv2.connectedComponents(apart, connectivity=4)[1], np.int32)


def _furnish(
    rng: Rng, given: Stock, pixels: NDArray[np.uint8], labels: NDArray[np.int32], across: float, clear: Floats
) -> None:
    """Lays cells, and things that are none, on the canvas in place."""
    room = SIDE**2 / across**2
    kind = rng.random()
    cells = 0 if kind < 0.4 else rng.integers(1, 4) if kind < 0.7 else int(room * rng.uniform(0.1, 0.75))
    names = [k for k in given.crops if k not in NOT_CELLS]
    weights = np.sqrt([len(given.crops[k]) for k in names])
    for _ in range(min(int(cells), 45)):
        crop = _any(rng, given.crops[names[int(rng.choice(len(names), p=weights / weights.sum()))]])
        _put(rng, crop, pixels, labels, across, clear, leaning=rng.random() < 0.35)
    if rng.random() < 0.25:
        others = [k for k in NOT_CELLS if k in given.crops]
        for _ in range(int(rng.integers(1, 4)) if others else 0):
            crop = _any(rng, given.crops[others[int(rng.integers(len(others)))]])
            _put_other(rng, crop, pixels, labels, across, clear)
    if rng.random() < 0.35:
        _strew(rng, pixels, labels, across)


def _any(rng: Rng, crops: Sequence[Scene]) -> Scene:
    return crops[int(rng.integers(len(crops)))]


def _put(
    rng: Rng,
    crop: Scene,
    pixels: NDArray[np.uint8],
    labels: NDArray[np.int32],
    across: float,
    clear: Floats,
    leaning: bool,
) -> None:
    """One cell where there is room: off the others, or leaning on one with a little overlap."""
    cut, mask = _turned(rng, crop.pixels, crop.labels > 0, across / crop.across * float(np.exp(rng.normal(0, 0.1))))
    size = int(mask.sum())
    for _ in range(4):
        window, own = _window(rng, mask.shape, labels, leaning)
        under = labels[window][mask[own]]
        if mask[own].sum() < 0.4 * size or np.count_nonzero(under) > 0.08 * size:
            continue
        _blend(pixels[window], cut[own], mask[own], crop.clear, clear, across)
        labels[window][mask[own]] = labels.max() + 1
        return


def _turned(
    rng: Rng, pixels: NDArray[np.uint8], mask: NDArray[np.bool_], factor: float
) -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
    """The cell's window, scaled and turned."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    border = 4
    top, left = max(0, rows[0] - border), max(0, columns[0] - border)
    pixels, mask = (
        pixels[top : rows[-1] + border, left : columns[-1] + border],
        mask[top : rows[-1] + border, left : columns[-1] + border],
    )
    while factor < 0.6:
        pixels, mask, factor = _half(pixels), mask[::2, ::2][: pixels.shape[0] // 2, : pixels.shape[1] // 2], factor * 2
    height, width = mask.shape
    side = max(5, int(np.ceil(np.hypot(height, width) * factor)))
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), float(rng.uniform(0, 360)), factor)
    matrix[:, 2] += side / 2 - np.array([width / 2, height / 2])
    if rng.random() < 0.5:
        pixels, mask = pixels[:, ::-1], mask[:, ::-1]
    mirrored = cv2.BORDER_REPLICATE
    cut = cv2.warpAffine(
        np.ascontiguousarray(pixels), matrix, (side, side), flags=cv2.INTER_LINEAR, borderMode=mirrored
    )
    inside = cv2.warpAffine(np.ascontiguousarray(mask, np.uint8), matrix, (side, side), flags=cv2.INTER_NEAREST)
    return np.asarray(cut, np.uint8), inside.astype(bool)


def _window(
    rng: Rng, shape: tuple[int, ...], labels: NDArray[np.int32], leaning: bool
) -> tuple[tuple[slice, slice], tuple[slice, slice]]:
    """A place for a window of that shape on the canvas, cut at the border: there, and in the window itself."""
    high, wide = shape
    middle = rng.uniform(0, SIDE, 2)
    if leaning and labels.any():
        rows, columns = np.nonzero(labels == rng.integers(1, labels.max() + 1))
        if len(rows):
            reach = 0.5 * np.sqrt(len(rows) * 4 / np.pi) + 0.36 * high * rng.uniform(0.85, 1.15)
            turn = rng.uniform(0, 2 * np.pi)
            middle = np.array([rows.mean(), columns.mean()]) + reach * np.array([np.sin(turn), np.cos(turn)])
    top, left = int(middle[0] - high / 2), int(middle[1] - wide / 2)
    rows_, columns_ = (max(0, top), min(SIDE, top + high)), (max(0, left), min(SIDE, left + wide))
    rows_, columns_ = (rows_[0], max(rows_)), (columns_[0], max(columns_))
    there = slice(*rows_), slice(*columns_)
    own = slice(rows_[0] - top, rows_[1] - top), slice(columns_[0] - left, columns_[1] - left)
    return there, own


def _blend(
    there: NDArray[np.uint8],
    cut: NDArray[np.uint8],
    mask: NDArray[np.bool_],
    clear_there: Floats,
    clear: Floats,
    across: float,
) -> None:
    """Lays the masked pixels down in the ground's clear colour, with a soft edge."""
    soft = max(0.6, 0.02 * across)
    share = cv2.GaussianBlur(mask.astype(np.float32), (0, 0), soft)[..., None]
    brighter = cut.astype(np.float32) * (clear / clear_there)
    there[:] = np.clip(share * brighter + (1 - share) * there, 0, 255).astype(np.uint8)


def _put_other(
    rng: Rng, crop: Scene, pixels: NDArray[np.uint8], labels: NDArray[np.int32], across: float, clear: Floats
) -> None:
    """A thrombocyte from the middle of a crop, densities added, on nothing's label."""
    density = colour.optical_density(crop.pixels, crop.clear)
    high, wide = density.shape[:2]
    y, x = np.ogrid[:high, :wide]
    near = np.hypot(y - high / 2, x - wide / 2) < 0.3 * high
    stained = (density.sum(axis=-1) > 0.25) & near
    if stained.sum() < 30:
        return
    cut, mask = _turned(rng, crop.pixels, stained, across / crop.across * float(rng.uniform(0.5, 1.1)))
    window, own = _window(rng, mask.shape, labels, False)
    if not labels[window][mask[own]].any():
        _blend(pixels[window], cut[own], mask[own], crop.clear, clear, across)


def _strew(rng: Rng, pixels: NDArray[np.uint8], labels: NDArray[np.int32], across: float) -> None:
    """Grains and blots of stain, from specks to a third of a cell, and pale smears of any size; off the cells."""
    layer = np.zeros((SIDE, SIDE), np.float32)
    for _ in range(int(rng.integers(1, 14))):
        spot = rng.integers(0, SIDE, 2).tolist()
        radius = across * float(np.exp(rng.uniform(np.log(0.02), np.log(0.16))))
        ring = radius * (1 + 0.35 * rng.normal(0, 1, 9))
        turn = np.linspace(0, 2 * np.pi, 9, endpoint=False)
        corners = np.stack([spot[0] + ring * np.cos(turn), spot[1] + ring * np.sin(turn)], axis=1)
        cv2.fillPoly(layer, [np.round(corners).astype(np.int32)], float(rng.uniform(0.4, 1.8)))
    if rng.random() < 0.3:
        spot = rng.integers(0, SIDE, 2).tolist()
        axes = (across * rng.uniform(0.2, 1.2, 2) + 1).astype(int).tolist()
        cv2.ellipse(layer, spot, axes, float(rng.uniform(0, 180)), 0, 360, float(rng.uniform(0.08, 0.3)), -1)
    layer = cv2.GaussianBlur(layer, (0, 0), float(rng.uniform(0.4, 1.2)))
    layer[labels > 0] = 0
    hue = colour.AZURE * rng.uniform(0.7, 1.3, 3).astype(np.float32)
    pixels[:] = np.clip(pixels * np.exp(-layer[..., None] * hue), 0, 255).astype(np.uint8)


def _numbered(labels: NDArray[np.int32], across: float) -> NDArray[np.uint8]:
    """Labels 1, 2, 3 … of the cells of which enough is to be seen."""
    sizes = np.bincount(labels.ravel())
    keep = sizes >= LEAST_SEEN * across**2
    keep[0] = False
    numbers = np.where(keep, np.cumsum(keep), 0)
    numbers[numbers > 250] = 0
    return numbers[labels].astype(np.uint8)
