"""Outlines as depth maps: each pixel holds how far inside the outline it lies, in micrometres (negative: outside).

Depth maps join by maximum, cut by minimum, soften into masks, and their zero line is the exact contour.
Coordinates are continuous: the centre of pixel (row i, column j) lies at x = j + 0.5, y = i + 0.5.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, floor

import cv2
import numpy as np
from numpy.typing import NDArray
from skimage.measure import find_contours

Plane = NDArray[np.float32]
Rng = np.random.Generator
Point = tuple[float, float]


@dataclass(frozen=True, slots=True, eq=False)
class Patch:
    """A square window of the field around one cell: `x`, `y` are micrometres from the cell's centre."""

    left: int
    top: int
    um: float
    x: Plane
    y: Plane

    @property
    def side(self) -> int:
        return int(self.x.shape[0])

    def grain(self, rng: Rng, size_um: float) -> Plane:
        """Noise whose blots have the standard deviation `size_um`."""
        return grain(rng, self.x.shape, size_um / self.um)


def patch(center: Point, reach_um: float, um: float) -> Patch:
    """The window that holds everything within `reach_um` of `center` (pixels)."""
    reach = ceil(reach_um / um) + 2
    left, top = floor(center[0]) - reach, floor(center[1]) - reach
    steps = np.arange(2 * reach + 1, dtype=np.float32) + 0.5
    x, y = np.meshgrid((left + steps - center[0]) * um, (top + steps - center[1]) * um)
    return Patch(left, top, um, x.astype(np.float32), y.astype(np.float32))


def grain(rng: Rng, shape: tuple[int, ...], sigma: float) -> Plane:
    """Band-limited noise of unit variance; `sigma` in pixels. Coarse noise is made small and enlarged."""
    height, width = shape[0], shape[1]
    step = max(1, int(sigma / 1.6))
    rows, columns = ceil(height / step) + 4, ceil(width / step) + 4
    noise = rng.standard_normal((rows, columns), dtype=np.float32)
    if sigma / step > 0.25:
        noise = cv2.GaussianBlur(noise, (0, 0), sigma / step, borderType=cv2.BORDER_REFLECT)
        noise *= np.float32(2 * np.sqrt(np.pi) * max(sigma / step, 0.4))  # white noise blurred by σ keeps 1/(4πσ²)
    if step > 1:
        noise = cv2.resize(noise, (columns * step, rows * step), interpolation=cv2.INTER_CUBIC)
    return np.ascontiguousarray(noise[2 * step : 2 * step + height, 2 * step : 2 * step + width])


def bent(rng: Rng, window: Patch, amount_um: float, size_um: float) -> tuple[Plane, Plane]:
    """The window's coordinates pushed about by noise: what is drawn on them comes out irregular."""
    slow, quick = np.float32(amount_um), np.float32(min(0.05, 0.3 * amount_um))
    return (
        window.x + slow * window.grain(rng, size_um) + quick * window.grain(rng, 0.25),
        window.y + slow * window.grain(rng, size_um) + quick * window.grain(rng, 0.25),
    )


def blob(x: Plane, y: Plane, center: Point, radii: Point, angle: float, waves: Plane | None = None) -> Plane:
    """An ellipse whose radius is rippled by `waves`: rows of (order, amplitude, phase)."""
    cosine, sine = np.float32(np.cos(angle)), np.float32(np.sin(angle))
    dx, dy = x - np.float32(center[0]), y - np.float32(center[1])
    u, v = (cosine * dx + sine * dy) / np.float32(radii[0]), (cosine * dy - sine * dx) / np.float32(radii[1])
    rho = np.hypot(u, v)
    edge: Plane | float = 1.0
    if waves is not None and len(waves):
        turn = np.linspace(-np.pi, np.pi, 361, dtype=np.float32)
        ripple = 1 + (waves[:, 1:2] * np.cos(waves[:, :1] * turn + waves[:, 2:3])).sum(axis=0)
        position = (np.arctan2(v, u) + np.float32(np.pi)) * np.float32(360 / (2 * np.pi))
        low = np.minimum(position.astype(np.int32), 359)
        part = position - low
        edge = (ripple[low] * (1 - part) + ripple[low + 1] * part).astype(np.float32)
    return ((edge - rho) * np.float32(min(radii))).astype(np.float32)


def ripples(rng: Rng, amount: float, orders: tuple[int, ...] = (2, 3, 4, 5, 6, 7)) -> Plane:
    """Random waves for `blob`, weaker the finer."""
    order = np.array(orders, np.float32)
    size = amount * np.abs(rng.normal(0, 1, len(order))) / order**0.9
    return np.stack([order, size, rng.uniform(0, 2 * np.pi, len(order))], axis=1).astype(np.float32)


def chain(x: Plane, y: Plane, points: NDArray[np.float64], radii: NDArray[np.float64]) -> Plane:
    """The union of discs along a skeleton: bands, lobes and the filaments between them."""
    deep = np.full(x.shape, -np.inf, np.float32)
    for (px, py), radius in zip(points, radii, strict=True):
        np.maximum(deep, np.float32(radius) - np.hypot(x - np.float32(px), y - np.float32(py)), out=deep)
    return deep


def smoothed(depth: Plane, window: Patch, size_um: float) -> Plane:
    """Creases and corners of a joined map rounded off."""
    return cv2.GaussianBlur(depth, (0, 0), max(size_um / window.um, 0.3)) if size_um > 0 else depth


def mask(depth: Plane, softness_um: float) -> Plane:
    """0 outside, 1 inside, a smooth step of about `softness_um` between."""
    step = np.clip(depth / np.float32(softness_um) + np.float32(0.5), 0, 1)
    return step * step * (3 - 2 * step)


def near(depth: Plane, at_um: float, width_um: float) -> Plane:
    """A ridge along the line `at_um` inside the outline."""
    return np.exp(-np.square((depth - np.float32(at_um)) / np.float32(width_um)))


def main_part(depth: Plane) -> Plane:
    """The map with every part but the largest sunk below zero."""
    count, parts, stats, _ = cv2.connectedComponentsWithStats((depth > 0).astype(np.uint8), connectivity=4)
    if count <= 2:
        return depth
    largest = 1 + int(np.argmax(stats[1:, cv2.CC_STAT_AREA]))
    return np.where((parts == largest) | (depth <= 0), depth, np.float32(-0.05))


def rings(depth: Plane, window: Patch, shape: tuple[int, int], least_px: float = 12.0) -> list[NDArray[np.float32]]:
    """The zero lines of `depth` in field pixels, cut off at the field's border, the largest first."""
    height, width = shape
    top, left = max(0, -window.top), max(0, -window.left)
    bottom, right = min(window.side, height - window.top), min(window.side, width - window.left)
    if bottom - top < 2 or right - left < 2:
        return []
    seen = np.pad(np.pad(depth[top:bottom, left:right], 1, mode="edge"), 1, constant_values=-1e3)
    x0, y0 = left + window.left - 1.5, top + window.top - 1.5
    found = []
    for line in find_contours(seen, 0.0, fully_connected="low"):
        ring = line[:-1, ::-1] + np.array([x0, y0])
        ring = np.clip(ring, 0, [width, height]).astype(np.float32)
        size = enclosed(ring)
        if size >= least_px:  # holes run the other way round and come out negative
            found.append((size, ring))
    return [ring for _, ring in sorted(found, key=lambda pair: -pair[0])]


def enclosed(ring: NDArray[np.float32]) -> float:
    """The signed area of a ring; positive for the outer lines that `find_contours` draws around high ground."""
    x, y = ring.astype(np.float64).T
    return float(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1))) / 2
