"""Pyramids that OpenSlide does not see: OME-TIFF and others that keep their smaller copies as sub-resolutions.

Tiles are decoded one by one, so that a slide of any size costs the memory of its tiles.
"""

from __future__ import annotations

import math
import threading
from collections import OrderedDict
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import tifffile
from numpy.typing import NDArray

from core.errors import BadInput, RefusedFile, UnsupportedFile
from core.slides.source import Level, believed, closed, damaged

FORMAT = "pyramidal TIFF"
LARGEST_TILE = 4096 * 4096
CACHED_PIXELS = 12_000_000
_UNIT_UM = {"nm": 1e-3, "µm": 1.0, "μm": 1.0, "um": 1.0, "micron": 1.0, "mm": 1e3, "cm": 1e4}
_TAG_UNIT_UM = {2: 25_400.0, 3: 10_000.0}


class TiffSource:
    def __init__(self, path: Path) -> None:
        self.format = FORMAT
        self._lock = threading.Lock()
        self._tiles: OrderedDict[tuple[int, int], NDArray[np.uint8]] = OrderedDict()
        try:
            # An OME-TIFF may name other files, anywhere: none but the one that was given is opened.
            self._file = tifffile.TiffFile(path, _multifile=False)
        except Exception as error:  # tifffile raises anything on a damaged file
            raise damaged(FORMAT, "one that is damaged or cut short") from error
        try:
            self._pages = [_checked(page) for page in _pyramid(self._file)]
            self.um_per_px = _scale(self._file, self._pages[0])
        except BadInput:
            self._file.close()
            raise
        except Exception as error:
            self._file.close()
            raise damaged(FORMAT, "one that is damaged or cut short") from error
        width = self._pages[0].imagewidth
        self.levels = tuple(Level(p.imagewidth, p.imagelength, width / p.imagewidth) for p in self._pages)

    def read(self, level: int, x: int, y: int, width: int, height: int) -> NDArray[np.uint8]:
        page = self._pages[level]
        tile_width, tile_height = _tile_size(page)
        across = math.ceil(page.imagewidth / tile_width)
        out = np.full((height, width, 3), 255, np.uint8)
        with self._lock:  # one place in the file is read at a time
            if self._file.filehandle.closed:
                raise closed()
            for row in range(y // tile_height, (y + height - 1) // tile_height + 1):
                for column in range(x // tile_width, (x + width - 1) // tile_width + 1):
                    tile = self._tile(level, row * across + column)
                    left, top = column * tile_width, row * tile_height
                    x0, x1 = max(x, left), min(x + width, left + tile.shape[1])
                    y0, y1 = max(y, top), min(y + height, top + tile.shape[0])
                    if x1 > x0 and y1 > y0:
                        out[y0 - y : y1 - y, x0 - x : x1 - x] = tile[y0 - top : y1 - top, x0 - left : x1 - left]
        return out

    def _tile(self, level: int, index: int) -> NDArray[np.uint8]:
        if (level, index) in self._tiles:
            self._tiles.move_to_end((level, index))
            return self._tiles[level, index]
        try:
            tile = self._decoded(self._pages[level], index)
        except Exception as error:
            raise damaged(FORMAT, "a damaged or missing piece of it") from error
        self._tiles[level, index] = tile
        while sum(t.shape[0] * t.shape[1] for t in self._tiles.values()) > CACHED_PIXELS and len(self._tiles) > 1:
            self._tiles.popitem(last=False)
        return tile

    def _decoded(self, page: Any, index: int) -> NDArray[np.uint8]:
        planes = page.samplesperpixel if page.planarconfig == 2 and page.samplesperpixel > 1 else 1
        of_plane = len(page.dataoffsets) // planes
        found = []
        for plane in range(planes):
            number = index + plane * of_plane
            count = page.databytecounts[number]
            if not count:  # sparse: never scanned
                width, height = _tile_size(page)
                return np.full((height, width, 3), 255, np.uint8)
            self._file.filehandle.seek(page.dataoffsets[number])
            content = self._file.filehandle.read(count)
            if len(content) != count:
                raise EOFError
            segment, _, _ = page.decode(content, number, jpegtables=page.jpegtables, jpegheader=page.jpegheader)
            found.append(segment[0])
        tile = np.concatenate(found, axis=-1) if planes > 1 else found[0]
        if page.photometric == 0:
            tile = 255 - tile
        return np.ascontiguousarray(np.repeat(tile, 3, axis=-1) if tile.shape[-1] == 1 else tile[..., :3])

    def close(self) -> None:
        with self._lock:
            self._file.close()

    def __del__(self) -> None:  # a slide that nobody reads any more is simply let go of
        if hasattr(self, "_file"):
            self._file.close()


def _pyramid(file: Any) -> list[Any]:
    """The pages of the largest picture and its smaller copies, finest first."""
    series = max(file.series, key=lambda one: math.prod(one.levels[0].shape))
    pages = [level.pages[0].aspage() for level in series.levels]
    if len(series.levels[0].pages) > 1:
        raise UnsupportedFile(
            "a slide of one plane in RGB", f"{len(series.levels[0].pages)} planes", "Export it as RGB, sharpest plane."
        )
    return sorted(pages, key=lambda page: -page.imagewidth)


def _tile_size(page: Any) -> tuple[int, int]:
    if page.is_tiled:
        return page.tilewidth, page.tilelength
    return page.imagewidth, min(page.rowsperstrip, page.imagelength)


def _checked(page: Any) -> Any:
    if page.dtype != np.uint8 or page.samplesperpixel not in (1, 3, 4) or page.photometric not in (0, 1, 2, 6):
        found = f"{page.samplesperpixel} channels of {page.dtype}, photometric kind {int(page.photometric)}"
        raise UnsupportedFile("a slide in RGB or grey with 8 bits", found, "Export it as RGB with 8 bits per channel.")
    if math.prod(_tile_size(page)) > LARGEST_TILE:
        width, height = _tile_size(page)
        raise RefusedFile(
            f"tiles of at most {LARGEST_TILE:,} pixels",
            f"pieces of {width:,} × {height:,}",
            "Export it again as a tiled pyramid.",
        )
    return page


def _scale(file: Any, page: Any) -> float | None:
    if file.is_ome and file.ome_metadata:
        found = _ome_scale(file.ome_metadata)
        if found is not None:
            return found
    unit = page.tags.get(296)
    um = _TAG_UNIT_UM.get(int(unit.value) if unit is not None else 2)
    densities = []
    for code in (282, 283):
        tag = page.tags.get(code)
        pair = tag.value if tag is not None else (0, 1)
        densities.append(pair[0] / pair[1] if pair[1] else 0.0)
    if um is None or min(densities) <= 0:
        return None
    return believed(um / densities[0], um / densities[1])


def _ome_scale(xml: str) -> float | None:
    if "<!DOCTYPE" in xml or "<!ENTITY" in xml:  # nothing OME needs; entities can swell without limit
        raise RefusedFile("OME-XML without entities", "a document type", "Export the file again.")
    block = ElementTree.fromstring(xml).find("{*}Image/{*}Pixels")
    if block is None:
        return None
    sizes = []
    for axis in "XY":
        um = _UNIT_UM.get(block.get(f"PhysicalSize{axis}Unit", "µm"), math.nan)
        sizes.append(float(block.get(f"PhysicalSize{axis}", "nan")) * um)
    return believed(*sizes)
