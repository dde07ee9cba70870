"""Erythrocytes: a pool of sprites per slide, strewn, crowded and stacked over the field."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from models.synthesis.look import Look
from models.synthesis.shapes import Plane, Point, Rng, bent, blob, grain, mask, patch, ripples

POOL = 28
DENT_UM = 0.15  # how much wider than the erythrocyte is the dent it leaves in a cell that flows around it


@lru_cache(maxsize=24)
def sprites(look: Look, um: float) -> tuple[Plane, ...]:
    """Thickness maps of single erythrocytes, as this slide shows them."""
    rng = np.random.default_rng([abs(hash_of(look)), 0xE7])
    return tuple(_sprite(rng, look, um) for _ in range(POOL))


def hash_of(look: Look) -> int:
    """A number that is the same in every process for the same look."""
    return int(look.vignette * 1e12) ^ int(look.blur_um * 1e12) ^ int(look.erythrocyte_um * 1e10)


def _sprite(rng: Rng, look: Look, um: float) -> Plane:
    radius = look.erythrocyte_um * float(np.clip(rng.normal(1, 0.07), 0.8, 1.2))
    window = patch((0.0, 0.0), radius * 1.5, um)
    x, y = bent(rng, window, 0.10, 1.2)
    long = 1 + min(0.35, abs(rng.normal(0, 0.12)))
    turn = rng.uniform(0, np.pi)
    waves = ripples(rng, 0.028, (2, 3, 4, 5))
    if rng.random() < look.crenation:
        waves = np.vstack(
            [waves, [[order, rng.uniform(0.01, 0.04), rng.uniform(0, 6)] for order in (8, 11, 13, 16)]]
        ).astype(np.float32)
    depth = blob(x, y, (0.0, 0.0), (radius * long**0.5, radius / long**0.5), turn, waves)
    inward = np.clip(depth / radius, 0, 1)
    off = radius * rng.normal(0, 0.07, 2)
    hollow = np.hypot((window.x - off[0]) / long**0.5, (window.y - off[1]) * long**0.5) / np.float32(radius)
    pallor = look.pallor * rng.uniform(0.45, 1.15) * (rng.random() > 0.1)
    width = rng.uniform(0.26, 0.50)
    profile = 0.80 + 0.34 * np.sqrt(inward) - pallor * np.exp(-np.power(hollow / width, rng.uniform(2.2, 4.0)))
    profile += 0.22 * near_ring(inward, 0.32)
    tilt = rng.normal(0, 0.05, 2) / radius
    profile *= 1 + tilt[0] * window.x + tilt[1] * window.y
    return (np.maximum(profile, 0.14) * mask(depth, 0.55) * rng.uniform(0.88, 1.1)).astype(np.float32)


def near_ring(inward: Plane, at: float) -> Plane:
    return np.exp(-np.square((inward - np.float32(at)) / np.float32(0.2)))


def layer(
    rng: Rng,
    look: Look,
    shape: tuple[int, int],
    um: float,
    cells: list[tuple[Point, float]],
    fixed: list[Point],
) -> Plane:
    """Thickness of haemoglobin over the field. `cells` (centre, radius in px) are kept clear; `fixed` are given."""
    pool = sprites(look, um)
    thickness = np.zeros(shape, np.float32)
    for x, y in [*fixed, *_places(rng, look, shape, um, cells, fixed)]:
        sprite = pool[int(rng.integers(POOL))]
        turned = np.rot90(sprite, int(rng.integers(4)))
        _added(thickness, turned[::-1] if rng.random() < 0.5 else turned, x, y)
    # Two cells on top of each other do not hold twice the colour: they press each other flat.
    return np.where(thickness > 1, 1 + 0.55 * (thickness - 1), thickness)


def _places(
    rng: Rng,
    look: Look,
    shape: tuple[int, int],
    um: float,
    cells: list[tuple[Point, float]],
    fixed: list[Point],
) -> list[Point]:
    height, width = shape
    radius = look.erythrocyte_um / um
    wanted = int(look.crowding * (height + 2 * radius) * (width + 2 * radius) / (np.pi * radius * radius))
    crowd = grain(rng, (height // 16 + 2, width // 16 + 2), 1.1 * radius / 16 * 2.2)
    taken = np.full((wanted + len(fixed) + 8, 2), -1e9)
    taken[: len(fixed)] = np.reshape(fixed, (-1, 2))
    count, free_from = len(fixed), len(fixed)
    white = np.array([[*center, size] for center, size in cells]).reshape(-1, 3)
    tries = rng.uniform([-radius, -radius], [width + radius, height + radius], (wanted * 14, 2))
    gaps = rng.choice([0.55, 0.82, 0.94, 1.02], wanted * 14, p=[0.06, 0.14, 0.35, 0.45]) * 2 * radius
    chance = rng.random(wanted * 14)
    for spot, gap, luck in zip(tries, gaps, chance, strict=True):
        if count >= free_from + wanted:
            break
        row, column = np.clip(spot[::-1] / 16, 0, np.array(crowd.shape) - 1).astype(int)
        if luck > 1 / (1 + np.exp(-1.8 * (crowd[row, column] + 0.9))):
            continue
        if np.square(taken[:count] - spot).sum(axis=1).min(initial=1e9) < gap * gap:
            continue
        if len(white) and (np.hypot(*(white[:, :2] - spot).T) < white[:, 2] + 0.6 * radius).any():
            continue
        for place in _stack(rng, look, spot, radius, white):
            if count < len(taken):
                taken[count] = place
                count += 1
    return [(float(x), float(y)) for x, y in taken[free_from:count]]


def _stack(
    rng: Rng, look: Look, spot: NDArray[np.float64], radius: float, white: NDArray[np.float64]
) -> list[NDArray[np.float64]]:
    """The erythrocyte itself and, in rouleaux, those that lean on it like a roll of coins."""
    if rng.random() >= look.rouleaux:
        return [spot]
    angle, bend = rng.uniform(0, 2 * np.pi), rng.normal(0, 0.15)
    stack = [spot]
    for _ in range(int(rng.integers(1, 5))):
        angle += bend
        spot = spot + radius * rng.uniform(0.6, 1.1) * np.array([np.cos(angle), np.sin(angle)])
        if len(white) and (np.hypot(*(white[:, :2] - spot).T) < white[:, 2] + 0.72 * radius).any():
            break
        stack.append(spot)
    return stack


def _added(plane: Plane, sprite: Plane, x: float, y: float) -> None:
    side_y, side_x = sprite.shape
    top, left = round(y) - side_y // 2, round(x) - side_x // 2
    y0, y1 = max(0, top), min(plane.shape[0], top + side_y)
    x0, x1 = max(0, left), min(plane.shape[1], left + side_x)
    if y0 < y1 and x0 < x1:
        plane[y0:y1, x0:x1] += sprite[y0 - top : y1 - top, x0 - left : x1 - left]
