"""Regions of a slide as fields at working resolution, laid so that every cell belongs to exactly one of them.

Fields lie on one grid over the whole slide, whatever the regions are, so that the same place is always the same field.
Neighbours overlap, and each owns its middle; the owned parts lie side by side and cover the slide. A cell belongs to
the field that owns its centre, and as the overlap is larger than a cell, that field sees all of it. Two fields may
disagree a little about a centre near a seam: `owned` is generous by SLACK there, and of the two outlines the one that
came first stays.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from core.errors import BadInput
from core.records import Box, Cell
from core.slides.source import Level

SIDE = 2048  # pixels of a field
MARGIN_UM = 20.0  # seen beyond what a field owns, on each side: half of what the largest counted cells measure
MARGIN_PX = 80  # the same where the scale is not known
WORKING_UM = 0.25  # µm per pixel that the networks were made for, nearly
NEAR = 0.2  # a level this near the working resolution is taken as it is, rather than resampled
SLACK = 8.0  # pixels beyond what a field owns in which it may claim a cell that no neighbour holds
LEAST = 0.5  # of a field's own part that must lie in the regions

Spot = tuple[float, float, float]
"""A cell as seams see it: x, y, radius."""


@dataclass(frozen=True, slots=True)
class Region:
    """A rectangle in pixels of the slide's first level."""

    x: int
    y: int
    width: int
    height: int
    score: float | None = None  # how like a monolayer it was found to be, 0 to 1; None: drawn by a person


@dataclass(frozen=True, slots=True)
class Field:
    """One field: where it lies in the slide's first level, how large it is drawn, and which part of it is its own."""

    number: int  # from 1, row by row over the whole slide
    x: int
    y: int
    width: int
    height: int
    out_width: int
    out_height: int
    own: Box  # in pixels of the field

    def id(self, slide_sha256: str) -> str:
        """The same place of the same slide at the same size has the same id: 16 hex digits, as pictures have."""
        place = (slide_sha256, self.x, self.y, self.width, self.height, self.out_width, self.out_height)
        return hashlib.sha256("|".join(map(str, place)).encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Grid:
    """All fields of a slide, row by row."""

    fields: tuple[Field, ...]
    columns: int
    rows: int
    um_per_px: float | None  # of the fields
    factor: float  # pixels of the first level to one of a field


def grid(width: int, height: int, um_per_px: float | None, levels: Sequence[Level]) -> Grid:
    factor = _factor(um_per_px, levels)
    working = None if um_per_px is None else round(um_per_px * factor, 6)
    margin = MARGIN_PX if working is None else math.ceil(MARGIN_UM / working)
    margin = min(margin, SIDE // 4)
    across = _spans(max(1, math.floor(width / factor)), SIDE, 2 * margin)
    down = _spans(max(1, math.floor(height / factor)), SIDE, 2 * margin)
    fields: list[Field] = []
    for y, tall, top, bottom in down:
        for x, wide, left, right in across:
            place = (round(x * factor), round(y * factor), round(wide * factor), round(tall * factor))
            own = (left - x, top - y, right - x, bottom - y)
            fields.append(Field(len(fields) + 1, *place, wide, tall, own))
    return Grid(tuple(fields), len(across), len(down), working, factor)


def chosen(laid: Grid, regions: Iterable[Region]) -> tuple[Field, ...]:
    """The fields whose own part lies at least half in the regions, and of each region the one that holds most of it."""
    corners = np.array([_owned_place(field, laid.factor) for field in laid.fields])
    areas = (corners[:, 2] - corners[:, 0]) * (corners[:, 3] - corners[:, 1])
    covered = np.zeros(len(corners))
    wanted = np.zeros(len(corners), bool)
    for region in regions:
        x0, y0, x1, y1 = region.x, region.y, region.x + region.width, region.y + region.height
        if x1 <= x0 or y1 <= y0:
            raise BadInput("a region with an area", f"{region.width} × {region.height} pixels", "Draw it larger.")
        inside = np.clip(np.minimum(corners[:, 2], x1) - np.maximum(corners[:, 0], x0), 0, None) * np.clip(
            np.minimum(corners[:, 3], y1) - np.maximum(corners[:, 1], y0), 0, None
        )
        if not inside.any():
            raise BadInput("regions on the slide", "one beside it", "Draw it again.")
        covered += inside
        wanted[int(np.argmax(inside))] = True
    wanted |= covered >= LEAST * areas
    return tuple(field for field, is_in in zip(laid.fields, wanted, strict=True) if is_in)


def shuffled(fields: Sequence[Field], seed: int) -> tuple[Field, ...]:
    """A random order that is the same on every machine and in every version."""

    def drawn(field: Field) -> bytes:
        return hashlib.sha256(f"{seed}|{field.number}".encode()).digest()

    return tuple(sorted(fields, key=drawn))


def best_first(fields: Sequence[Field], regions: Sequence[Region]) -> tuple[Field, ...]:
    """By the score of the best region that a field's middle lies in; in it, row by row."""

    def score(field: Field) -> float:
        x, y = field.x + field.width / 2, field.y + field.height / 2
        over = [r for r in regions if r.x <= x < r.x + r.width and r.y <= y < r.y + r.height]
        return max((region.score or 0.0 for region in over), default=0.0)

    return tuple(sorted(fields, key=lambda field: (-score(field), field.number)))


def owned(cells: Sequence[Cell], field: Field, beside: Sequence[Spot] = ()) -> tuple[Cell, ...]:
    """Those that belong to the field. `beside`, in this field's pixels, are cells that its neighbours hold already.

    A cell that lies so near a seam that a neighbour may see its centre on either side counts for whoever sees it first.
    """
    kept = []
    left, top, right, bottom = field.own
    for cell in cells:
        x, y, radius = spot(cell.box)
        if not (left - SLACK <= x < right + SLACK and top - SLACK <= y < bottom + SLACK):
            continue
        if not any(math.hypot(x - bx, y - by) < max(radius, other) for bx, by, other in beside):
            kept.append(cell)
    return tuple(kept)


def spot(box: Box) -> Spot:
    """A cell's centre, and half of its smaller side: no two centres of different cells are nearer than that."""
    x0, y0, x1, y1 = box
    return (x0 + x1) / 2, (y0 + y1) / 2, min(x1 - x0, y1 - y0) / 2


def seen_from(field: Field, other: Field, spots: Iterable[Spot]) -> list[Spot]:
    """Spots of another field in this one's pixels."""
    across, down = field.out_width / field.width, field.out_height / field.height
    wide, tall = other.width / other.out_width, other.height / other.out_height
    return [
        ((other.x + x * wide - field.x) * across, (other.y + y * tall - field.y) * down, radius * wide * across)
        for x, y, radius in spots
    ]


def touch(field: Field, other: Field) -> bool:
    """Do the two show some of the same place?"""
    across = field.x < other.x + other.width and other.x < field.x + field.width
    return across and field.y < other.y + other.height and other.y < field.y + field.height


def _owned_place(field: Field, factor: float) -> Box:
    left, top, right, bottom = field.own
    return field.x + left * factor, field.y + top * factor, field.x + right * factor, field.y + bottom * factor


def _factor(um_per_px: float | None, levels: Sequence[Level]) -> float:
    """Never finer than the slide is; a level that is nearly right is taken as it is."""
    if um_per_px is None or um_per_px >= WORKING_UM * (1 - NEAR):
        return 1.0
    wished = WORKING_UM / um_per_px
    near = [level.downsample for level in levels if abs(level.downsample / wished - 1) <= NEAR]
    return min(near, key=lambda downsample: abs(downsample / wished - 1)) if near else wished


def _spans(length: int, side: int, overlap: int) -> list[tuple[int, int, float, float]]:
    """Start, length, and owned part of the fields along one side, evenly spread."""
    if length <= side:
        return [(0, length, 0.0, float(length))]
    count = math.ceil((length - overlap) / (side - overlap))
    starts = [round(k * (length - side) / (count - 1)) for k in range(count)]
    cuts = [0.0, *((a + side + b) / 2 for a, b in pairwise(starts)), float(length)]
    return [(start, side, cuts[k], cuts[k + 1]) for k, start in enumerate(starts)]
