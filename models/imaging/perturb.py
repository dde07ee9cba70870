"""A cell's picture a little other than it is: how a worse stain, lens, camera or cut would have shown the same cell.

    picture, mask, strength, seed → picture, mask

Strength 0 gives back what came in, and more of it is more of the same change in the same direction: the seed alone
decides what is left to chance (which way round, where a neighbour lies, how JPEG's blocks fall). So one seed gives a
curve, not a cloud. Stain, sharpness and scale leave nothing to chance: they are the same for every cell of a slide.

A turned, shrunken or shifted picture shows what lay beyond its border. Cut it wider (`WIDER` times the window), change
it, then take the middle (`middle`); what lies beyond even that is drawn as clear glass.

Unstained (DPC) views, brightness over background, have the changes that `NOT_UNSTAINED` does not name.
"""

from __future__ import annotations

import io
import math
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from models.imaging import colour, touching

Pixels = NDArray[np.uint8]  # (h, w, 3)
Views = NDArray[np.float32]  # (views, h, w); an absent view is NaN throughout
Mask = NDArray[np.bool_]  # (h, w)
WIDER = 1.5
FEWEST = 200  # pixels outside the cell that say what glass looks like
GLASS = 240.0
PALEST = 120.0  # what is darker in every channel is no glass


class Change(StrEnum):
    AZURE = "azure"
    EOSIN = "eosin"
    BLUR = "blur"
    JPEG = "jpeg"
    SCALE = "scale"
    ROTATION = "rotation"
    OFFSET = "offset"
    NEIGHBOUR = "neighbour"


@dataclass(frozen=True, slots=True)
class Ladder:
    """What a strength of this change means, and the strengths worth trying, the weakest first; 0 is not among them."""

    name: str
    unit: str
    meaning: str
    steps: tuple[float, ...]


LADDERS = {
    Change.AZURE: Ladder(
        "Azure stain", "%", "density of the blue stain (nuclei, basophilic cytoplasm) more or less",
        (-50, -25, 25, 50),
    ),
    Change.EOSIN: Ladder(
        "Eosin stain", "%", "density of the red stain (granules, erythrocytes) more or less", (-50, -25, 25, 50)
    ),
    Change.BLUR: Ladder("Blur", "µm", "standard deviation of a Gaussian blur", (0.1, 0.2, 0.4, 0.8)),
    Change.JPEG: Ladder("JPEG", "below quality 100", "compressed once more", (20, 50, 70, 90)),
    Change.SCALE: Ladder(
        "Scale", "%", "the cell larger or smaller than its stated scale says", (-30, -15, 15, 30)
    ),
    Change.ROTATION: Ladder("Rotation", "degrees", "turned about the cell's middle", (15, 45, 90)),
    Change.OFFSET: Ladder(
        "Crop offset", "% of the cell's diameter", "the window cut beside the cell's middle", (5, 10, 20),
    ),
    Change.NEIGHBOUR: Ladder(
        "Touching neighbour", "% of the way", "another cell comes in from the border (0) until it touches (100)",
        (50, 75, 100),
    ),
}  # fmt: skip

NOT_UNSTAINED = {
    Change.AZURE: "there is no stain",
    Change.EOSIN: "there is no stain",
    Change.JPEG: "the camera's counts are kept as they are; files that lost them are told of when they are taken in",
    Change.ROTATION: "the light comes from fixed sides, so a turned picture is not the picture of a turned cell",
}
"""Why some changes are not made on unstained views."""

Cell = tuple[NDArray[Any], Mask]
"""Another cell of the same kind of pictures, cut alike: it becomes the neighbour."""


def stained(
    change: Change,
    pixels: Pixels,
    mask: Mask,
    strength: float,
    seed: int,
    *,
    um_per_px: float | None = None,
    neighbour: Cell | None = None,
    clear: NDArray[Any] | None = None,
) -> tuple[Pixels, Mask]:
    """A stained cell, changed. Blur needs the scale; without another cell the neighbour is this one, turned round.

    `clear` is the colour of the slide's glass, where it is known already.
    """
    _check(pixels, mask, pixels.shape[:2] if pixels.ndim == 3 and pixels.shape[2] == 3 else None)
    _within(change, strength)
    if strength == 0:
        return pixels, mask
    clear = clear_glass(pixels, mask) if clear is None else np.asarray(clear, np.float32)
    if change in (Change.AZURE, Change.EOSIN):
        gain = (strength / 100, 0.0) if change is Change.AZURE else (0.0, strength / 100)
        return restained(pixels, clear, *gain), mask
    if change is Change.JPEG:
        return compressed(pixels, strength, _chance(change, seed)), mask
    if change is Change.BLUR:
        found = blurred(np.moveaxis(pixels, -1, 0).astype(np.float32), strength / _scale(um_per_px))
        return _levels(np.moveaxis(found, 0, -1)), mask
    if change is Change.NEIGHBOUR:
        other, its = neighbour or (pixels[::-1, ::-1], mask[::-1, ::-1])
        ratio = clear / clear_glass(other, its)
        moved, cover = touching.beside(np.moveaxis(other * ratio, -1, 0), its, mask, strength, _chance(change, seed))
        mixed = (1 - cover[..., None]) * pixels + cover[..., None] * np.moveaxis(moved, 0, -1)
        return np.where((cover > 0)[..., None], _levels(mixed), pixels), mask
    matrix = _placed(change, mask, strength, _chance(change, seed))
    fill = tuple(int(level) for level in np.round(clear))
    turned = Image.fromarray(pixels).transform(
        pixels.shape[1::-1], Image.Transform.AFFINE, matrix, Image.Resampling.BICUBIC, fillcolor=fill
    )
    return np.asarray(turned, np.uint8), _mask(mask, matrix)


def unstained(
    change: Change,
    views: Views,
    mask: Mask,
    strength: float,
    seed: int,
    *,
    um_per_px: float | None = None,
    neighbour: Cell | None = None,
) -> tuple[Views, Mask]:
    """A label-free cell's views over their background, changed; ValueError for what `NOT_UNSTAINED` names.

    Scale stretches the picture; the optics that would have drawn a larger cell are not simulated.
    """
    _check(views, mask, views.shape[1:] if views.ndim == 3 else None)
    _within(change, strength)
    if change in NOT_UNSTAINED:
        raise ValueError(f"expected a change of unstained views; found {change.value}: {NOT_UNSTAINED[change]}")
    if strength == 0:
        return views, mask
    if change is Change.BLUR:
        return blurred(views, strength / _scale(um_per_px)), mask
    if change is Change.NEIGHBOUR:
        other, its = neighbour or (views, mask)  # not turned: the light comes from the same side
        moved, cover = touching.beside(np.asarray(other, np.float32), its, mask, strength, _chance(change, seed))
        return np.where(cover > 0, views + cover * (np.nan_to_num(moved, nan=1.0) - 1), views).astype(np.float32), mask
    matrix = _placed(change, mask, strength, _chance(change, seed))
    found = np.stack([_float(view, matrix, 1.0) for view in np.nan_to_num(views, nan=1.0)])
    found[~np.isfinite(views).all((1, 2))] = np.nan
    return found, _mask(mask, matrix)


def middle(picture: NDArray[Any], side: int) -> NDArray[Any]:
    """The middle `side` × `side` pixels of a picture (h, w), (h, w, 3) that is at least so large."""
    height, width = picture.shape[:2]
    if side > min(height, width):
        raise ValueError(f"expected a picture of at least {side} pixels a side, found {width} × {height}")
    top, left = (height - side) // 2, (width - side) // 2
    return np.ascontiguousarray(picture[top : top + side, left : left + side])


def clear_glass(pixels: NDArray[np.uint8], mask: Mask) -> NDArray[np.float32]:
    """The colour of clear glass around a cell; near-white where the picture shows none."""
    outside = pixels[~mask]
    clear = colour.background(outside[None] if len(outside) >= FEWEST else pixels)
    return clear if clear.max() >= PALEST else np.full(3, GLASS, np.float32)


def restained(pixels: Pixels, clear: NDArray[Any], azure: float, eosin: float) -> Pixels:
    """Each stain's share of the optical density more (0.5: half as much again) or less; what is neither stays."""
    density = colour.optical_density(pixels, clear)
    gain = np.array([max(azure, -1.0), max(eosin, -1.0)], np.float32)
    stains = np.stack([colour.AZURE, colour.HAEMOGLOBIN])
    moved = density + (_amounts(density, stains) * gain) @ stains
    moved = np.maximum(moved, np.minimum(density, 0.0))  # nothing pales beyond clear glass
    return _levels((np.asarray(clear, np.float32) + 4.0) * np.exp(-moved) - 4.0)


def _amounts(density: NDArray[np.float32], stains: NDArray[np.float32]) -> NDArray[np.float32]:
    """How much of the two stains best explains a density, neither below nought."""
    alone = np.maximum(density @ stains.T, 0.0)
    both = colour.deconvolved(density, stains[0], stains[1])
    missing = both < 0
    only_one = missing.any(axis=-1, keepdims=True)
    return np.asarray(np.where(only_one, np.where(missing, 0.0, alone), both), np.float32)


def compressed(pixels: Pixels, strength: float, rng: np.random.Generator) -> Pixels:
    """Through JPEG at quality 100 − strength, its blocks of 16 pixels beginning anywhere."""
    down, across = (int(n) for n in rng.integers(0, 16, 2))
    padded = np.pad(pixels, ((down, 0), (across, 0), (0, 0)), mode="edge")
    out = io.BytesIO()
    Image.fromarray(padded).save(out, "JPEG", quality=max(1, round(100 - strength)))
    return np.ascontiguousarray(np.asarray(Image.open(out), np.uint8)[down:, across:])


def blurred(planes: NDArray[np.float32], sigma: float) -> NDArray[np.float32]:
    """(n, h, w) under a Gaussian of `sigma` pixels; beyond the border the border goes on."""
    reach = max(1, math.ceil(3 * sigma))
    line = np.exp(-0.5 * (np.arange(-reach, reach + 1) / sigma) ** 2)
    line = (line / line.sum()).astype(np.float32)
    found = np.asarray(planes, np.float32)
    for axis in (1, 2):
        width = [(0, 0), (0, 0), (0, 0)]
        width[axis] = (reach, reach)
        wide, length = np.pad(found, width, mode="edge"), found.shape[axis]
        found = line[reach] * found
        for k in range(reach):  # the line is the same to both sides
            near, far = (
                wide[:, j : j + length] if axis == 1 else wide[:, :, j : j + length] for j in (k, 2 * reach - k)
            )
            found += line[k] * (near + far)
    return found


def _placed(change: Change, mask: Mask, strength: float, rng: np.random.Generator) -> tuple[float, ...]:
    """Where each pixel of the changed picture lies in the given one, as PIL's six numbers."""
    height, width = mask.shape
    x, y = width / 2, height / 2
    if change is Change.SCALE:
        factor = 1 / max(1 + strength / 100, 0.05)
        return (factor, 0, x - factor * x, 0, factor, y - factor * y)
    if change is Change.ROTATION:
        angle = math.radians(strength) * (1 if rng.random() < 0.5 else -1)
        cos, sin = round(math.cos(angle), 12), round(math.sin(angle), 12)  # a quarter turn falls on pixels
        return (cos, sin, x - cos * x - sin * y, -sin, cos, y + sin * x - cos * y)
    if change is Change.OFFSET:
        diameter = 2 * math.sqrt(max(int(mask.sum()), 1) / math.pi)
        angle = 2 * math.pi * rng.random()
        length = strength / 100 * diameter
        return (1, 0, length * math.cos(angle), 0, 1, length * math.sin(angle))
    raise ValueError(f"expected one of {', '.join(Change)}; found {change!r}")


def _float(plane: NDArray[np.float32], matrix: tuple[float, ...], fill: float) -> NDArray[np.float32]:
    picture = Image.fromarray(np.ascontiguousarray(plane, np.float32))
    how = Image.Resampling.BICUBIC if fill else Image.Resampling.BILINEAR
    moved = picture.transform(picture.size, Image.Transform.AFFINE, matrix, how, fillcolor=fill)
    return np.asarray(moved, np.float32)


def _mask(mask: Mask, matrix: tuple[float, ...]) -> Mask:
    found = np.asarray(_float(mask.astype(np.float32), matrix, 0.0) >= 0.5, bool)
    found[found.shape[0] // 2, found.shape[1] // 2] |= not found.any()  # a sliver is still somewhere
    return found


def _levels(levels: NDArray[Any]) -> Pixels:
    return np.clip(np.round(levels), 0, 255).astype(np.uint8)


def _scale(um_per_px: float | None) -> float:
    if not um_per_px or not math.isfinite(um_per_px):
        raise ValueError("expected the scale, as blur is given in µm; found none. State µm per pixel.")
    return um_per_px


def _chance(change: Change, seed: int) -> np.random.Generator:
    return np.random.default_rng([seed, list(Change).index(change)])


def _within(change: Change, strength: float) -> None:
    if not math.isfinite(strength) or (strength < 0 and LADDERS[change].steps[0] > 0):
        wanted = "a finite strength" if LADDERS[change].steps[0] < 0 else "a strength from 0 on"
        raise ValueError(f"expected {wanted} for {change.value}, found {strength}")


def _check(picture: NDArray[Any], mask: Mask, shape: tuple[int, ...] | None) -> None:
    if shape is None or mask.shape != tuple(shape) or mask.dtype != np.bool_:
        found = f"{picture.dtype} {picture.shape} and {mask.dtype} {mask.shape}"
        raise ValueError(f"expected a picture with a bool mask of its size, found {found}")
