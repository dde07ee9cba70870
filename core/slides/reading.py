"""A whole slide, opened: read by regions and tiles, never whole.

    with opened(path) as slide:
        slide.width, slide.height, slide.um_per_px, slide.levels
        slide.region(x, y, 512, 512, level=0)     # uint8 RGB; x, y are pixels of the first level
        slide.scaled(x, y, width, height, 64, 64) # a rectangle of the first level at another size
        slide.tile(zoom, column, row)             # deep zoom: 256 px, zoom 0 is one pixel, the last is full size

Every call may come from any thread. Label and macro pictures are never read.
"""

from __future__ import annotations

import math
from pathlib import Path
from types import TracebackType
from typing import Any

import cv2
import numpy as np
import tifffile
from numpy.typing import NDArray

from core.errors import NotFound, RefusedFile, UnsupportedFile
from core.slides.by_openslide import OpenSlideSource, vendor
from core.slides.by_tifffile import TiffSource
from core.slides.source import Level, Source

__all__ = ["TILE", "Level", "Slide", "is_slide", "opened"]

TILE = 256
MOST_PIXELS = 4096 * 4096  # of one region
BLOCK = 2048  # a larger reading is put together from blocks of so many pixels, so that memory stays bounded
MOST_SLIDE = 200_000_000_000  # pixels of a whole slide; a scan at 0.1 µm per pixel of all of its glass has fewer
LEAST_SIDE = 64
LARGEST_TILE = 4096 * 4096  # each is unpacked whole, however little of it is asked for
CLOSE = 1.02  # a level this little coarser than what was asked for is still fine enough


class Slide:
    """An open slide."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self.format: str = source.format
        self.levels: tuple[Level, ...] = source.levels
        self.um_per_px: float | None = source.um_per_px
        self.width: int = source.levels[0].width
        self.height: int = source.levels[0].height

    @property
    def zooms(self) -> int:
        """How many zooms `tile` knows; the last shows every pixel."""
        return math.ceil(math.log2(max(self.width, self.height, 2))) + 1

    def size_at(self, zoom: int) -> tuple[int, int]:
        """Width and height of the whole slide at a zoom, in its pixels."""
        pixels = self._pixels(zoom)
        return math.ceil(self.width / pixels), math.ceil(self.height / pixels)

    def tiles_at(self, zoom: int) -> tuple[int, int]:
        """Columns and rows of tiles at a zoom."""
        width, height = self.size_at(zoom)
        return math.ceil(width / TILE), math.ceil(height / TILE)

    def region(self, x: int, y: int, width: int, height: int, level: int = 0) -> NDArray[np.uint8]:
        """RGB, `width` × `height` pixels of `level`, from pixel x, y of the first level; white outside the slide."""
        if width < 1 or height < 1 or width * height > MOST_PIXELS:
            raise ValueError(f"a region of {width} × {height} pixels; it holds 1 to {MOST_PIXELS}")
        at = self.levels[level]
        left, top = round(x / at.downsample), round(y / at.downsample)
        x0, y0 = max(left, 0), max(top, 0)
        x1, y1 = min(left + width, at.width), min(top + height, at.height)
        if (x0, y0, x1, y1) == (left, top, left + width, top + height):
            return self._source.read(level, x0, y0, width, height)
        out = np.full((height, width, 3), 255, np.uint8)
        if x1 > x0 and y1 > y0:
            out[y0 - top : y1 - top, x0 - left : x1 - left] = self._source.read(level, x0, y0, x1 - x0, y1 - y0)
        return out

    def scaled(
        self, x: float, y: float, width: float, height: float, out_width: int, out_height: int
    ) -> NDArray[np.uint8]:
        """A rectangle of the first level drawn `out_width` × `out_height`, from the coarsest level fine enough."""
        pixels = min(width / out_width, height / out_height)
        level = self._level_for(pixels)
        if pixels > BLOCK * self.levels[level].downsample:  # a pixel that stands for more than a block: by halves
            finer = self.scaled(x, y, width, height, 2 * out_width, 2 * out_height)
            halved = cv2.resize(finer, (out_width, out_height), interpolation=cv2.INTER_AREA)
            return np.asarray(halved, dtype=np.uint8)
        side = max(1, math.floor(BLOCK * self.levels[level].downsample / pixels))
        if out_width <= side and out_height <= side:
            return self._block(x, y, width, height, out_width, out_height, level)
        out = np.empty((out_height, out_width, 3), np.uint8)
        for top in range(0, out_height, side):
            for left in range(0, out_width, side):
                across, down = min(side, out_width - left), min(side, out_height - top)
                out[top : top + down, left : left + across] = self._block(
                    x + left * width / out_width,
                    y + top * height / out_height,
                    across * width / out_width,
                    down * height / out_height,
                    across,
                    down,
                    level,
                )
        return out

    def overview(self, longest: int) -> NDArray[np.uint8]:
        """The whole slide, its longer side `longest` pixels (or its own, when it is smaller)."""
        pixels = max(1.0, max(self.width, self.height) / longest)
        size = max(1, round(self.width / pixels)), max(1, round(self.height / pixels))
        return self.scaled(0, 0, self.width, self.height, *size)

    def tile(self, zoom: int, column: int, row: int) -> NDArray[np.uint8]:
        """A tile of the deep-zoom pyramid; those at the right and lower border are smaller."""
        columns, rows = self.tiles_at(zoom) if 0 <= zoom < self.zooms else (0, 0)
        if not (0 <= column < columns and 0 <= row < rows):
            raise NotFound("a tile of this slide", f"zoom {zoom}, column {column}, row {row}", "Load the slide again.")
        pixels = self._pixels(zoom)
        width, height = self.size_at(zoom)
        across, down = min(TILE, width - column * TILE), min(TILE, height - row * TILE)
        x, y = column * TILE * pixels, row * TILE * pixels
        # The last column and row may reach over the border by part of a pixel: what is there fills it.
        covered = min(across * pixels, self.width - x), min(down * pixels, self.height - y)
        return self.scaled(x, y, *covered, across, down)

    def close(self) -> None:
        self._source.close()

    def __enter__(self) -> Slide:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _pixels(self, zoom: int) -> int:
        """Pixels of the first level to one of the zoom."""
        return 1 << (self.zooms - 1 - zoom)

    def _level_for(self, pixels: float) -> int:
        fine = [n for n, level in enumerate(self.levels) if level.downsample <= pixels * CLOSE]
        return fine[-1] if fine else 0

    def _block(
        self, x: float, y: float, width: float, height: float, out_width: int, out_height: int, level: int
    ) -> NDArray[np.uint8]:
        downsample = self.levels[level].downsample
        left, top = round(x / downsample), round(y / downsample)
        across, down = max(1, round(width / downsample)), max(1, round(height / downsample))
        found = self.region(round(left * downsample), round(top * downsample), across, down, level)
        if (across, down) == (out_width, out_height):
            return found
        how = cv2.INTER_AREA if across >= out_width else cv2.INTER_LINEAR
        return np.asarray(cv2.resize(found, (out_width, out_height), interpolation=how), dtype=np.uint8)


def opened(path: Path) -> Slide:
    """The slide at `path`: a file, or the folder of a DICOM slide. To be closed by whoever opened it."""
    file = file_of(path)
    whose = vendor(file)
    if _is_tiff(file):
        _check_tiles(file)
    if whose is None or (whose == "generic-tiff" and _has_sub_resolutions(file)):
        if not _is_tiff(file):
            raise UnsupportedFile(
                "a whole slide: SVS, NDPI, MRXS, SCN, BIF, CZI, DICOM, OME-TIFF or a tiled pyramidal TIFF",
                "a file of another kind, or one that is damaged or lacks files beside it",
                "Give the slide's own file with everything that lies beside it, or export it as a pyramidal TIFF.",
            )
        return _checked(Slide(TiffSource(file)))
    return _checked(Slide(OpenSlideSource(file, whose)))


def _checked(slide: Slide) -> Slide:
    """A header may say anything: what follows from its size is made only when it is one."""
    if slide.width * slide.height <= MOST_SLIDE and min(slide.width, slide.height) >= LEAST_SIDE:
        return slide
    slide.close()
    raise RefusedFile(
        f"a slide of at least {LEAST_SIDE} pixels a side and at most {MOST_SLIDE:,} in all",
        f"{slide.width:,} × {slide.height:,}",
        "Export it from the scanner's program again.",
    )


def _check_tiles(path: Path) -> None:
    try:
        with tifffile.TiffFile(path) as file:
            pages: Any = file.pages
            largest = max((page.tilewidth * page.tilelength for page in pages if page.is_tiled), default=0)
    except Exception:  # noqa: BLE001 - tifffile raises anything; whoever opens the file next says what is wrong
        return
    if largest > LARGEST_TILE:
        do = "Export it again with tiles of 256 to 1024 pixels."
        raise RefusedFile(f"tiles of at most {LARGEST_TILE:,} pixels", f"one of {largest:,}", do)


def is_slide(path: Path) -> bool:
    """Does it look like a whole slide that can be read? By content; nothing is decoded."""
    try:
        file = file_of(path)
    except (NotFound, UnsupportedFile):
        return False
    whose = vendor(file)
    return (whose is not None and whose != "generic-tiff") or (_is_tiff(file) and _is_pyramid(file))


def file_of(path: Path) -> Path:
    if path.is_file():
        return path
    if not path.is_dir():
        raise NotFound("a slide's file or folder", "nothing there", "Correct the path.")
    for file in sorted(path.iterdir()):
        if file.is_file() and vendor(file) == "dicom":
            return file
    raise UnsupportedFile("a folder with the files of one DICOM slide", "none", "Give the slide's own file.")


def _is_tiff(path: Path) -> bool:
    with path.open("rb") as stream:
        return stream.read(4) in (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")


def _has_sub_resolutions(path: Path) -> bool:
    try:
        with tifffile.TiffFile(path) as file:
            return 330 in file.pages.first.tags
    except Exception:  # noqa: BLE001 - tifffile raises anything; whoever opens the file next says what is wrong
        return False


def _is_pyramid(path: Path) -> bool:
    try:
        with tifffile.TiffFile(path, _multifile=False) as file:
            return bool(file.pages.first.is_tiled) and len(file.series[0].levels) > 1
    except Exception:  # noqa: BLE001 - as above
        return False
