"""The same cell on other surroundings: does the picture around it decide what it is called?

    crop and mask, another crop's surroundings → a composite whose cell is untouched, pixel for pixel

Five settings, after Gupta, Moses and Lu 2025: as it is, on a donor of its own class, on a donor of another, on a
background without cells, and with everything but the cell masked. One interface for stained crops (uint8, height,
width, channels) and for views of unstained cells (float, views, height, width; an absent view is NaN).
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.imaging import filling

FEATHER = 3.0  # pixels outside the contour over which the surroundings change from the old to the new
RIM = 2  # pixels beyond a donor's contour that are taken out with it: its halo
GAIN = (0.6, 1.6)  # how far a donor's light is moved to meet the crop's
ASKED = 4000  # pixels that are asked for the colour of glass
CLEAREST = 85  # per cent of the surroundings that are darker than clear glass
EMPTY = 1.0  # of unstained views: brightness over the empty field
Picture = NDArray[Any]
Mask = NDArray[Any]


class Setting(StrEnum):
    """What surrounds the cell."""

    UNALTERED = "unaltered"
    SAME_CLASS = "same-class"
    OTHER_CLASS = "other-class"
    CELL_FREE = "cell-free"
    MASKED = "masked"


DONATED = (Setting.SAME_CLASS, Setting.OTHER_CLASS)  # settings that need another cell's crop


def altered(
    setting: Setting,
    crop: Picture,
    mask: Mask,
    background: Picture | None = None,
    *,
    feather: float = FEATHER,
    match_colour: bool = True,
) -> Picture:
    """The crop in a setting. `background` is a donor without its cell, or empty glass, and of the crop's size."""
    if setting is Setting.UNALTERED:
        return crop.copy()
    if setting is Setting.MASKED:
        return masked(crop, mask)
    if background is None:
        raise ValueError(
            f"Expected a background for the setting {setting.value}; found none. Take one of another crop."
        )
    return placed(crop, mask, background, feather=feather, match_colour=match_colour)


def placed(
    crop: Picture, mask: Mask, background: Picture, *, feather: float = FEATHER, match_colour: bool = True
) -> Picture:
    """The cell on another background: inside the mask exactly itself, beyond `feather` pixels exactly the other.

    In between the old surroundings give way to the new, so that there is no seam to be seen. With `match_colour` the
    new one's light is brought to that of the old.
    """
    inside = _inside(crop, mask)
    if background.shape != crop.shape:
        raise ValueError(
            f"Expected a background of the crop's shape {crop.shape}; found {background.shape}. "
            "Bring it to that with `fitted`."
        )
    own, other = _planes(crop), _planes(background)
    other = np.where(np.isfinite(other), other, np.float32(EMPTY))
    if match_colour:
        other = _matched(other, own, inside, stained=_stained(crop))
    share = _share(inside, feather)
    return _as(crop, share * own + (1 - share) * other, inside)


def masked(crop: Picture, mask: Mask, *, fill: Sequence[float] | None = None) -> Picture:
    """The cell alone, on one flat colour: `fill`, or clear glass as the crop shows it (unstained: the empty field).

    What the crop shows of clear glass is read from its surroundings. Where even that must not reach a model, give the
    whole slide's glass as `fill`.
    """
    inside = _inside(crop, mask)
    own = _planes(crop)
    if fill is not None:
        level = np.asarray(fill, np.float32)
    else:
        level = clear(crop, mask) if _stained(crop) else np.full(len(own), EMPTY, np.float32)
    return _as(crop, np.broadcast_to(level[:, None, None], own.shape), inside)


def emptied(crop: Picture, mask: Mask, *, seed: int = 0, rim: int = RIM, pieces: bool = False) -> Picture:
    """A donor's surroundings without the donor: its place is closed from the rim inwards, with the picture's own grain.

    Beyond the contour and its rim nothing is changed. Where the cell fills the crop there is nothing to close it with,
    and clear glass is left. With `pieces` the place is closed with pieces of what lies around it, not with a smooth
    surface; those of unstained views are not turned, because their light comes from fixed sides.
    """
    hole = grown(_inside(crop, mask), rim)
    around = _planes(crop)
    there = np.asarray(np.isfinite(around).all(axis=(1, 2)))
    known = np.where(np.isfinite(around), around, np.float32(EMPTY))
    if hole.all():
        level = np.full(3, 240.0, np.float32) if _stained(crop) else np.full(len(around), EMPTY, np.float32)
        closed = np.broadcast_to(level[: len(known), None, None], known.shape)
    elif pieces and hole.any():
        closed = filling.quilted(known, hole, seed, turned=_stained(crop))
    else:
        closed = filling.smoothed(known, hole, seed)
    found = np.where(hole[None] & there[:, None, None], closed, around)
    return _as(crop, found, ~hole)


def fitted(background: Picture, shape: tuple[int, ...]) -> Picture:
    """A background brought to a crop's shape at its own scale: the middle of a larger one, a smaller one mirrored."""
    rows = (0, 1) if _stained(background) else (1, 2)
    found = background
    for axis in rows:
        have, want = found.shape[axis], shape[axis]
        if have > want:
            start = (have - want) // 2
            found = np.take(found, range(start, start + want), axis=axis)
        elif have < want:
            before = (want - have) // 2
            around = [(0, 0)] * found.ndim
            around[axis] = (before, want - have - before)
            found = np.pad(found, around, mode="symmetric")
    return found


def chosen(labels: Sequence[Any], setting: Setting, seed: int, groups: Sequence[Any] | None = None) -> NDArray[np.intp]:
    """A donor for every cell, by its place in `labels`: of its own class (never itself) or of another; -1 for none.

    With `groups` (the patients, the fields) a donor comes from the cell's own group.
    """
    if setting not in DONATED:
        raise ValueError(f"Expected a setting with donors ({', '.join(DONATED)}); found {setting.value}.")
    kinds = np.asarray(labels)
    parts = np.zeros(len(kinds), int) if groups is None else np.unique(np.asarray(groups), return_inverse=True)[1]
    rng = np.random.default_rng([seed, DONATED.index(setting)])
    luck = rng.random(len(kinds))
    found = np.full(len(kinds), -1, np.intp)
    for k, (kind, part) in enumerate(zip(kinds, parts, strict=True)):
        alike = kinds == kind
        open_ = (alike if setting is Setting.SAME_CLASS else ~alike) & (parts == part)
        open_[k] = False
        rows = np.flatnonzero(open_)
        if len(rows):
            found[k] = rows[int(luck[k] * len(rows))]
    return found


def clear(crop: Picture, mask: Mask) -> NDArray[np.float32]:
    """The colour of clear glass in a stained crop: the median of the brightest, by green, of what is not the cell."""
    inside = _inside(crop, mask)
    outside = crop[~grown(inside, RIM)] if not inside.all() else crop.reshape(-1, crop.shape[-1])
    if not len(outside):
        outside = crop[~inside]
    outside = outside[:: max(1, len(outside) // ASKED)]
    green = outside[:, min(1, outside.shape[1] - 1)]
    bright = outside[green >= np.percentile(green, CLEAREST)]
    return np.asarray(np.median(bright, axis=0), np.float32)


def grown(mask: NDArray[np.bool_], pixels: int) -> NDArray[np.bool_]:
    """The mask with its contour moved outwards by so many pixels; inwards where they are negative."""
    inside = np.asarray(mask, bool)
    if pixels == 0:
        return inside.copy()
    if pixels < 0:
        return ~_reached(~inside, -pixels)
    return _reached(inside, pixels)


def _reached(inside: NDArray[np.bool_], pixels: int) -> NDArray[np.bool_]:
    out = inside.copy()
    for down, across, _ in _disc(float(pixels)):
        out |= _moved(inside, down, across)
    return out


def _share(inside: NDArray[np.bool_], feather: float) -> NDArray[np.float32]:
    """How much of the old picture stays: 1 inside, falling to 0 at `feather` pixels from the contour."""
    share = inside.astype(np.float32)
    for down, across, away in _disc(feather):
        weight = np.float32(0.5 + 0.5 * np.cos(np.pi * away / (feather + 1)))
        np.maximum(share, weight * _moved(inside, down, across), out=share)
    return share


@lru_cache(maxsize=16)
def _disc(reach: float) -> tuple[tuple[int, int, float], ...]:
    whole = int(np.floor(reach))
    steps = [(y, x, float(np.hypot(y, x))) for y in range(-whole, whole + 1) for x in range(-whole, whole + 1)]
    return tuple(step for step in steps if 0 < step[2] <= reach)


def _moved(inside: NDArray[np.bool_], down: int, across: int) -> NDArray[np.bool_]:
    out = np.zeros_like(inside)
    height, width = inside.shape
    if abs(down) < height and abs(across) < width:
        out[max(down, 0) : height + min(down, 0), max(across, 0) : width + min(across, 0)] = inside[
            max(-down, 0) : height - max(down, 0), max(-across, 0) : width - max(across, 0)
        ]
    return out


def _matched(
    other: NDArray[np.float32], own: NDArray[np.float32], inside: NDArray[np.bool_], *, stained: bool
) -> NDArray[np.float32]:
    """The new surroundings in the old ones' light: glass is brought to glass, the empty field to the empty field."""
    outside = ~grown(inside, RIM)
    if not outside.any():
        return other
    if stained:
        nowhere = np.zeros_like(inside)
        mine, theirs = (clear(_levels(planes), where) for planes, where in ((own, inside), (other, nowhere)))
        gain = np.clip(mine / np.maximum(theirs, 1), *GAIN)
        return np.asarray(np.clip(other * gain[:, None, None], 0, 255), np.float32)
    levels = [float(np.median(view[outside])) if np.isfinite(view).all() else EMPTY for view in own]
    move = np.array(levels, np.float32) - np.median(other[:, outside], axis=1)
    return np.asarray(other + move[:, None, None], np.float32)


def _inside(crop: Picture, mask: Mask) -> NDArray[np.bool_]:
    inside: NDArray[np.bool_] = np.asarray(np.asarray(mask, np.float32) >= 0.5, bool)
    shape = crop.shape[:2] if _stained(crop) else crop.shape[1:]
    if crop.ndim != 3 or inside.shape != shape:
        raise ValueError(
            f"Expected a mask as high and wide as the crop {crop.shape}; found {inside.shape}. "
            "Stained crops are uint8 (height, width, channels), views are float (views, height, width)."
        )
    return inside


def _stained(crop: Picture) -> bool:
    return crop.dtype == np.uint8


def _planes(crop: Picture) -> NDArray[np.float32]:
    """(channels, height, width), as float."""
    return np.asarray(np.moveaxis(crop, -1, 0) if _stained(crop) else crop, np.float32)


def _levels(planes: NDArray[np.float32]) -> NDArray[np.uint8]:
    """(height, width, channels) of what is (channels, height, width)."""
    return np.ascontiguousarray(np.moveaxis(np.clip(np.rint(planes), 0, 255).astype(np.uint8), 0, -1))


def _as(crop: Picture, levels: NDArray[np.float32], kept: NDArray[np.bool_]) -> Picture:
    """Levels in the crop's own shape and type; what is `kept`, and an absent view, is the crop's to the bit."""
    if _stained(crop):
        out = _levels(levels)
        out[kept] = crop[kept]
        return out
    out = levels.astype(crop.dtype)
    out[:, kept] = crop[:, kept]
    absent = ~np.isfinite(crop).all(axis=(1, 2))
    out[absent] = crop[absent]
    return out
