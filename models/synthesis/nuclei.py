"""Forms of nuclei: each draws a depth map on (bent) coordinates around the cell's centre.

`radius` is half the diameter of the whole figure, whatever its form: a band's horseshoe is as wide as a myelocyte's
round nucleus. The figure lies around `middle`; `turn` is the way it faces.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import numpy as np

from models.synthesis.shapes import Plane, Point, Rng, blob, chain, ripples

Form = Callable[[Rng, Plane, Plane, Point, float, float], Plane]


def round_(rng: Rng, x: Plane, y: Plane, middle: Point, radius: float, turn: float) -> Plane:
    long = 1 + abs(rng.normal(0, 0.13))
    return blob(
        x,
        y,
        middle,
        (radius * long**0.5, radius / long**0.5),
        turn + rng.uniform(0, np.pi),
        ripples(rng, 0.04, (2, 3, 4, 5)),
    )


def disc(rng: Rng, x: Plane, y: Plane, middle: Point, radius: float, turn: float) -> Plane:
    """The compact, almost perfectly round nucleus of an erythroblast."""
    long = 1 + abs(rng.normal(0, 0.07))
    return blob(x, y, middle, (radius * long**0.5, radius / long**0.5), turn, ripples(rng, 0.018, (2, 3, 4)))


def notched(rng: Rng, x: Plane, y: Plane, middle: Point, radius: float, turn: float) -> Plane:
    """Round with a cleft: a thin wedge taken out of one side."""
    body = round_(rng, x, y, middle, radius, turn)
    for _ in range(1 + (rng.random() < 0.25)):
        facing = rng.uniform(0, 2 * np.pi)
        reach = np.linspace(1.15, rng.uniform(0.5, 0.82), 5) * radius
        sway = facing + np.cumsum(rng.normal(0, 0.07, 5))
        points = np.stack([middle[0] + reach * np.cos(sway), middle[1] + reach * np.sin(sway)], axis=1)
        cleft = chain(x, y, points, np.linspace(rng.uniform(0.05, 0.22), 0.03, 5) * radius)
        body = np.minimum(body, -cleft)
    return body


def indented(rng: Rng, x: Plane, y: Plane, middle: Point, radius: float, turn: float) -> Plane:
    """The kidney of a metamyelocyte: the bite is less than half as deep as the nucleus is wide."""
    bite = rng.uniform(0.42, 0.66)
    away = radius * rng.uniform(0.92, 1.1)
    body = blob(x, y, middle, (radius * 0.84, radius * 1.06), turn, ripples(rng, 0.04))
    hollow = (middle[0] + away * np.cos(turn), middle[1] + away * np.sin(turn))
    return np.minimum(body, -blob(x, y, hollow, (radius * bite, radius * bite * 0.85), turn, ripples(rng, 0.05)))


def band(rng: Rng, x: Plane, y: Plane, middle: Point, radius: float, turn: float) -> Plane:
    """One even ribbon, bent to a C, a U or a lazy S."""
    steps = 22
    thick = radius * rng.uniform(0.29, 0.38)
    span = rng.uniform(2.6, 4.5)
    arc = np.linspace(-span / 2, span / 2, steps)
    if rng.random() < 0.2:  # an S
        along = np.linspace(-1, 1, steps) * (radius - thick)
        across = np.sin(np.linspace(-2.2, 2.2, steps)) * radius * 0.42
        points = np.stack([along, across], axis=1)
    else:
        ring = radius - thick
        stretch = rng.uniform(0.78, 1.0)
        points = np.stack([ring * np.cos(arc + np.pi), ring * stretch * np.sin(arc + np.pi)], axis=1)
        points -= 0.5 * points.mean(axis=0)
    widths = thick * (1 + 0.13 * np.sin(np.linspace(0, rng.uniform(3, 9), steps) + rng.uniform(0, 6)))
    return chain(x, y, _placed(points, middle, turn), widths)


def horseshoe(rng: Rng, x: Plane, y: Plane, middle: Point, radius: float, turn: float) -> Plane:
    """The thick, soft C of a monocyte."""
    steps = 16
    thick = radius * rng.uniform(0.44, 0.56)
    arc = np.linspace(-0.5, 0.5, steps) * rng.uniform(2.4, 4.2) + np.pi
    ring = radius - thick
    points = np.stack([ring * np.cos(arc), ring * np.sin(arc)], axis=1)
    points -= 0.4 * points.mean(axis=0)
    widths = thick * (1 + 0.16 * np.sin(np.linspace(0, 6, steps) + rng.uniform(0, 6)))
    return chain(x, y, _placed(points, middle, turn), widths)


def folded(rng: Rng, x: Plane, y: Plane, middle: Point, radius: float, turn: float) -> Plane:
    """Two to four broad bulges grown together: the folded, brain-like nucleus of monocytes."""
    count = int(rng.integers(2, 5))
    facing = turn + np.arange(count) * 2 * np.pi / count + rng.normal(0, 0.35, count)
    deep = blob(x, y, middle, (radius * 0.92, radius * 0.74), turn, ripples(rng, 0.05))
    for angle in facing:
        size = radius * rng.uniform(0.48, 0.66)
        away = radius - size * rng.uniform(0.9, 1.05)
        spot = (middle[0] + away * np.cos(angle), middle[1] + away * np.sin(angle))
        deep = np.maximum(deep, blob(x, y, spot, (size, size * rng.uniform(0.8, 1.1)), angle, ripples(rng, 0.05)))
    return deep


def lobulated(rng: Rng, x: Plane, y: Plane, middle: Point, radius: float, turn: float) -> Plane:
    """The budding, clover-like nucleus of a dysplastic or late erythroblast."""
    count = int(rng.integers(3, 6))
    leaves = turn + np.arange(count) * 2 * np.pi / count + rng.normal(0, 0.2, count)
    sizes = radius * rng.uniform(0.36, 0.5, count)
    points = np.stack([(radius - sizes) * np.cos(leaves), (radius - sizes) * np.sin(leaves)], axis=1) + middle
    return np.maximum(blob(x, y, middle, (radius * 0.62, radius * 0.62), 0.0), chain(x, y, points, sizes))


def lobes(rng: Rng, x: Plane, y: Plane, middle: Point, radius: float, turn: float) -> Plane:
    """Two to five lobes on an arc, each joined to the next by a filament."""
    return _lobed(rng, x, y, middle, radius, turn, int(rng.choice([2, 3, 4, 5], p=[0.16, 0.44, 0.31, 0.09])))


def bilobed(rng: Rng, x: Plane, y: Plane, middle: Point, radius: float, turn: float) -> Plane:
    return _lobed(rng, x, y, middle, radius, turn, 2 if rng.random() < 0.85 else 3)


def _lobed(rng: Rng, x: Plane, y: Plane, middle: Point, radius: float, turn: float, count: int) -> Plane:
    size = radius * {2: 0.54, 3: 0.46, 4: 0.40, 5: 0.36}[count]
    span = {2: 2.5, 3: 3.5, 4: 4.4, 5: 5.1}[count] * rng.uniform(0.85, 1.08)
    arc = np.linspace(-span / 2, span / 2, count) + rng.normal(0, 0.12, count) + np.pi
    ring = (radius - size * 0.95) * rng.uniform(0.86, 1.06, count)
    points = np.stack([ring * np.cos(arc), ring * np.sin(arc)], axis=1)
    points = _placed(points - 0.45 * points.mean(axis=0), middle, turn)
    deep = np.full(x.shape, -np.inf, np.float32)
    for px, py in points:
        long = rng.uniform(1.0, 1.42)
        area = size * rng.uniform(0.86, 1.12)
        lobe = blob(x, y, (px, py), (area * long**0.6, area / long**0.6), rng.uniform(0, np.pi), ripples(rng, 0.075))
        np.maximum(deep, lobe, out=deep)
    for first, second in pairwise(points):
        part = np.linspace(0.1, 0.9, 9)[:, None]
        bow = rng.normal(0, 0.14) * np.array([second[1] - first[1], first[0] - second[0]])
        thread = (1 - part) * first + part * second + np.sin(np.pi * part) * bow
        thin = size * (rng.uniform(0.16, 0.3) if rng.random() < 0.7 else rng.uniform(0.4, 0.62))
        np.maximum(deep, chain(x, y, thread, np.full(9, thin)), out=deep)
    return deep


def _placed(points: np.ndarray, middle: Point, turn: float) -> np.ndarray:
    cosine, sine = np.cos(turn), np.sin(turn)
    return points @ np.array([[cosine, sine], [-sine, cosine]]) + np.array(middle)


FORMS: dict[str, Form] = {
    "round": round_,
    "disc": disc,
    "notched": notched,
    "indented": indented,
    "band": band,
    "horseshoe": horseshoe,
    "folded": folded,
    "lobulated": lobulated,
    "lobes": lobes,
    "bilobed": bilobed,
}
