"""Fields for the measurements: drawn from checked-in seeds (the borderline demo case), as PNG files in a folder."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.cases import pictures
from core.decode.identity import picture_id
from core.records import Image, ImageInfo, Modality
from models.synthesis import demo

CASE = demo.demo_cases()[1]
UM_PER_PX = demo.smear.draw_look(CASE.seed).um_per_px


def laid_out(folder: Path, count: int) -> list[Path]:
    """`count` different fields of 1024 × 1024 pixels with 26 cells each, drawn once."""
    folder.mkdir(parents=True, exist_ok=True)
    files = [folder / f"field-{number:02}.png" for number in range(count)]
    if not all(file.is_file() for file in files):
        for file, field in zip(files, demo.demo_fields(CASE), strict=False):
            file.write_bytes(pictures.png(field.pixels))
    return files


def many(files: list[Path], count: int) -> Iterator[Image]:
    """The files again and again; one pixel tells them apart, so that each is a picture of its own."""
    for number, file in enumerate(itertools.islice(itertools.cycle(files), count)):
        pixels = pixels_of(file)
        pixels[0, 0] = (number >> 8 & 255, number & 255, 200)
        yield known(pixels, number + 1)


def mosaic(files: list[Path], side: int) -> Image:
    """One picture of `side` × `side` fields."""
    fields = itertools.cycle(pixels_of(file) for file in files)
    rows = [np.concatenate(list(itertools.islice(fields, side)), axis=1) for _ in range(side)]
    return known(np.ascontiguousarray(np.concatenate(rows)), 1)


def known(pixels: NDArray[Any], number: int) -> Image:
    height, width = pixels.shape[:2]
    name = picture_id(pixels, Modality.SMEAR)
    return Image(
        ImageInfo(name, "0" * 64, 0, f"image {number}", Modality.SMEAR, width, height, UM_PER_PX, source_format="PNG"),
        pixels,
    )


def pixels_of(file: Path) -> NDArray[Any]:
    import PIL.Image

    with PIL.Image.open(file) as picture:
        return np.array(picture)
