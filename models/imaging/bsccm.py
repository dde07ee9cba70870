"""A BSCCM data set (Berkeley Single Cell Computational Microscopy), read where it lies, one cell at a time.

    BSCCM_global_metadata.json     name, channel names
    BSCCM_index.csv                one row a cell: global_index, data_path, antibodies, batch, …
    BSCCM_images.zarr              {data_path}/{led_array|fluor|dpc|histology}/cell_{global_index}
    BSCCM_surface_markers.csv      optional        BSCCM_backgrounds.zarr   optional

Global indices are not consecutive: the tiny set picks cells from everywhere.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Protocol

from numpy.typing import NDArray

from models.imaging import zarr_chunks

METADATA, INDEX, IMAGES = "BSCCM_global_metadata.json", "BSCCM_index.csv", "BSCCM_images.zarr"
MARKERS, BACKGROUNDS = "BSCCM_surface_markers.csv", "BSCCM_backgrounds.zarr"
VIEWS = {"left": "DPC_Left", "right": "DPC_Right", "top": "DPC_Top", "bottom": "DPC_Bottom"}
KINDS = ("led_array", "fluor", "dpc", "histology")
UM_PER_PX = 0.166
MNIST_UM_PER_PX = UM_PER_PX * 96 / 28  # BSCCMNIST: the middle 96 pixels on 28
BITS = 12


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
        if cell not in self._paths:
            raise BsccmError(
                "a global index of this data set", f"{cell}, which is not in {INDEX}", "Indices are not consecutive."
            )
        path = f"{IMAGES}/{self._paths[cell]}/{kind}/cell_{cell}"
        try:
            found = zarr_chunks.array(self._source, path, planes)
        except zarr_chunks.ZarrError as error:
            raise BsccmError(f"the {kind} array of cell {cell}", str(error), "Download the data set again.") from error
        if found is None:
            raise BsccmError(
                f"the {kind} array of cell {cell}", f"nothing in {IMAGES}", "Choose another cell or the complete set."
            )
        return found

    def markers(self, cells: Sequence[int]) -> dict[int, dict[str, str]]:
        """Rows of the surface-marker table, as text."""
        stream = self._source.stream(MARKERS)
        if stream is None:
            raise BsccmError("surface markers", f"no {MARKERS}", "Add the table; images can be read without it.")
        wanted = set(cells)
        with io.TextIOWrapper(stream, encoding="utf-8", newline="") as text:
            rows = csv.DictReader(text)
            return {int(row["global_index"]): row for row in rows if int(row["global_index"]) in wanted}

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
        stream = self._source.stream(INDEX)
        if stream is None:
            raise BsccmError(INDEX, "none", "Add the table; it says where each cell's images are.")
        try:
            with io.TextIOWrapper(stream, encoding="utf-8", newline="") as text:
                rows = csv.reader(text)
                header = next(rows)
                number, place = header.index("global_index"), header.index("data_path")
                return {int(row[number]): _safe(row[place]) for row in rows if row}
        except (StopIteration, ValueError, IndexError, csv.Error) as error:
            raise BsccmError(
                f"columns global_index and data_path in {INDEX}", "a damaged table", "Download the data set again."
            ) from error


def _safe(path: str) -> str:
    if path.startswith("/") or ".." in path.split("/") or "\\" in path:
        raise ValueError("a data path that leads out of the data set")
    return path.strip("/")
