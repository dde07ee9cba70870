"""One file's bytes → the pictures in it, as smear or as DPC."""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.decode import arrays, dicom, raster, smear, tiff, unpack, views
from core.decode.limits import Budget
from core.decode.page import Page
from core.decode.sniff import Kind
from core.errors import BadInput, RefusedFile, UnsupportedFile
from core.records import Modality


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """A picture as it will be kept, before it has a name."""

    pixels: NDArray[Any]
    modality: Modality
    page: int
    format: str
    bits: int
    um_per_px: float | None = None
    views: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    doubt: str = ""
    as_photographed: bool = True  # a camera's file, which may have text in it; not numbers from an array


@dataclass(frozen=True, slots=True)
class Found:
    """A file's pictures, and the pages of it that are none."""

    pictures: tuple[Picture, ...]
    problems: tuple[tuple[int, BadInput], ...] = ()


def of(data: bytes, kind: Kind, modality: Modality | None, budget: Budget, lacking: Sequence[str] = ()) -> Found:
    """Everything in one file; `lacking` names the DPC views missing beside it."""
    if kind is Kind.NPY:
        _refuse_array_as_smear(modality)
        return _from_stacks(arrays.of_npy(data, budget), "NPY")
    pages = pages_of(data, kind, budget)
    four_grey = kind is Kind.TIFF and len(pages) == len(views.VIEWS) and all(views.is_grey(page) for page in pages)
    if modality is Modality.DPC or (modality is None and four_grey):
        _refuse_lone_view(pages, lacking)
        pixels, said = views.of_four_pages(pages)
        return Found((_dpc(pages[0], pixels, said),))
    return _smears(pages)


def pages_of(data: bytes, kind: Kind, budget: Budget) -> list[Page]:
    """The pages of a picture file."""
    if kind is Kind.TIFF:
        return tiff.pages(data, budget)
    if kind is Kind.DICOM:
        return [dicom.page(data, budget)]
    if kind in (Kind.NPY, Kind.ZIP):
        raise UnsupportedFile("a picture", f"an {kind.value} file", "Put all four views into one NPY or NPZ file.")
    return [raster.page(data, kind, budget)]


def of_npz(found: zipfile.ZipFile, modality: Modality | None, budget: Budget) -> Found:
    """The stacks of an NPZ."""
    _refuse_array_as_smear(modality)
    members = {entry.filename: partial(unpack.member, found, entry, budget) for entry in found.infolist()}
    return _from_stacks(arrays.of_npz(members, budget), "NPZ")


def of_four_files(pages: Sequence[Page]) -> Picture:
    """A DPC picture from four files, in the order of VIEWS."""
    return _dpc(pages[0], views.stack(dict(zip(views.VIEWS, pages, strict=True))))


def _dpc(first: Page, pixels: NDArray[Any], said: tuple[str, ...] = ()) -> Picture:
    bits = 32 if pixels.dtype == np.float32 else first.bits
    warnings = (*first.warnings, *said, *views.sound(pixels, first.um_per_px))
    return Picture(pixels, Modality.DPC, 0, first.format, bits, first.um_per_px, views.VIEWS, warnings, first.doubt)


def _smears(pages: Sequence[Page]) -> Found:
    pictures: list[Picture] = []
    problems: list[tuple[int, BadInput]] = []
    for page in pages:
        try:
            pixels, warnings = smear.rgb(page)
        except BadInput as error:
            if len(pages) == 1:
                raise
            problems.append((page.number, error))
            continue
        pictures.append(
            Picture(
                pixels, Modality.SMEAR, page.number, page.format, page.bits, page.um_per_px, (), warnings, page.doubt
            )
        )
    return Found(tuple(pictures), tuple(problems))


def _from_stacks(stacks: Sequence[NDArray[Any]], name: str) -> Found:
    """One picture a stack; one that cannot be used harms no other."""
    assumed = () if name == "NPZ" else (views.ASSUMED,)
    pictures: list[Picture] = []
    problems: list[tuple[int, BadInput]] = []
    for number, stack in enumerate(stacks):
        try:
            pixels = views.stacked(list(stack))
            warnings = (*assumed, *views.sound(pixels))
        except BadInput as error:
            if len(stacks) == 1:
                raise
            problems.append((number, error))
            continue
        bits = 8 * pixels.dtype.itemsize
        pictures.append(
            Picture(
                pixels, Modality.DPC, number, name, bits, views=views.VIEWS, warnings=warnings, as_photographed=False
            )
        )
    return Found(tuple(pictures), tuple(problems))


def _refuse_array_as_smear(modality: Modality | None) -> None:
    if modality is Modality.SMEAR:
        raise RefusedFile(
            "pictures of a stained smear", "an array, which is read as DPC views", "Choose DPC, or upload PNG or TIFF."
        )


def _refuse_lone_view(pages: Sequence[Page], lacking: Sequence[str]) -> None:
    if len(pages) == 1 and lacking:
        raise RefusedFile(
            "left, right, top and bottom views of one field",
            f"no {', no '.join(lacking)} beside this one",
            "Upload all four together, with names that differ only in the view.",
        )
