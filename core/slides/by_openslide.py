"""Slides through OpenSlide. Of its properties four numbers are read; associated pictures never.

OpenSlide latches errors: after one damaged tile the handle answers nothing more. So after an error the file is opened
anew, and only what is damaged stays unread. And it ends the process when a handle is closed while another thread reads
from it. So nothing here closes one: a handle is let go of, and closes when the last who reads from it is done.
"""

from __future__ import annotations

import re
import threading
from pathlib import Path

import numpy as np
import openslide
from numpy.typing import NDArray

from core.slides.source import Level, believed, closed, damaged, unread

CACHE_BYTES = 48 << 20  # decoded tiles; neighbouring fields share the ones at their seams
# What OpenSlide says of a slide that is whole, and stored in a way it does not read.
NOT_READ = re.compile(r"not supported|unsupported|unrecognized|dissimilar|inconsistent", re.IGNORECASE)
NAMES = {
    "aperio": "Aperio SVS slide",
    "dicom": "DICOM whole slide",
    "generic-tiff": "pyramidal TIFF",
    "hamamatsu": "Hamamatsu slide",
    "leica": "Leica SCN slide",
    "mirax": "3DHISTECH MRXS slide",
    "philips": "Philips TIFF slide",
    "sakura": "Sakura slide",
    "trestle": "Trestle slide",
    "ventana": "Ventana BIF slide",
    "zeiss": "Zeiss CZI slide",
}


def vendor(path: Path) -> str | None:
    """Whose slide it is, by its content; None: none that OpenSlide knows."""
    try:
        found: str | None = openslide.OpenSlide.detect_format(path)
    except openslide.OpenSlideError:
        return None
    return found


class OpenSlideSource:
    def __init__(self, path: Path, vendor: str) -> None:
        self.format = NAMES.get(vendor, "whole slide")
        self._path = path
        self._lock = threading.Lock()
        self._cache = openslide.OpenSlideCache(CACHE_BYTES)
        slide = self._opened()
        self._slide: openslide.OpenSlide | None = slide
        self.levels = tuple(
            Level(width, height, float(downsample))
            for (width, height), downsample in zip(slide.level_dimensions, slide.level_downsamples, strict=True)
        )
        self.um_per_px = _scale(slide)

    def _opened(self) -> openslide.OpenSlide:
        try:
            slide = openslide.OpenSlide(self._path)
        except (openslide.OpenSlideError, OSError) as error:
            # The library's text can quote the path or tags of the file: it is not passed on.
            if NOT_READ.search(str(error)):
                raise unread(self.format) from error
            raise damaged(self.format, "one that is damaged, cut short or lacks files beside it") from error
        slide.set_cache(self._cache)
        return slide

    def read(self, level: int, x: int, y: int, width: int, height: int) -> NDArray[np.uint8]:
        downsample = self.levels[level].downsample
        corner = (round(x * downsample), round(y * downsample))
        slide = self._slide
        if slide is None:
            raise closed()
        try:
            found = np.asarray(slide.read_region(corner, level, (width, height)))
        except openslide.OpenSlideError as error:
            self._anew(slide)
            raise damaged(self.format, "a damaged or missing piece of it") from error
        return _on_white(found)

    def _anew(self, broken: openslide.OpenSlide) -> None:
        with self._lock:
            if self._slide is broken:  # another thread may have been quicker
                self._slide = self._opened()

    def close(self) -> None:
        with self._lock:
            self._slide = None


def _scale(slide: openslide.OpenSlide) -> float | None:
    try:
        x, y = (float(slide.properties[f"openslide.mpp-{axis}"]) for axis in "xy")
    except (KeyError, ValueError):
        return None
    return believed(x, y)


def _on_white(rgba: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Straight alpha on white: a scanner leaves out what it did not scan."""
    alpha = rgba[..., 3:]
    if alpha.all() and (alpha == 255).all():
        return np.ascontiguousarray(rgba[..., :3])
    mixed = rgba[..., :3].astype(np.uint16) * alpha + 255 * (255 - alpha.astype(np.uint16))
    return ((mixed + 127) // 255).astype(np.uint8)
