"""Writes small data sets in the layout of BSCCM, in zarr format 2 or 3, with the zarr package as the other side."""

from __future__ import annotations

import csv
import json
import zipfile
from pathlib import Path
from typing import Any, Literal

import numpy as np
import zarr
from numpy.typing import NDArray
from zarr.codecs import BloscCodec

CHANNELS = [
    "Brightfield",
    "DF_50",
    "DF_50_Bottom",
    "DF_50_Right",
    "DF_55",
    "DF_60",
    "DF_60_Bottom",
    "DF_60_Right",
    "DF_65",
    "DF_70",
    "DF_70_Bottom",
    "DF_70_Right",
    "DF_75",
    "DF_80",
    "DF_80_Bottom",
    "DF_80_Right",
    "DF_85",
    "DF_90",
    "DPC_Bottom",
    "DPC_Left",
    "DPC_Right",
    "DPC_Top",
    "LED119",
]
CELLS = (3, 17, 4096, 99_001)  # sparse, as in the tiny set
SLIDES = ("antibodies_all/batch_0/slide_replicate_0", "antibodies_CD16/batch_1/slide_replicate_1")


def images(side: int = 32, seed: int = 5) -> dict[int, NDArray[np.uint16]]:
    rng = np.random.default_rng(seed)
    return {cell: rng.integers(30, 4096, (len(CHANNELS), side, side), dtype=np.uint16) for cell in CELLS}


def write(
    root: Path,
    *,
    zarr_format: Literal[2, 3] = 2,
    chunk_planes: int = 1,
    codec: str = "blosc",
    markers: bool = True,
    arrays: dict[int, NDArray[np.uint16]] | None = None,
) -> dict[int, NDArray[np.uint16]]:
    """A data set at `root`; its LED-array images by global index."""
    made = images() if arrays is None else arrays
    root.mkdir(parents=True, exist_ok=True)
    head = {"name": "BSCCM-tiny", "led_array": {"channel_names": CHANNELS}, "fluorescence": {"channel_names": []}}
    (root / "BSCCM_global_metadata.json").write_text(json.dumps(head), encoding="utf-8")
    group = zarr.open_group(str(root / "BSCCM_images.zarr"), mode="w", zarr_format=zarr_format)
    rows = []
    for number, (cell, pixels) in enumerate(made.items()):
        slide = SLIDES[number % 2]
        stored = group.create_array(
            f"{slide}/led_array/cell_{cell}",
            shape=pixels.shape,
            chunks=(chunk_planes, *pixels.shape[1:]),
            dtype=pixels.dtype,
            **_codec(codec, zarr_format),
        )
        stored[...] = pixels
        rows.append({"global_index": cell, "antibodies": slide.split("/")[0][11:], "data_path": slide})
    _table(root / "BSCCM_index.csv", rows)
    if markers:
        _table(root / "BSCCM_surface_markers.csv", [{"global_index": c, "CD45_full_model_unmixed": 1.5} for c in made])
    return made


def zipped(root: Path, to: Path, *, inside: str = "") -> Path:
    """The data set packed as a ZIP, under a folder of that name."""
    with zipfile.ZipFile(to, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(root.rglob("*")):
            if path.is_file():
                archive.write(path, f"{inside}{path.relative_to(root)}")
    return to


def _codec(name: str, zarr_format: int) -> dict[str, Any]:
    if name == "none":
        return {"compressors": None}
    if name == "blosc" and zarr_format == 3:
        return {"compressors": BloscCodec(cname="lz4")}
    if name == "blosc":
        from numcodecs import Blosc

        return {"compressors": Blosc(cname="lz4")}
    return {}  # the format's own default (Zstandard)


def _table(path: Path, rows: list[dict[str, Any]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as stream:
        table = csv.DictWriter(stream, list(rows[0]))
        table.writeheader()
        table.writerows(rows)
