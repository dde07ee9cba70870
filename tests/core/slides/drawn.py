"""One drawn slide for all tests of a process, with its truth."""

from __future__ import annotations

import functools
import tempfile
from pathlib import Path

from models.synthesis import slide
from models.synthesis.slide import Lying

SIDE = 6000
_folder = tempfile.TemporaryDirectory(prefix="hemaboard-slide-")


@functools.cache
def made(side: int = SIDE, seed: int = 1) -> tuple[Path, tuple[Lying, ...]]:
    path = Path(_folder.name, f"{side}-{seed}.tif")
    return path, slide.drawn(path, side, seed, pieces=2, sprites=8)
