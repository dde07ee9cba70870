"""Small data sets in the layout of BSCCM, written by the library's own writer, with the zarr package beneath it."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from models.synthesis.bsccm_layout import CHANNELS as _CHANNELS
from models.synthesis.bsccm_layout import Cell, Slide, written

CHANNELS = list(_CHANNELS)
CELLS = (3, 17, 4096, 99_001)  # sparse, as in the tiny set
_SLIDES = (Slide(), Slide("CD16", 1, 1))
SLIDES = tuple(slide.path for slide in _SLIDES)


def images(side: int = 32, seed: int = 5) -> dict[int, NDArray[np.uint16]]:
    rng = np.random.default_rng(seed)
    return {cell: rng.integers(30, 4096, (len(CHANNELS), side, side), dtype=np.uint16) for cell in CELLS}


def write(
    root: Path,
    *,
    zarr_format: Literal[2, 3] = 2,
    chunk_planes: int = 1,
    codec: Literal["blosc", "default", "none"] = "blosc",
    markers: bool = True,
    arrays: dict[int, NDArray[np.uint16]] | None = None,
) -> dict[int, NDArray[np.uint16]]:
    """A data set at `root`; its LED-array images by global index."""
    made = images() if arrays is None else arrays
    cells = (
        Cell(cell, _SLIDES[number % 2], pixels, "lymphocyte", {"CD45": 3.0, "CD16": 1.5})
        for number, (cell, pixels) in enumerate(made.items())
    )
    how = {"zarr_format": zarr_format, "chunk_planes": chunk_planes, "codec": codec, "markers": markers}
    written(root, cells, name="BSCCM-tiny", **how)
    return made


def zipped(root: Path, to: Path, *, inside: str = "") -> Path:
    """The data set packed as a ZIP, under a folder of that name."""
    with zipfile.ZipFile(to, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(root.rglob("*")):
            if path.is_file():
                archive.write(path, f"{inside}{path.relative_to(root)}")
    return to
