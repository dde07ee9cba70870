"""A training field in another stain and through another camera."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from models.imaging import colour

Rng = np.random.Generator
Floats = NDArray[np.float32]


def photographed(rng: Rng, pixels: NDArray[np.uint8], across: float, clear: Floats) -> NDArray[np.uint8]:
    """The field in another stain and through another camera; one in twelve is left as it is."""
    if rng.random() < 1 / 12:
        return pixels
    density = colour.optical_density(pixels, clear)
    strength = float(np.exp(rng.normal(0, 0.12)))
    look = rng.random()
    if look < 0.15:
        strength *= float(rng.uniform(0.35, 0.75))  # pale
    elif look < 0.3:
        strength *= float(rng.uniform(1.2, 1.9))  # dark
    mix = np.eye(3) + rng.normal(0, 0.06, (3, 3))
    mix *= np.exp(rng.normal(0, rng.choice([0.1, 0.22]), 3))[None]  # blue, pink, grey: what each channel takes up
    if rng.random() < 0.35:  # cytoplasm fainter beside the nucleus, or stronger
        share = float(rng.uniform(-0.25, 0.6))
        density = (1 - share) * density + (share / 0.9) * density * np.abs(density)
    density = density @ (strength * mix).astype(np.float32)
    glass = _glass(rng, clear)
    seen = glass * np.exp(-density)
    if rng.random() < 0.3:
        seen *= _uneven(rng, pixels.shape[0])[..., None]
    seen = np.clip(seen, 0, 255)
    if rng.random() < 0.4:
        levels = 255 * np.linspace(0, 1, 256) ** np.exp(rng.normal(0, 0.25))
        seen = levels.astype(np.float32)[seen.astype(np.uint8)]
    if rng.random() < 0.5:
        seen = cv2.GaussianBlur(seen, (0, 0), float(rng.uniform(0.3, 0.3 + min(2.2, 0.025 * across + 0.3))))
    if rng.random() < 0.4:
        grain = rng.standard_normal(pixels.shape[:2], dtype=np.float32) * float(rng.uniform(1, 9))
        seen = seen + grain[..., None] * rng.uniform(0.6, 1.2, 3).astype(np.float32)
    out = np.clip(seen, 0, 255).astype(np.uint8)
    if rng.random() < 0.35:
        quality = [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(25, 92))]
        out = cv2.imdecode(cv2.imencode(".jpg", out, quality)[1], cv2.IMREAD_COLOR)
    return np.asarray(out, np.uint8)


def _glass(rng: Rng, clear: Floats) -> Floats:
    """The colour of the empty slide: near what it was, or any light tint, or dim."""
    if rng.random() < 0.6:
        made = clear * np.exp(rng.normal(0, 0.06, 3))
    else:
        made = rng.uniform(200, 255) * np.exp(-np.abs(rng.normal(0, 0.12, 3)))
    if rng.random() < 0.12:
        made = made * rng.uniform(0.55, 0.85)
    return np.clip(made, 70, 262).astype(np.float32)


def _uneven(rng: Rng, side: int) -> Floats:
    """Light that falls off across the field."""
    y, x = np.mgrid[-1 : 1 : side * 1j, -1 : 1 : side * 1j].astype(np.float32)
    turn = rng.uniform(0, 2 * np.pi)
    slope = rng.uniform(0, 0.2) * (np.cos(turn) * x + np.sin(turn) * y)
    return np.asarray(1 + slope - rng.uniform(0, 0.15) * (x**2 + y**2), np.float32)
