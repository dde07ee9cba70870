"""Large pictures in overlapping tiles, and what was found in them put together so that every cell counts once.

Every tile owns the middle of itself: the owned parts lie side by side and cover the picture. A cell belongs to the tile
that owns its centre; as tiles overlap by at least the largest cell, that tile sees all of it. Two tiles may disagree a
little about a centre, so ownership is generous by `SLACK`; of what then overlaps, what is seen whole goes before what
the tile cuts, and the better before the worse.

What lies in two tiles is looked at twice, so there are as few tiles as their largest side allows, and these no larger
than the picture needs: one that is hardly larger than a tile is not cut into two full ones.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.imaging.contours import Contour, area, bounds, rasterised

SLACK = 0.25  # of the overlap, beyond the owned part
SAME = 0.45  # overlap over union above which two outlines are one cell
WITHIN = 0.75  # of the smaller outline inside the other: a part of a cell, not a cell
FILLED = 0.6  # of an outline covered by the parts in it: less, and they are parts of one cell
NEARLY = 0.7  # of the parts' score that the whole must have
GRID = 48


@dataclass(frozen=True, slots=True)
class Tile:
    x: int
    y: int
    width: int
    height: int
    owned: tuple[float, float, float, float]  # x0, y0, x1, y1 in the picture


def tiles(shape: tuple[int, ...], side: int, overlap: int, step: int = 1) -> list[Tile]:
    """Equal tiles of at most `side` × `side` inside the picture (height, width), neighbours `overlap` deep or more.

    Where a side of the picture is cut, its tiles' is a multiple of `step`.
    """
    if not 0 <= overlap < side or side % step:
        raise ValueError(
            f"expected tiles of whole steps of {step}, larger than their overlap of {overlap}; found tiles of {side}: "
            f"use larger tiles, a multiple of {step}"
        )
    rows, columns = (_spans(length, side, overlap, step) for length in shape[:2])
    return [
        Tile(x, y, width, height, (left, top, right, bottom))
        for y, height, top, bottom in rows
        for x, width, left, right in columns
    ]


def _spans(length: int, most: int, overlap: int, step: int) -> list[tuple[int, int, float, float]]:
    """Start, length, and owned part of the tiles along one side, evenly spread."""
    if length <= most:
        return [(0, length, 0.0, float(length))]
    count = math.ceil((length - overlap) / (most - overlap))
    side = step * math.ceil((length + (count - 1) * overlap) / (count * step))
    starts = [round(k * (length - side) / (count - 1)) for k in range(count)]
    cuts = [0.0, *((a + side + b) / 2 for a, b in itertools.pairwise(starts)), float(length)]
    return [(start, side, cuts[k], cuts[k + 1]) for k, start in enumerate(starts)]


def stitched(
    found: Sequence[Sequence[tuple[NDArray[Any], float]]], laid: Sequence[Tile], overlap: int
) -> list[tuple[Contour, float]]:
    """What the tiles found, in the picture's coordinates, each cell once, the best first.

    `found` holds a list for every tile of `laid`: contours in the tile's coordinates, with scores.
    """
    whole: list[tuple[Contour, float]] = []
    cut: list[tuple[Contour, float]] = []
    slack = SLACK * overlap
    size = np.array([max(t.x + t.width for t in laid), max(t.y + t.height for t in laid)])
    for tile, cells in zip(laid, found, strict=True):
        x0, y0, x1, y1 = tile.owned
        low = np.array([tile.x, tile.y], np.float32)
        high = low + np.array([tile.width, tile.height], np.float32)
        for contour, score in cells:
            here = np.asarray(contour, np.float32) + low
            corner, opposite = np.min(here, axis=0), np.max(here, axis=0)
            x, y = (corner + opposite) / 2
            if x0 - slack <= x <= x1 + slack and y0 - slack <= y <= y1 + slack:
                ends = ((corner < low + 1) & (low > 0)) | ((opposite > high - 1) & (high < size))
                (cut if ends.any() else whole).append((here, score))
    whole = distinct(whole)
    alone = [cell for cell in cut if not any(_near(cell[0], c) and _one_cell(cell[0], c) for c, _ in whole)]
    return distinct([*whole, *alone])


def _near(one: Contour, other: Contour) -> bool:
    a, b = bounds(one), bounds(other)
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def distinct(cells: Sequence[tuple[Contour, float]]) -> list[tuple[Contour, float]]:
    """The cells without doubles and without parts of one another; of two the one with the better score stays.

    A cell with less than that but enough of a score stays instead of parts that fill little of it: the lobes of a
    nucleus are often surer than the pale cell around them. Cells drawn together as one are filled by them.
    """
    order = sorted(range(len(cells)), key=lambda k: (-cells[k][1], k))
    boxes = np.array([bounds(c) for c, _ in cells], np.float64).reshape(-1, 4)
    areas = np.array([area(c) for c, _ in cells])
    kept: list[int] = []
    for k in order:
        if areas[k] <= 0:
            continue
        others = np.array(kept, int)
        low = np.maximum(boxes[others, :2], boxes[k, :2])
        high = np.minimum(boxes[others, 2:], boxes[k, 2:])
        most = np.prod(np.clip(high - low, 0, None), axis=1)
        near = others[most > 0.5 * SAME * np.minimum(areas[others], areas[k])]
        rivals = [int(j) for j in near if _one_cell(cells[k][0], cells[j][0])]
        inner = areas[rivals].sum() < FILLED * areas[k]
        if rivals and inner and all(cells[k][1] >= NEARLY * cells[j][1] for j in rivals):
            kept = [j for j in kept if j not in rivals]
            rivals = []
        if not rivals:
            kept.append(k)
    return [cells[k] for k in sorted(kept, key=order.index)]


def _one_cell(one: Contour, other: Contour) -> bool:
    """Whether two outlines are the same cell, or one is a part of the other."""
    low = np.minimum(bounds(one)[:2], bounds(other)[:2])
    high = np.maximum(bounds(one)[2:], bounds(other)[2:])
    factor = GRID / float((high - low).max())
    first, second = (rasterised((np.asarray(c, np.float64) - low) * factor, (GRID, GRID)) for c in (one, other))
    both, sizes = int((first & second).sum()), (int(first.sum()), int(second.sum()))
    union = sum(sizes) - both
    return bool(union and (both >= SAME * union or both >= WITHIN * max(1, min(sizes))))
