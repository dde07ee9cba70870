"""Cells written as a BSCCM data set, so that one reader serves simulated cells and the real ones.

    python -m models.synthesis.bsccm_layout DIR          ten simulated donors; try a training with --bsccm DIR on them

    cells, one at a time → BSCCM_images.zarr, BSCCM_index.csv, BSCCM_surface_markers.csv, BSCCM_global_metadata.json

Tables and arrays are as the reference package `bsccm` reads them, in zarr format 2 (the published one) or 3. What is
not simulated is nought (channels but the four DPC views), empty, or not there (fluorescence, histology). A column
`donor`, which BSCCM does not have, says whose a simulated cell is; the reference package passes over it.
"""

from __future__ import annotations

import argparse
import csv
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

import cv2
import numpy as np
import zarr
from numpy.typing import NDArray
from zarr.codecs import BloscCodec

from models.imaging import bsccm, bsccm_tables
from models.synthesis import donors
from models.synthesis import markers as simulated_markers

CHANNELS = (
    "Brightfield", "DF_50", "DF_50_Bottom", "DF_50_Right", "DF_55", "DF_60", "DF_60_Bottom", "DF_60_Right", "DF_65",
    "DF_70", "DF_70_Bottom", "DF_70_Right", "DF_75", "DF_80", "DF_80_Bottom", "DF_80_Right", "DF_85", "DF_90",
    "DPC_Bottom", "DPC_Left", "DPC_Right", "DPC_Top", "LED119",
)  # fmt: skip
FLUORESCENCE = (
    "Fluor_690-", "Fluor_627-673", "Fluor_585-625", "Fluor_550-570", "Fluor_500-550", "Fluor_426-446",
)  # fmt: skip
SINGLE = ("CD45", "autofluor", "CD123", "CD19", "CD56", "CD14", "CD16", "HLA-DR", "CD3")  # stained one on a slide
PERCENTILES = (5, 10, 20, 40, 50)  # of the backgrounds
APART = 7  # simulated global indices leave gaps, as those of the tiny set do
FRAME = 2048  # pixels of a field of view
MNIST_MIDDLE, MNIST_SIDE, MNIST_STEP = 96, 28, 16
Pixels = NDArray[Any]


@dataclass(frozen=True, slots=True)
class Slide:
    antibodies: str = "all"
    batch: int = 0
    replicate: int = 0

    @property
    def path(self) -> str:
        return f"antibodies_{self.antibodies}/batch_{self.batch}/slide_replicate_{self.replicate}"


@dataclass(frozen=True, slots=True, eq=False)
class Cell:
    """`pixels`: the four views left, right, top, bottom, or all channels of `CHANNELS`. Markers are log10."""

    index: int
    slide: Slide
    pixels: Pixels  # (4 or 23, H, W) whole numbers
    label: str = ""  # 'lymphocyte', 'granulocyte', 'monocyte', 'other'; empty: gated as nothing
    markers: Mapping[str, float] = field(default_factory=dict)
    phase: Pixels | None = None  # (H, W) rad
    donor: str = ""
    place: tuple[int, int] = (FRAME // 2, FRAME // 2)  # x, y of its middle in the field of view
    frame: tuple[int, int] = (0, 0)  # where the field of view is on the slide


def written(
    root: Path,
    cells: Iterable[Cell],
    *,
    name: str = "BSCCM",
    zarr_format: Literal[2, 3] = 2,
    codec: Literal["blosc", "default", "none"] = "blosc",
    chunk_planes: int = 1,
    markers: bool = True,
    backgrounds: Mapping[str, Pixels] | None = None,
    simulated_by: str = "Hemaboard",
) -> int:
    """Writes a data set and says how many cells it holds. `backgrounds`: an empty field for each channel.

    The metadata say who simulated it, so that nobody takes drawn markers for measured ones; '' is for tests that stand
    in for a download.
    """
    root.mkdir(parents=True, exist_ok=True)
    head = {
        "name": name,
        "led_array": {"channel_names": list(CHANNELS)},
        "fluorescence": {"channel_names": list(FLUORESCENCE)},
        **({"simulated_by": simulated_by} if simulated_by else {}),
    }
    (root / bsccm.METADATA).write_text(json.dumps(head), encoding="utf-8")
    images = zarr.open_group(str(root / bsccm.IMAGES), mode="w", zarr_format=zarr_format)
    how = _codec(codec, zarr_format)
    count = 0
    with ExitStack() as files:
        index = _table(files, root / bsccm.INDEX, INDEX_COLUMNS)
        marked = _table(files, root / bsccm.MARKERS, MARKER_COLUMNS) if markers else None
        for cell in cells:
            base = f"{cell.slide.path}/"
            _kept(images, f"{base}led_array/cell_{cell.index}", _channels(cell.pixels), chunk_planes, how)
            if cell.phase is not None:
                _kept(images, f"{base}dpc/cell_{cell.index}", cell.phase[None].astype(np.float32), 1, how)
            index.writerow(_index_row(cell))
            if marked is not None:
                marked.writerow(_marker_row(cell))
            count += 1
    if backgrounds:
        _backgrounds(root, backgrounds, zarr_format, how)
    return count


def simulated(seeds: Sequence[int], slides: int, cells: int) -> Iterator[Cell]:
    """Cells of the simulator, each donor's slides a replicate of their own; the same as the training set's."""
    number = 0
    for place, seed in enumerate(seeds):
        of = donors.donor(seed)
        for k in range(slides):
            on, traits = donors.slide(seed, k), donors.traits(of, cells, k)
            marked = simulated_markers.drawn(np.random.default_rng([seed, 5, k]), traits, of.shift)
            where = Slide(replicate=place * slides + k)
            for j, made in enumerate(donors.pictures(of, on, traits, k)):
                values = dict(zip(simulated_markers.MARKERS, marked.values[j].tolist(), strict=True))
                views = made.views.astype(np.uint16)
                yield Cell(
                    11 + APART * number, where, views, traits[j].label, values, made.phase, f"donor_{place:02}",
                    frame=(j // 20, k),
                )  # fmt: skip
                number += 1


def mnist(cells: Iterable[Cell]) -> Iterator[Cell]:
    """The same cells as BSCCMNIST has them: the middle 96 pixels on 28, sixteen counts to a step of 8 bit."""
    for cell in cells:
        height, width = cell.pixels.shape[1:]
        top, left = (height - MNIST_MIDDLE) // 2, (width - MNIST_MIDDLE) // 2
        if min(top, left) < 0:
            raise ValueError(f"Expected pictures of at least {MNIST_MIDDLE} pixels; found {height} by {width}.")
        middle = cell.pixels[:, top : top + MNIST_MIDDLE, left : left + MNIST_MIDDLE].astype(np.float32) / MNIST_STEP
        size = (MNIST_SIDE, MNIST_SIDE)
        small = np.stack([cv2.resize(plane, size, interpolation=cv2.INTER_AREA) for plane in middle])
        yield replace(cell, pixels=np.clip(np.rint(small), 0, 255).astype(np.uint8), phase=None)


INDEX_COLUMNS = (
    "global_index", "position_in_fov_y_pix", "position_in_fov_x_pix", "detection_radius",
    "has_matched_histology_cell", "fov_center_x", "fov_center_y", "fov_center_z", "batch", "antibodies",
    "imaging_date", "data_path", "slide_replicate", "donor",
)  # fmt: skip
MARKER_COLUMNS = (
    "global_index",
    *(f"{name}_full_model_unmixed" for name in bsccm_tables.MARKERS),
    *(f"{name}_single_antibody_model_unmixed" for name in SINGLE),
    *(f"selection_gated_{gate}" for gate in bsccm_tables.GATES),
)


def _index_row(cell: Cell) -> dict[str, Any]:
    return {
        "global_index": cell.index,
        "position_in_fov_y_pix": cell.place[1],
        "position_in_fov_x_pix": cell.place[0],
        "detection_radius": cell.pixels.shape[-1] // 4,
        "has_matched_histology_cell": False,
        "fov_center_x": cell.frame[0],
        "fov_center_y": cell.frame[1],
        "fov_center_z": 0,
        "batch": cell.slide.batch,
        "antibodies": cell.slide.antibodies,
        "imaging_date": "",
        "data_path": cell.slide.path,
        "slide_replicate": cell.slide.replicate,
        "donor": cell.donor,
    }


def _marker_row(cell: Cell) -> dict[str, Any]:
    """On a slide with all antibodies the full model's values, and the gates where classes were told; on others only the
    one marker that was stained."""
    stained = cell.slide.antibodies
    row: dict[str, Any] = {"global_index": cell.index}
    for name, value in cell.markers.items():
        if stained == "all":
            row[f"{name}_full_model_unmixed"] = repr(float(10**value))
        elif name == stained:
            row[f"{name}_single_antibody_model_unmixed"] = repr(float(10**value))
    gate = _gate(cell) if stained == "all" and cell.slide.batch == 0 else ""
    return row | {f"selection_gated_{other}": other == gate for other in bsccm_tables.GATES}


def _gate(cell: Cell) -> str:
    """One gate of the cell's class; of several, the one its own markers lie in. The bounds are the simulator's."""
    cd45, cd16 = cell.markers.get("CD45", 2.85), cell.markers.get("CD16", 2.4)
    gates = [gate for gate, label in bsccm_tables.GATES.items() if label == cell.label]
    if cell.label == "granulocyte":
        gates = [f"CD16_hi_CD45_{'lo' if cd45 < 2.75 else 'lomid' if cd45 < 2.95 else 'mid'}"]
    elif cell.label == "monocyte":
        gates = [f"CD45_hi_CD_16_{'lo' if cd16 < 2.2 else 'mid' if cd16 < 2.7 else 'hi'}"]
    return gates[0] if cell.label and gates else ""


def _channels(pixels: Pixels) -> Pixels:
    """All channels; of four views, the others are nought, which zarr keeps without a file."""
    if len(pixels) == len(CHANNELS):
        return pixels
    if len(pixels) != len(bsccm.VIEWS):
        raise ValueError(f"Expected {len(bsccm.VIEWS)} views or {len(CHANNELS)} channels; found {len(pixels)}.")
    whole = np.zeros((len(CHANNELS), *pixels.shape[1:]), pixels.dtype)
    whole[[CHANNELS.index(channel) for channel in bsccm.VIEWS.values()]] = pixels
    return whole


def _kept(group: zarr.Group, path: str, pixels: Pixels, planes: int, how: Mapping[str, Any]) -> None:
    chunks = (planes, *pixels.shape[1:])
    group.create_array(path, shape=pixels.shape, chunks=chunks, dtype=pixels.dtype, **how)[...] = pixels


def _backgrounds(root: Path, fields: Mapping[str, Pixels], zarr_format: Literal[2, 3], how: Mapping[str, Any]) -> None:
    """An even background has the same percentiles everywhere, so one field serves for all of them."""
    group = zarr.open_group(str(root / bsccm.BACKGROUNDS), mode="w", zarr_format=zarr_format)
    for channel, pixels in fields.items():
        for percentile in PERCENTILES:
            made = group.create_array(
                f"{channel}/{percentile}_percentile", shape=pixels.shape, chunks=pixels.shape, dtype=pixels.dtype, **how
            )
            made[...] = pixels


def _codec(name: str, zarr_format: int) -> dict[str, Any]:
    if name == "none":
        return {"compressors": None}
    if name == "blosc" and zarr_format == 3:
        return {"compressors": BloscCodec(cname="lz4")}
    if name == "blosc":
        from numcodecs import Blosc  # only format 2 asks for it

        return {"compressors": Blosc(cname="lz4")}
    return {}  # the format's own default (Zstandard)


def _table(files: ExitStack, path: Path, columns: Sequence[str]) -> csv.DictWriter[str]:
    stream = files.enter_context(path.open("w", encoding="utf-8", newline=""))
    table = csv.DictWriter(stream, list(columns))
    table.writeheader()
    return table


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--donors", type=int, default=10)
    parser.add_argument("--slides", type=int, default=2, help="of each donor")
    parser.add_argument("--cells", type=int, default=50, help="of each slide")
    parser.add_argument("--seed", type=int, default=5000, help="of the first donor; the training set's begin at 1000")
    parser.add_argument("--mnist", action="store_true", help="28 pixels and 8 bit, as BSCCMNIST")
    parser.add_argument("--zarr", type=int, choices=(2, 3), default=2, help="format of the arrays")
    said = parser.parse_args(arguments)
    if said.folder.exists() and any(said.folder.iterdir()):
        parser.error(f"expected a new or an empty folder; found files in {said.folder}. Choose another.")
    cells = simulated(range(said.seed, said.seed + said.donors), said.slides, said.cells)
    if said.mnist:
        count = written(said.folder, mnist(cells), name="BSCCMNIST", zarr_format=said.zarr)
    else:
        count = written(said.folder, cells, zarr_format=said.zarr)
    print(f"{count} simulated cells of {said.donors} donors in {said.folder}")


if __name__ == "__main__":
    main()
