"""Small slides in real formats, written by tifffile as scanners write them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import tifffile
from numpy.typing import NDArray

JPEG: dict[str, Any] = {"tile": (256, 256), "compression": "jpeg", "photometric": "rgb"}
APERIO = "Aperio Image Library v12.0.0\n{w}x{h} [0,0 {w}x{h}] (256x256) JPEG/RGB|AppMag = 40|MPP = 0.2500|Patient = N"


def scene(width: int = 3000, height: int = 2200, seed: int = 1) -> NDArray[np.uint8]:
    """A smooth coloured picture, in which every place looks different."""
    coarse = np.random.default_rng(seed).integers(0, 256, (height // 50, width // 50, 3), np.uint8)
    return np.asarray(cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC), dtype=np.uint8)


def halved(pixels: NDArray[np.uint8], times: int) -> list[NDArray[np.uint8]]:
    found = [pixels]
    for _ in range(times):
        height, width = found[-1].shape[0] // 2, found[-1].shape[1] // 2
        smaller = cv2.resize(found[-1], (width, height), interpolation=cv2.INTER_AREA)
        found.append(np.asarray(smaller, dtype=np.uint8))
    return found


def pyramidal(path: Path, pixels: NDArray[np.uint8]) -> Path:
    """Smaller copies as pages: a generic pyramidal TIFF."""
    with tifffile.TiffWriter(path, bigtiff=True) as out:
        for number, level in enumerate(halved(pixels, 2)):
            density = 40_000 / 2**number
            out.write(
                level,
                subfiletype=int(number > 0),
                resolution=(density, density),
                resolutionunit="CENTIMETER",
                metadata=None,
                **JPEG,
            )
    return path


def ome(path: Path, pixels: NDArray[np.uint8]) -> Path:
    """Smaller copies as sub-resolutions: OME-TIFF."""
    levels = halved(pixels, 2)
    about = {"axes": "YXS", "PhysicalSizeX": 0.25, "PhysicalSizeY": 0.25}
    with tifffile.TiffWriter(path, bigtiff=True, ome=True) as out:
        out.write(levels[0], subifds=2, metadata=about, **JPEG)
        for level in levels[1:]:
            out.write(level, subfiletype=1, metadata=None, **JPEG)
    return path


def aperio(path: Path, pixels: NDArray[np.uint8]) -> Path:
    """As an Aperio scanner writes them: thumbnail second, label and macro picture last, a name in the description."""
    levels = halved(pixels, 2)
    height, width = pixels.shape[:2]
    about = APERIO.format(w=width, h=height)
    with tifffile.TiffWriter(path) as out:
        out.write(levels[0], description=about, metadata=None, **JPEG)
        plain: dict[str, Any] = {"compression": "jpeg", "photometric": "rgb", "metadata": None}
        out.write(levels[2][::2, ::2].copy(), description=about, **plain)
        for level in levels[1:]:
            out.write(level, description=about, metadata=None, **JPEG)
        label = np.full((80, 120, 3), (255, 0, 0), np.uint8)  # a red that nowhere else is
        out.write(label, description="Aperio\nlabel 120x80", subfiletype=1, **plain)
        out.write(label, description="Aperio\nmacro 120x80", subfiletype=9, **plain)
    return path
