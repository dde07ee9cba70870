"""Text-like regions in a picture: rows of rendered glyphs, as cameras, viewers and scanners write them.

What sets writing apart from cells: thin strokes of one colour, edges one pixel wide, and several of them of like
height on one line. Blood cells are round, blurred by the optics, and never stand in line. A picture is searched
at three scales, so that small captions and large headings are both found. Turned or hand-written text is not.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from core.records import Box, Modality

_SCALES = (1, 2, 4)  # a quarter of the size finds letters four times as high
_SMALLEST_SIDE = 48  # below it there is no room for a row of letters
_CONTRASTS = (45, 90, 150)  # between a stroke and what surrounds it, of 255: faint letters, and bold ones by themselves
_ABOVE_NOISE = 2.5  # least contrast, as a multiple of the usual step from pixel to pixel
_STROKE = 9  # pixels; anything thicker is not a stroke
_HEIGHTS = (6, 48)  # of a glyph
_FILL = (0.12, 0.97)  # share of its box that a glyph inks
_WIDEST = 3.0  # glyphs that touch, as a multiple of their height
_SHARP = 0.4  # share of a stroke's contrast that its edge takes in one pixel
_SAME_COLOUR = 40  # largest difference between two glyphs of a row, of 255
_GLYPHS = 4  # in a row, at least
_ALIKE = 0.55  # height of the lowest letter on a line, as a share of the highest: small beside capital
_ON_THE_LINE = 0.6  # share of a row's glyphs that stand on one line
_MARGIN = 4  # pixels above and below a row that are masked with it
_MOST_CANDIDATES = 4000  # of one search: more strokes than that are a texture, and the strongest are tried

Row = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True, eq=False)
class _Glyph:
    x0: int
    y0: int
    x1: int
    y1: int
    colour: NDArray[np.float32]

    @property
    def height(self) -> int:
        return self.y1 - self.y0


def regions(pixels: NDArray[Any], modality: Modality) -> tuple[Box, ...]:
    """Boxes around rows of text, in image pixels; () if there are none."""
    picture = _eight_bit(pixels[0])[..., None] if modality is Modality.DPC else pixels
    height, width = picture.shape[:2]
    boxes: list[Box] = []
    for scale in _SCALES:
        if min(height, width) // scale < _SMALLEST_SIDE:
            continue
        size = (width // scale, height // scale)
        small = picture if scale == 1 else cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
        boxes += [_enlarged(row, scale, width, height) for row in _rows(small.reshape(size[1], size[0], -1))]
    return tuple(_merged(boxes))


def _rows(picture: NDArray[Any]) -> list[Row]:
    """Rows of glyphs lighter, then darker than their surroundings."""
    side = 2 * _STROKE + 1
    kernel = cv2.getStructuringElement(cv2.MORPH_RECT, (side, side))
    planes = cv2.split(np.ascontiguousarray(picture))
    steps = _strongest([_step(plane) for plane in planes])
    least = _ABOVE_NOISE * float(np.median(steps))
    levels = [level for level in _CONTRASTS if level >= least]
    found: list[Row] = []
    for operation in (cv2.MORPH_TOPHAT, cv2.MORPH_BLACKHAT):
        strength = _strongest([cv2.morphologyEx(plane, operation, kernel) for plane in planes])
        for level in levels:
            found += _lines(_glyphs(picture, strength, steps, level))
    return found


def _step(plane: NDArray[Any]) -> NDArray[Any]:
    """The largest difference between a pixel and its four neighbours."""
    cross = cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))
    return _strongest([cv2.subtract(cv2.dilate(plane, cross), plane), cv2.subtract(plane, cv2.erode(plane, cross))])


def _strongest(planes: list[Any]) -> NDArray[Any]:
    out: NDArray[Any] = planes[0]
    for plane in planes[1:]:
        out = np.maximum(out, plane)
    return out


def _glyphs(picture: NDArray[Any], strength: NDArray[Any], steps: NDArray[Any], level: int) -> list[_Glyph]:
    """Connected strokes of a glyph's size whose edges are sharp."""
    mask = (strength >= level).astype(np.uint8)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    if count == 1:
        return []
    width, height, area = stats[:, 2], stats[:, 3], stats[:, 4]
    fill = area / (width * height)
    edged = np.asarray(labels, dtype=np.intp)[(mask > 0) & (steps >= _SHARP * level)]
    sharp = np.bincount(edged, minlength=count)
    likely = (height >= _HEIGHTS[0]) & (height <= _HEIGHTS[1]) & (width <= _WIDEST * height)
    likely &= (fill > _FILL[0]) & (fill < _FILL[1]) & (sharp >= height)
    likely[0] = False
    candidates = np.flatnonzero(likely)
    if len(candidates) > _MOST_CANDIDATES:
        candidates = candidates[np.argsort(-(sharp / area)[candidates], kind="stable")[:_MOST_CANDIDATES]]
    measured = (_measured(picture, strength, steps, labels, int(n), stats[n]) for n in candidates)
    return [glyph for glyph in measured if glyph is not None]


def _measured(
    picture: NDArray[Any],
    strength: NDArray[Any],
    steps: NDArray[Any],
    labels: NDArray[Any],
    number: int,
    box: NDArray[Any],
) -> _Glyph | None:
    """A glyph, if the edge of its strokes is as sharp as only drawing makes it."""
    x, y, w, h = (int(n) for n in box[:4])
    part = (slice(y, y + h), slice(x, x + w))
    inside = labels[part] == number
    ink = strength[part]
    contrast = float(np.percentile(ink[inside], 75))
    core = inside & (ink >= 0.75 * contrast)
    rim = core & (cv2.erode(core.astype(np.uint8), np.ones((3, 3), np.uint8), borderValue=0) == 0)
    if float(np.median(steps[part][rim])) < _SHARP * contrast:
        return None
    return _Glyph(x, y, x + w, y + h, np.median(picture[part][core].astype(np.float32), axis=0))


def _lines(glyphs: list[_Glyph]) -> list[Row]:
    """Glyphs that follow one another on a line."""
    glyphs = sorted(glyphs, key=lambda glyph: glyph.x0)
    groups: list[list[_Glyph]] = []
    open_groups: list[list[_Glyph]] = []
    for glyph in glyphs:
        open_groups = [g for g in open_groups if glyph.x0 - max(m.x1 for m in g[-4:]) <= _HEIGHTS[1]]
        group = next((g for g in open_groups if any(_follows(member, glyph) for member in g[-4:])), None)
        if group is None:
            group = []
            groups.append(group)
            open_groups.append(group)
        group.append(glyph)
    return [row for group in groups if (row := _row(group)) is not None]


def _follows(left: _Glyph, right: _Glyph) -> bool:
    tall, low = max(left.height, right.height), min(left.height, right.height)
    gap = right.x0 - left.x1
    if tall > 2 * low or not -0.3 * tall <= gap <= tall:
        return False
    overlap = min(left.y1, right.y1) - max(left.y0, right.y0)
    return overlap >= 0.6 * low and float(np.abs(left.colour - right.colour).max()) <= _SAME_COLOUR


def _row(group: list[_Glyph]) -> Row | None:
    if len(group) < _GLYPHS:
        return None
    heights = np.array([glyph.height for glyph in group])
    height = float(np.median(heights))
    feet = np.array([glyph.y1 for glyph in group])
    standing = np.abs(feet - np.median(feet)) <= max(1.0, 0.1 * height)
    x0, y0 = min(g.x0 for g in group), min(g.y0 for g in group)
    x1, y1 = max(g.x1 for g in group), max(g.y1 for g in group)
    alike = standing & (heights >= _ALIKE * heights[standing].max(initial=0))
    if alike.sum() < _GLYPHS or standing.mean() < _ON_THE_LINE or y1 - y0 > 2.2 * height:
        return None
    return x0, y0, x1, y1


def _eight_bit(plane: NDArray[Any]) -> NDArray[Any]:
    low, high = float(plane.min()), float(plane.max())
    return ((plane.astype(np.float32) - low) * (255.0 / max(high - low, 1e-12))).astype(np.uint8)


def _enlarged(row: Row, scale: int, width: int, height: int) -> Box:
    x0, y0, x1, y1 = (n * scale for n in row)
    margin = _MARGIN * scale
    aside = max(margin, y1 - y0)  # a letter that was missed stands at either end
    return (
        float(max(0, x0 - aside)),
        float(max(0, y0 - margin)),
        float(min(width, x1 + aside)),
        float(min(height, y1 + margin)),
    )


def _merged(boxes: list[Box]) -> list[Box]:
    """Boxes that overlap become one, until none do."""
    done: list[Box] = []
    for box in sorted(boxes):
        grown = box
        while touching := [other for other in done if _overlap(other, grown)]:
            done = [other for other in done if other not in touching]
            all_of = [grown, *touching]
            grown = (
                min(b[0] for b in all_of),
                min(b[1] for b in all_of),
                max(b[2] for b in all_of),
                max(b[3] for b in all_of),
            )
        done.append(grown)
    return sorted(done)


def _overlap(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
