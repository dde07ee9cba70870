"""NPY and NPZ, without pickles: the header is read by numpy, the numbers are taken from the bytes at hand."""

from __future__ import annotations

import io
import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from core.decode import codec, views
from core.decode.limits import Budget
from core.decode.page import check_size
from core.errors import RefusedFile, UnreadableFile, UnsupportedFile

_LONGEST_HEADER = 10_000


def array(data: bytes) -> NDArray[Any]:
    """The array of an NPY file; its stated shape must be what the bytes hold."""
    with codec.border("NPY"):
        stream = io.BytesIO(data)
        version = npy.read_magic(stream)
        reader = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}.get(version)
        if reader is None:
            raise UnsupportedFile("an NPY file of version 1 or 2", f"version {version}", "Save it with numpy.save.")
        shape, fortran, dtype = reader(stream, max_header_size=_LONGEST_HEADER)
        if dtype.hasobject or dtype.kind not in "uifb":
            raise RefusedFile("an array of plain numbers", f"one of {dtype.kind!r} objects", "Save it as numbers.")
        count = math.prod(shape)
        start = stream.tell()
        if any(n < 0 for n in shape) or count * dtype.itemsize != len(data) - start:
            raise UnreadableFile(
                f"{count * dtype.itemsize:,} bytes of numbers, as the header states",
                f"{len(data) - start:,}",
                "Save the array again.",
            )
        flat = np.frombuffer(data, dtype=dtype, count=count, offset=start)
        return flat.reshape(shape, order="F" if fortran else "C")


def of_npy(data: bytes, budget: Budget) -> list[NDArray[Any]]:
    """Stacks of four views, not yet looked at one by one."""
    return _stacks(views.of_array(array(data)), budget)


def of_npz(members: Mapping[str, Callable[[], bytes]], budget: Budget) -> list[NDArray[Any]]:
    """Stacks of an NPZ: arrays named left, right, top, bottom, or one array with all four."""
    by_view = {found[1]: read for name, read in members.items() if (found := views.named(name))}
    if set(by_view) == set(views.VIEWS):
        planes = [array(by_view[view]()) for view in views.VIEWS]
        if any(plane.ndim not in (2, 3) for plane in planes) or len({plane.shape for plane in planes}) > 1:
            raise RefusedFile(
                "four arrays of one shape, (H, W) or (N, H, W)",
                ", ".join(str(plane.shape) for plane in planes),
                "Save the views alike.",
            )
        return _stacks(list(np.stack(planes, -3)) if planes[0].ndim == 3 else [np.stack(planes)], budget)
    if len(members) == 1:
        return of_npy(next(iter(members.values()))(), budget)
    raise UnsupportedFile(
        "an NPZ with arrays left, right, top and bottom, or a single array",
        f"arrays {', '.join(sorted(name.removesuffix('.npy') for name in members)[:8])}",
        "Name the arrays after the views.",
    )


def _stacks(found: list[NDArray[Any]], budget: Budget) -> list[NDArray[Any]]:
    if not found:
        raise UnreadableFile("at least one image", "an array without any", "Save the array again.")
    height, width = found[0].shape[1:]
    check_size(int(width), int(height), budget.settings.max_pixels)
    budget.hold(sum(stack.nbytes for stack in found))
    return found
