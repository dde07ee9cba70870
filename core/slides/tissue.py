"""Where on a slide cells can be told from one another: a map of it, found at low power, and regions to propose.

The slide is walked once in strips at about 1 µm per pixel, in squares of some 128 µm. Of each square is measured: how
much of it cells cover, how much of that lies in more than one layer, how much is nucleus, and how sharp it is. A
monolayer is covered well, hardly overlaps, is sharp, and may hold nuclei. Same slide, same regions.

It is a proposal for a person to look at: the scores order places of one slide and compare no two slides.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from core.slides.fields import WORKING_UM, Region
from core.slides.reading import Slide

SQUARE_UM = 128.0
LOOK_UM = 1.0  # µm per pixel of the look: an erythrocyte is seven or eight pixels wide
COARSE = 1024  # pixels of the look that tells how bright bare glass is
STAINED = 0.06  # absorbance in green above which a pixel is covered
NUCLEAR, BLUE = 0.30, 0.45  # of a nucleus: absorbance in green at least, and in blue at most that much of it
TWICE = 1.55  # times the absorbance of one layer: more is an overlap
THIN = (0.03, 0.30)  # covered so much, a square tells what one layer absorbs
COVER = (0.10, 0.28, 0.70, 0.90)  # of a monolayer: rising, good, good, falling
OVERLAP = (0.18, 0.50)  # of what is covered: good up to the first, bad from the second
LEAST_SCORE, LEAST_OF_BEST = 0.25, 0.55  # of a square in a region
LEAST_SQUARES = 4
MOST_REGIONS = 6

Plane = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """A number for each square of the slide, row by row, and what follows from them."""

    square: int  # pixels of the first level along its side
    cover: Plane
    overlap: Plane
    nuclei: Plane
    focus: Plane  # of the sharpest squares: 1
    score: Plane  # how like a monolayer, 0 to 1
    regions: tuple[Region, ...]  # the best first

    @property
    def tissue(self) -> NDArray[np.bool_]:
        """Squares with anything stained on them."""
        return self.cover > 0.02


def found(slide: Slide) -> Found:
    """Look the whole slide over at low power; seconds for a large one, and the memory of one strip."""
    um = slide.um_per_px or WORKING_UM
    square = max(16, round(SQUARE_UM / um))
    pixels = max(8, round(SQUARE_UM / LOOK_UM))  # of a square's look
    columns, rows = max(1, slide.width // square), max(1, slide.height // square)
    glass = _glass(slide)
    measured = np.zeros((4, rows, columns), np.float32)
    for row, strip in enumerate(_strips(slide, square, pixels, columns, rows)):
        measured[:, row] = _measured(_absorbed(strip, glass), pixels)
    cover, middle, nuclei, edges = measured
    focus = _focus(np.where(cover > STAINED, edges, 0))
    overlap = np.zeros((rows, columns), np.float32)
    layer = _one_layer(cover, middle, focus)
    for row, strip in enumerate(_strips(slide, square, pixels, columns, rows)):
        if (cover[row] > STAINED).any():
            overlap[row] = _overlaps(_absorbed(strip, glass), pixels, layer)
    score = _score(cover, overlap, nuclei, focus)
    return Found(square, cover, overlap, nuclei, focus, score, _regions(score, square))


def _glass(slide: Slide) -> Plane:
    """The colour of bare glass: the bright end of the whole slide."""
    small = slide.overview(COARSE).reshape(-1, 3)
    bright = small.sum(axis=1)
    glass: Plane = np.median(small[bright >= np.percentile(bright, 95)], axis=0).astype(np.float32)
    return glass


def _strips(slide: Slide, square: int, pixels: int, columns: int, rows: int) -> Iterator[NDArray[np.uint8]]:
    for row in range(rows):
        yield slide.scaled(0, row * square, columns * square, square, columns * pixels, pixels)


def _absorbed(strip: NDArray[np.uint8], glass: Plane) -> Plane:
    light = np.maximum(strip.astype(np.float32), 1.0)
    return np.asarray(np.log10(np.maximum(glass, 1.0) / light), np.float32)


def _measured(absorbed: Plane, pixels: int) -> Plane:
    """Of each square of a strip: cover, middle absorbance of what is covered, nuclei, edges."""
    green, blue = absorbed[..., 1], absorbed[..., 2]
    covered = green > STAINED
    nuclear = (green > NUCLEAR) & (blue < BLUE * green)
    steep = np.abs(cv2.Laplacian(green, cv2.CV_32F))
    out = np.zeros((4, absorbed.shape[1] // pixels), np.float32)
    for column in range(out.shape[1]):
        part = np.s_[:, column * pixels : (column + 1) * pixels]
        inside = covered[part]
        out[0, column], out[2, column] = inside.mean(), nuclear[part].mean()
        if inside.any():
            plain = green[part][inside & ~nuclear[part]]
            out[1, column] = np.median(plain) if plain.size else 0
            # Against what there is to be seen: a thin square has weaker edges than a thick one, and may be as sharp.
            edges, depth = (float(np.percentile(plane[part][inside], 90)) for plane in (steep, green))
            out[3, column] = edges / max(depth, 0.02)
    return out


def _focus(sharp: Plane) -> Plane:
    """How steep edges are for what they rise to, against the sharpest squares of the slide."""
    best = float(np.percentile(sharp[sharp > 0], 90)) if sharp.any() else 1.0
    return np.asarray(np.clip(sharp / best, 0, 1), np.float32)


def _one_layer(cover: Plane, middle: Plane, focus: Plane) -> float:
    """What one layer of cells absorbs in green: as in thin squares, or as in the lighter ones where none is thin."""
    sharp = (middle > 0) & (focus > 0.5)
    thin = sharp & (cover > THIN[0]) & (cover < THIN[1])
    if thin.sum() >= 3:
        return float(np.median(middle[thin]))
    some = middle[sharp & (cover > THIN[0])]
    return float(np.percentile(some, 10)) if some.size else 1.0


def _overlaps(absorbed: Plane, pixels: int, layer: float) -> Plane:
    """Of each square of a strip: how much of what is covered, nuclei aside, absorbs like two layers or more."""
    green, blue = absorbed[..., 1], absorbed[..., 2]
    plain = (green > STAINED) & ~((green > NUCLEAR) & (blue < BLUE * green))
    deep = plain & (green > TWICE * layer)
    out = np.zeros(absorbed.shape[1] // pixels, np.float32)
    for column in range(len(out)):
        part = np.s_[:, column * pixels : (column + 1) * pixels]
        out[column] = deep[part].sum() / max(1, plain[part].sum())
    return out


def _score(cover: Plane, overlap: Plane, nuclei: Plane, focus: Plane) -> Plane:
    rising, good, still, falling = COVER
    covered = np.clip((cover - rising) / (good - rising), 0, 1) * np.clip((falling - cover) / (falling - still), 0, 1)
    apart = np.clip((OVERLAP[1] - overlap) / (OVERLAP[1] - OVERLAP[0]), 0, 1)
    some = nuclei[nuclei > 0]
    usual = float(np.percentile(some, 75)) if some.size else 1.0
    with_nuclei = 0.8 + 0.2 * np.clip(nuclei / max(usual, 1e-6), 0, 1)
    raw = (covered * apart * focus * with_nuclei).astype(np.float32)
    # A square between good ones is good, and a single one among bad ones is not: regions are looked at as a whole.
    return np.asarray(cv2.blur(cv2.medianBlur(raw, 3), (3, 3), borderType=cv2.BORDER_REPLICATE), np.float32)


def _regions(score: Plane, square: int) -> tuple[Region, ...]:
    """The largest rectangles of good squares, one after another, none over another; the best first."""
    if not score.size or score.max() < LEAST_SCORE:
        return ()
    free = score >= max(LEAST_SCORE, LEAST_OF_BEST * float(score.max()))
    regions: list[Region] = []
    while len(regions) < MOST_REGIONS:
        top, left, tall, wide = _largest(free)
        if tall * wide < LEAST_SQUARES:
            break
        part = np.s_[top : top + tall, left : left + wide]
        mean = round(float(score[part].mean()), 4)
        regions.append(Region(left * square, top * square, wide * square, tall * square, mean))
        free[part] = False
    return tuple(sorted(regions, key=lambda region: (-(region.score or 0), region.y, region.x)))


def _largest(free: NDArray[np.bool_]) -> tuple[int, int, int, int]:
    """Top, left, height and width of the largest rectangle of free squares; of equals the one that ends highest up,
    then the leftmost, then the narrowest. Each square is pushed and popped once, however much of the slide is free."""
    best, area = (0, 0, 0, 0), 0
    above = np.zeros(free.shape[1] + 1, int)  # the last column is never free: it ends whatever is still open
    for row, its in enumerate(free):
        above[:-1] = np.where(its, above[:-1] + 1, 0)
        largest = max(_under(above.tolist()), key=lambda one: (one[0] * one[2], -one[1], -one[2]), default=(0, 0, 0))
        tall, left, wide = largest
        if tall * wide > area:
            area, best = tall * wide, (row - tall + 1, left, tall, wide)
    return best


def _under(heights: Sequence[int]) -> Iterator[tuple[int, int, int]]:
    """Height, left end and width of every rectangle under a skyline that can grow no further. It ends on the ground."""
    rising: list[tuple[int, int]] = []  # (height, left end), each higher than the one before
    for column, height in enumerate(heights):
        left = column
        while rising and rising[-1][0] > height:
            tall, left = rising.pop()
            yield tall, left, column - left
        if height and (not rising or rising[-1][0] < height):
            rising.append((height, left))
