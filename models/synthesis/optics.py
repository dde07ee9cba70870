"""From absorbance to a photograph: light, lens, camera."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from models.synthesis.look import Look
from models.synthesis.shapes import Plane, Rng, grain

FALL_PX = 640  # half the width of the field that the lens lights: a small picture sees only its flat middle


def photograph(rng: Rng, absorbance: Plane, look: Look, um: float) -> NDArray[np.uint8]:
    """(H, W, 3) absorbance → 8-bit colour, blurred, lit, sharpened and noisy as this slide's camera would."""
    image = np.exp(absorbance * np.float32(-np.log(10)))
    image = _focused(rng, image, look, um)
    image = _fringed(image, look.fringe_px)
    if look.sharpening > 0:
        soft = cv2.GaussianBlur(image, (0, 0), max(0.28 / um, 0.8))
        image = cv2.addWeighted(image, 1 + look.sharpening, soft, -look.sharpening, 0)
    image *= _light(rng, image.shape[:2], look)
    _noisy(rng, image, look)
    return np.clip(np.rint(image), 0, 255).astype(np.uint8)


def _focused(rng: Rng, image: Plane, look: Look, um: float) -> Plane:
    """The lens blurs everywhere; where the slide is tilted, a little more."""
    sharp = cv2.GaussianBlur(image, (0, 0), max(look.blur_um / um, 0.35))
    if look.defocus_um <= 0.01:
        return sharp
    blurred = cv2.GaussianBlur(sharp, (0, 0), max(look.defocus_um * 1.6 / um, 0.3))
    height, width = image.shape[:2]
    down, across = rng.uniform(-1, 1, 2)
    y, x = np.linspace(-down, down, height)[:, None], np.linspace(-across, across, width)[None]
    share = np.clip(0.5 + 0.5 * (x + y), 0, 1).astype(np.float32)[..., None]
    return sharp + share * (blurred - sharp)


def _fringed(image: Plane, fringe_px: float) -> Plane:
    """Red and blue are magnified unequally: colour fringes towards the corners."""
    if abs(fringe_px) < 0.05:
        return image
    height, width = image.shape[:2]
    out = image.copy()
    for channel, sign in ((0, 1.0), (2, -1.0)):
        zoom = 1 + sign * fringe_px / np.hypot(height, width) * 2
        move = np.array([[zoom, 0, (1 - zoom) * width / 2], [0, zoom, (1 - zoom) * height / 2]])
        out[..., channel] = cv2.warpAffine(
            np.ascontiguousarray(image[..., channel]),
            move,
            (width, height),
            flags=cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_REPLICATE,
        )
    return out


def _light(rng: Rng, shape: tuple[int, int], look: Look) -> Plane:
    height, width = shape
    y0, x0 = rng.normal(0, 0.12, 2)
    y = (np.arange(height)[:, None] - height / 2) / FALL_PX - y0
    x = (np.arange(width)[None] - width / 2) / FALL_PX - x0
    fall = (1 - look.vignette * (x * x + y * y) / 2).astype(np.float32)
    return fall[..., None] * np.array(look.light, np.float32)


def _noisy(rng: Rng, image: Plane, look: Look) -> None:
    """Shot noise, which demosaicing spreads over all three colours; slower blotches of colour beside it."""
    level = np.sqrt(np.maximum(image[..., 1], 0)) * np.float32(look.noise / 16 * 0.8)
    image += (level * rng.standard_normal(image.shape[:2], dtype=np.float32))[..., None]
    for channel, size in enumerate((0.7, 0.35, 1.0)):
        image[..., channel] += np.float32(look.noise * size * 0.6) * grain(rng, image.shape[:2], 1.7)
