"""DPC: pages → one stack of views. Left, right, top, bottom mean what BSCCM means by them.

BSCCM names a view after the half of the condenser that is lit: 'left' lights na_x > 0, so that a cell is bright
on the right of its left view; 'top' lights na_y < 0 with y counted downwards (BSCCM counts it upwards), so that a cell
is bright at the top of its top view.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.decode.page import Page, check_content, plain
from core.errors import RefusedFile, UnsupportedFile
from models.imaging.dpc_faults import faults

VIEWS = ("left", "right", "top", "bottom")
ASSUMED = "The file does not name its four views; the order left, right, top, bottom was assumed."
_DO = (
    "Upload four grey pictures with left, right, top and bottom in their names, a TIFF of four grey pages, or an NPY "
    "or NPZ file."
)


def named(name: str) -> tuple[str, str] | None:
    """(rest of the name, view) if exactly one whole token of the name is a view; else None."""
    path = PurePosixPath(name)
    tokens = [token for token in re.split(r"[^0-9a-z]+", path.stem.lower()) if token]
    found = [token for token in tokens if token in VIEWS]
    if len(found) != 1:
        return None
    return str(path.parent).lower() + "/" + "_".join(token for token in tokens if token != found[0]), found[0]


def stack(pages: Mapping[str, Page]) -> NDArray[Any]:
    """Four pages by view → (4, H, W)."""
    return stacked([grey(pages[view]) for view in VIEWS])


def stacked(planes: Sequence[NDArray[Any]]) -> NDArray[Any]:
    """Planes in the order of VIEWS → (views, H, W), if they belong together."""
    if len({plane.shape for plane in planes}) > 1 or len({plane.dtype for plane in planes}) > 1:
        found = ", ".join(f"{p.shape[1]} × {p.shape[0]} {p.dtype}" for p in planes)
        raise RefusedFile("four views of the same size and depth", found, "Export the four views alike.")
    pixels = plain(np.stack(planes))
    for view in pixels:
        check_content(view)
    return pixels


def sound(pixels: NDArray[Any], um_per_px: float | None = None) -> tuple[str, ...]:
    """Warnings about four views that can be used; spoiled ones, and views in a wrong order, are refused."""
    found = faults(pixels, um_per_px)
    for fault in found:
        if fault.grave:
            raise RefusedFile(fault.expected, fault.found, fault.do)
    return tuple(str(fault) for fault in found)


def grey(page: Page) -> NDArray[Any]:
    """The one channel of a page; a grey picture stored as RGB counts as grey."""
    pixels = page.pixels
    if pixels.ndim == 2:
        return pixels
    colours = pixels[..., :3]
    if (colours == colours[..., :1]).all():
        return np.ascontiguousarray(colours[..., 0])
    raise RefusedFile("a grey picture for each DPC view", f"a colour picture ({pixels.shape[2]} channels)", _DO)


def is_grey(page: Page) -> bool:
    return page.pixels.ndim == 2 or bool((page.pixels[..., :3] == page.pixels[..., :1]).all())


def of_four_pages(pages: Sequence[Page]) -> tuple[NDArray[Any], tuple[str, ...]]:
    """A TIFF of four grey pages, ordered by the names it carries or else as VIEWS."""
    if len(pages) != len(VIEWS):
        raise RefusedFile("four DPC views", f"{len(pages)} page{'s' * (len(pages) > 1)}", _DO)
    if {page.view for page in pages} == set(VIEWS):
        return stack({page.view: page for page in pages}), ()
    return stacked([grey(page) for page in pages]), (ASSUMED,)


def of_array(array: NDArray[Any]) -> list[NDArray[Any]]:
    """(4, H, W), (H, W, 4) or (N, 4, H, W) → one stack per image."""
    shape = array.shape
    if array.ndim == 4 and shape[1] == 4:
        return list(array)
    if array.ndim == 3 and shape[0] == 4 and shape[2] != 4:
        return [array]
    if array.ndim == 3 and shape[2] == 4:
        return [np.ascontiguousarray(np.moveaxis(array, -1, 0))]
    raise UnsupportedFile(
        "an array of shape (4, H, W), (H, W, 4) or (N, 4, H, W)", f"shape {tuple(int(n) for n in shape)}", _DO
    )
