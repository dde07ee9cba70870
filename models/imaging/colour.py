"""Colour of Romanowsky stains: the clear background, optical density, and two-stain deconvolution.

Densities are taken relative to the background of the picture itself, so that lamp, white balance and camera
largely cancel. Azure (nuclei, basophilic cytoplasm) absorbs red and green; haemoglobin and eosin absorb green
and blue. The two directions are measured in each picture where it shows both, else taken from `AZURE` and
`HAEMOGLOBIN`.
"""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
AZURE = np.array([0.52, 0.78, 0.34], np.float32)  # unit directions of optical density, R G B
HAEMOGLOBIN = np.array([0.30, 0.70, 0.65], np.float32)
HAEMOGLOBIN /= np.linalg.norm(HAEMOGLOBIN)
AZURE /= np.linalg.norm(AZURE)
NUCLEAR = np.array([1.0, 1.0, -1.0], np.float32)  # density that separates nuclei from erythrocytes in any stain


def background(pixels: NDArray[np.uint8], least: float = 0.15) -> Floats:
    """The colour of clear glass: the brightest prominent peak of the green channel, where erythrocytes absorb.

    `least` is how high a peak must be, relative to the highest, to count as prominent.
    """
    flat = pixels.reshape(-1, 3)
    counts = np.bincount(flat[:, 1], minlength=256).astype(np.float32)
    smooth = cv2.GaussianBlur(counts[None], (0, 0), 3.0, borderType=cv2.BORDER_REFLECT)[0]
    padded = np.concatenate([[-1.0], smooth, [-1.0]])
    peaks = np.flatnonzero((smooth >= padded[:-2]) & (smooth >= padded[2:]) & (smooth >= least * smooth.max()))
    peak = int(peaks[-1])
    near = flat[np.abs(flat[:, 1].astype(np.int16) - peak) <= 6]
    colour = np.median(near, axis=0) if len(near) else flat.max(axis=0)
    return np.maximum(np.asarray(colour, np.float32), 16.0)


def optical_density(pixels: NDArray[Any], clear: NDArray[Any]) -> Floats:
    """-ln(pixel / clear), with a count added so that black stays finite; shaped like the pixels."""
    if pixels.dtype == np.uint8:
        tables = [(np.log(clear[k] + 4.0) - np.log(np.arange(256) + 4.0)).astype(np.float32) for k in range(3)]
        return np.stack([tables[k][pixels[..., k]] for k in range(3)], axis=-1)
    levels = np.asarray(pixels, np.float32)
    return np.asarray(np.log(np.asarray(clear, np.float32) + 4.0) - np.log(levels + 4.0), np.float32)


def nuclear_density(density: Floats) -> Floats:
    """Density that nuclei have and erythrocytes lack, before anything is known of the stain."""
    return np.maximum(np.asarray(density @ NUCLEAR, np.float32), 0.0)


def direction(density: NDArray[Any], otherwise: Floats, least: int = 50) -> Floats:
    """The unit direction of a set of densities (n, 3); `otherwise` when there are too few of them."""
    if len(density) < least:
        return otherwise
    middle = np.maximum(np.median(density, axis=0), 0.0)
    length = float(np.linalg.norm(middle))
    return np.asarray(middle / length, np.float32) if length > 0.05 else otherwise


def deconvolved(density: Floats, azure: Floats, haemoglobin: Floats) -> Floats:
    """Concentrations (…, 2) of azure and haemoglobin by least squares; signed, so that noise averages out.

    Two directions closer than about 8 degrees cannot be told apart: the standard pair is used instead.
    """
    if float(azure @ haemoglobin) > 0.99:
        azure, haemoglobin = AZURE, HAEMOGLOBIN
    inverse = np.linalg.pinv(np.stack([azure, haemoglobin]))
    return np.asarray(density @ inverse.astype(np.float32), np.float32)


def balanced(pixels: NDArray[np.uint8], clear: NDArray[Any]) -> NDArray[np.uint8]:
    """The picture as it would look on a neutral background of 240."""
    scaled = [np.clip(np.arange(256) * (240.0 / clear[k]), 0, 255).astype(np.uint8) for k in range(3)]
    return np.stack([scaled[k][pixels[..., k]] for k in range(3)], axis=-1)


def lab(pixels: NDArray[np.uint8]) -> Floats:
    """CIE L*a*b* of 8-bit sRGB: L 0–100, a and b about -128–127."""
    return np.asarray(cv2.cvtColor(pixels.astype(np.float32) / 255.0, cv2.COLOR_RGB2LAB), np.float32)
