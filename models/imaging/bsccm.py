"""A BSCCM data set (Berkeley Single Cell Computational Microscopy), read where it lies, one cell at a time.

    BSCCM_global_metadata.json     name, channel names
    BSCCM_index.csv                one row a cell: global_index, data_path, antibodies, batch, …
    BSCCM_images.zarr              {data_path}/{led_array|fluor|dpc|histology}/cell_{global_index}
    BSCCM_surface_markers.csv      optional        BSCCM_backgrounds.zarr   optional

Global indices are not consecutive: the tiny set picks cells from everywhere.
"""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Protocol

import numpy as np
from numpy.typing import NDArray

from models.imaging import bsccm_tables, zarr_chunks

METADATA, INDEX, IMAGES = "BSCCM_global_metadata.json", "BSCCM_index.csv", "BSCCM_images.zarr"
MARKERS, BACKGROUNDS = "BSCCM_surface_markers.csv", "BSCCM_backgrounds.zarr"
VIEWS = {"left": "DPC_Left", "right": "DPC_Right", "top": "DPC_Top", "bottom": "DPC_Bottom"}
KINDS = ("led_array", "fluor", "dpc", "histology")
UM_PER_PX = 0.166
MNIST_UM_PER_PX = UM_PER_PX * 96 / 28  # BSCCMNIST: the middle 96 pixels on 28
BITS = 12
IMAGES_DO = "without it there are images, but neither markers nor classes"


class BsccmError(Exception):
    """Something of the data set is missing or wrong: what was expected, what was found, what to do."""

    def __init__(self, expected: str, found: str, do: str) -> None:
        self.expected, self.found, self.do = expected, found, do
        super().__init__(f"Expected {expected}; found {found}. {do}")


class Source(zarr_chunks.Files, Protocol):
    """Where the files are; the index is streamed, since it can be large."""

    def stream(self, path: str) -> BinaryIO | None: ...


@dataclass(frozen=True, slots=True)
class Contents:
    """What a data set holds."""

    name: str
    cells: int
    arrays: tuple[str, ...]  # kinds of array that are there
    channels: tuple[str, ...]  # of led_array
    missing: tuple[str, ...]  # parts that are not there, in words


class Folder:
    """A data set in a folder. Links that lead out of it are not followed."""

    def __init__(self, root: Path) -> None:
        self._root = root.resolve()

    def _inside(self, path: str) -> Path | None:
        whole = (self._root / path).resolve()
        return whole if whole.is_relative_to(self._root) else None

    def read(self, path: str) -> bytes | None:
        whole = self._inside(path)
        return whole.read_bytes() if whole is not None and whole.is_file() else None

    def children(self, path: str) -> tuple[str, ...]:
        whole = self._inside(path)
        return tuple(sorted(p.name for p in whole.iterdir())) if whole is not None and whole.is_dir() else ()

    def stream(self, path: str) -> BinaryIO | None:
        whole = self._inside(path)
        return whole.open("rb") if whole is not None and whole.is_file() else None


class Bsccm:
    """An opened data set. Opening reads the metadata and the index, no image."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._head = self._metadata()
        self._paths = self._index()
        self._places: dict[int, tuple[int, int]] | None = None
        self._fields: dict[str, NDArray[Any]] = {}

    @property
    def name(self) -> str:
        return str(self._head.get("name", "BSCCM"))

    @property
    def cells(self) -> tuple[int, ...]:
        """Global indices, ascending."""
        return tuple(sorted(self._paths))

    @property
    def channels(self) -> tuple[str, ...]:
        block = self._head.get("led_array")
        names = block.get("channel_names") if isinstance(block, dict) else None
        return tuple(str(name) for name in names) if isinstance(names, list) else ()

    @property
    def is_mnist(self) -> bool:
        return "MNIST" in self.name.upper()

    @property
    def is_simulated(self) -> bool:
        """Whether the set says so; BSCCM's own says nothing of the kind."""
        return bool(self._head.get("simulated_by"))

    @property
    def um_per_px(self) -> float:
        return round(MNIST_UM_PER_PX, 6) if self.is_mnist else UM_PER_PX

    def contents(self) -> Contents:
        """Count, kinds of array and missing parts; reads no image."""
        slides = sorted(set(self._paths.values()))
        present = {kind for slide in slides for kind in self._source.children(f"{IMAGES}/{slide}") if kind in KINDS}
        missing: list[str] = []
        if "led_array" not in present:
            missing.append("LED-array images: without them there are no DPC views")
        missing += [f"channel {channel}" for channel in VIEWS.values() if channel not in self.channels]
        top = self._source.children("")
        if MARKERS not in top:
            missing.append("surface markers (BSCCM_surface_markers.csv): no protein values, no reference classes")
        if BACKGROUNDS not in top:
            missing.append("backgrounds (BSCCM_backgrounds.zarr)")
        kinds = tuple(kind for kind in KINDS if kind in present)
        return Contents(self.name, len(self._paths), kinds, self.channels, tuple(missing))

    def views(self, cell: int) -> NDArray[Any]:
        """The left, right, top and bottom DPC views of one cell, (4, H, W); no other channel is unpacked."""
        return self.image(cell, "led_array", [self._channel(channel) for channel in VIEWS.values()])

    def image(self, cell: int, kind: str, planes: Sequence[int] | None = None) -> NDArray[Any]:
        """One array of a cell, or the named planes of it."""
        path = f"{IMAGES}/{self._path(cell)}/{kind}/cell_{cell}"
        try:
            found = zarr_chunks.array(self._source, path, planes)
        except zarr_chunks.ZarrError as error:
            raise BsccmError(f"the {kind} array of cell {cell}", str(error), "Download the data set again.") from error
        if found is None:
            raise BsccmError(
                f"the {kind} array of cell {cell}", f"nothing in {IMAGES}", "Choose another cell or the complete set."
            )
        return found

    def slide(self, cell: int) -> str:
        """antibodies_…/batch_…/slide_replicate_…: what a cell shares focus, light and stain with."""
        return self._path(cell)

    def groups(self) -> dict[int, str]:
        """Whose each cell is: the donor where the index says so (simulated sets), else the slide."""
        stream = self._table(INDEX, "it says where each cell's images are")
        if "donor" not in bsccm_tables.header(stream):
            return dict(self._paths)
        named = {cell: sys.intern(row[0]) for cell, row in self.index("donor")}
        return {cell: named.get(cell) or path for cell, path in self._paths.items()}

    def index(self, *columns: str) -> Iterator[tuple[int, list[str]]]:
        """Global index and other columns of the index, row by row, as text."""
        with _told(INDEX):
            yield from bsccm_tables.rows(self._table(INDEX, "it says where each cell's images are"), columns)

    def markers(
        self,
        names: Sequence[str] = bsccm_tables.MARKERS,
        model: str = bsccm_tables.MODELS[0],
        cells: Collection[int] | None = None,
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Cells and their markers (cells, names) in BSCCM's arbitrary linear units, NaN where not measured."""
        with _told(MARKERS):
            return bsccm_tables.markers(self._table(MARKERS, IMAGES_DO), names, model, _chosen(cells))

    def labels(self, cells: Collection[int] | None = None) -> dict[int, str]:
        """Class of each cell that the authors' gates name; cells gated as nothing or as unknown are left out."""
        with _told(MARKERS):
            columns = bsccm_tables.header(self._table(MARKERS, IMAGES_DO))
            return bsccm_tables.labels(self._table(MARKERS, IMAGES_DO), columns, _chosen(cells))

    def background(self, cell: int, side: int, percentile: int = 50) -> NDArray[Any]:
        """(4, side, side): what the microscope showed, over many cells, at this one's place; left, right, top, bottom.

        Whole fields are read once and kept. A cell nearer to the rim than half the side has its edge repeated.
        """
        if self._places is None:
            columns = ("position_in_fov_x_pix", "position_in_fov_y_pix")
            with _told(INDEX):
                self._places = {k: (int(float(x)), int(float(y))) for k, (x, y) in self.index(*columns)}
        self._path(cell)
        x, y = self._places[cell]
        half = side // 2
        rows, columns_ = np.arange(y - half, y - half + side), np.arange(x - half, x - half + side)
        fields = [self._field(channel, percentile) for channel in VIEWS.values()]
        return np.stack([f[rows.clip(0, f.shape[0] - 1)][:, columns_.clip(0, f.shape[1] - 1)] for f in fields])

    def _field(self, channel: str, percentile: int) -> NDArray[Any]:
        path = f"{BACKGROUNDS}/{channel}/{percentile}_percentile"
        if path not in self._fields:
            try:
                found = zarr_chunks.array(self._source, path)
            except zarr_chunks.ZarrError as error:
                raise BsccmError(f"the array {path}", str(error), "Download the data set again.") from error
            if found is None or found.ndim != 2:
                shape = "none" if found is None else f"one of shape {found.shape}"
                raise BsccmError(
                    f"the array {path} (height, width)", shape, "Leave the backgrounds out; one is fitted."
                )
            self._fields[path] = found
        return self._fields[path]

    def _path(self, cell: int) -> str:
        if cell not in self._paths:
            found = f"{cell}, which is not in {INDEX}"
            raise BsccmError("a global index of this data set", found, "Indices are not consecutive.")
        return self._paths[cell]

    def _table(self, name: str, why: str) -> BinaryIO:
        stream = self._source.stream(name)
        if stream is None:
            raise BsccmError(f"the table {name}", "no such file", f"Add it; {why}.")
        return stream

    def _channel(self, name: str) -> int:
        if name not in self.channels:
            raise BsccmError(f"channel {name} in {METADATA}", "none of that name", "Use a set with the four DPC views.")
        return self.channels.index(name)

    def _metadata(self) -> dict[str, Any]:
        data = self._source.read(METADATA)
        if data is None:
            raise BsccmError(f"{METADATA}", "none", "Choose the folder that holds it.")
        try:
            head = json.loads(data)
        except (ValueError, RecursionError) as error:
            raise BsccmError(f"JSON in {METADATA}", "a damaged file", "Download the data set again.") from error
        if not isinstance(head, dict):
            raise BsccmError(f"an object in {METADATA}", type(head).__name__, "Download the data set again.")
        return head

    def _index(self) -> dict[int, str]:
        stream = self._table(INDEX, "it says where each cell's images are")
        try:  # a full set has 400,000 rows and a few dozen slides: each slide's path is kept once
            return {cell: sys.intern(_safe(path)) for cell, (path,) in bsccm_tables.rows(stream, ["data_path"])}
        except (ValueError, csv.Error) as error:
            expected = f"columns global_index and data_path in {INDEX}"
            raise BsccmError(expected, f"a damaged table: {error}", "Download the data set again.") from error


@contextmanager
def _told(table: str) -> Iterator[None]:
    try:
        yield
    except (bsccm_tables.TableError, ValueError, csv.Error) as error:
        do = "Take the table from the complete set, or choose columns that it has."
        raise BsccmError(f"the columns asked for in {table}", str(error), do) from error


def _chosen(cells: Collection[int] | None) -> frozenset[int] | None:
    return None if cells is None else frozenset(cells)


def _safe(path: str) -> str:
    if path.startswith("/") or ".." in path.split("/") or "\\" in path:
        raise ValueError("a data path that leads out of the data set")
    return path.strip("/")
