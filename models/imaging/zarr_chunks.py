"""One zarr array, format 2 or 3, from whatever can hand out its files: only the chunks asked for are read.

The zarr package reads folders and whole ZIPs through an event loop; here a cell is four small chunks out of a
file of a million, each from an unknown hand, so sizes are checked before anything is inflated.
"""

from __future__ import annotations

import itertools
import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import imagecodecs
import numpy as np
from numpy.typing import NDArray

MOST_NUMBERS = 64_000_000  # of one array or chunk
MOST_CHUNKS = 10_000  # each is a file looked for, whether it is there or not


class Files(Protocol):
    """A tree of files: a folder, or a ZIP."""

    def read(self, path: str) -> bytes | None:
        """The bytes of a file, None if there is none."""
        ...

    def children(self, path: str) -> tuple[str, ...]:
        """Names of what lies directly in a folder; () if there is none."""
        ...


class ZarrError(ValueError):
    """The array is not one we can read; the text says what was found."""


@dataclass(frozen=True, slots=True)
class _Layout:
    shape: tuple[int, ...]
    chunks: tuple[int, ...]
    dtype: np.dtype[Any]
    fill: float
    order: str
    decoders: tuple[str, ...]  # in the order of decoding
    prefix: str
    separator: str


def array(files: Files, path: str, planes: Sequence[int] | None = None) -> NDArray[Any] | None:
    """The array at `path`, or only the named planes of its first axis; None if there is no array."""
    layout = _layout(files, path)
    if layout is None:
        return None
    wanted = range(layout.shape[0]) if planes is None else planes
    if any(not 0 <= plane < layout.shape[0] for plane in wanted):
        raise ZarrError(f"{layout.shape[0]} planes, of which {max(wanted)} was asked for")
    out = np.full((len(wanted), *layout.shape[1:]), layout.fill, layout.dtype.newbyteorder("="))
    grid = [range(math.ceil(n / c)) for n, c in zip(layout.shape[1:], layout.chunks[1:], strict=True)]
    for row in sorted({plane // layout.chunks[0] for plane in wanted}):
        for cell in itertools.product(*grid):
            chunk = _chunk(files, path, layout, (row, *cell))
            if chunk is None:
                continue
            place = tuple(slice(i * c, (i + 1) * c) for i, c in zip(cell, layout.chunks[1:], strict=True))
            for number, plane in enumerate(wanted):
                if plane // layout.chunks[0] == row:
                    target = out[(number, *place)]
                    target[...] = chunk[(plane % layout.chunks[0], *(slice(n) for n in target.shape))]
    return out


def _layout(files: Files, path: str) -> _Layout | None:
    for name, parse in ((".zarray", _second), ("zarr.json", _third)):
        text = files.read(f"{path}/{name}")
        if text is not None:
            try:
                return _checked(parse(json.loads(text)))
            except (KeyError, TypeError, AttributeError, ValueError, RecursionError) as error:
                if isinstance(error, ZarrError):
                    raise
                raise ZarrError(f"a damaged {name}") from error
    return None


def _checked(layout: _Layout) -> _Layout:
    sizes = (*layout.shape, *layout.chunks)
    if not layout.shape or len(layout.shape) != len(layout.chunks) or min(sizes) < 1:
        raise ZarrError(f"shape {layout.shape} in chunks of {layout.chunks}")
    if max(math.prod(layout.shape), math.prod(layout.chunks)) > MOST_NUMBERS:
        raise ZarrError(f"an array of shape {layout.shape}, too large for one cell")
    pieces = math.prod(math.ceil(n / c) for n, c in zip(layout.shape, layout.chunks, strict=True))
    if pieces > MOST_CHUNKS:
        raise ZarrError(f"an array in {pieces:,} chunks")
    if layout.dtype.kind not in "uif":
        raise ZarrError(f"numbers of type {layout.dtype}")
    return layout


def _second(head: Mapping[str, Any]) -> _Layout:
    if head.get("filters"):
        raise ZarrError("zarr filters")
    compressor = head["compressor"]
    return _Layout(
        tuple(int(n) for n in head["shape"]),
        tuple(int(n) for n in head["chunks"]),
        np.dtype(head["dtype"]),
        _fill(head.get("fill_value")),
        str(head.get("order", "C")),
        () if compressor is None else (str(compressor["id"]),),
        "",
        str(head.get("dimension_separator", ".")),
    )


def _third(head: Mapping[str, Any]) -> _Layout:
    keys = head["chunk_key_encoding"]
    default = keys["name"] == "default"
    separator = keys.get("configuration", {}).get("separator", "/" if default else ".")
    codecs = [(str(codec["name"]), codec.get("configuration", {})) for codec in head["codecs"]]
    dtype = np.dtype(str(head["data_type"]))
    if codecs[0][0] != "bytes":
        raise ZarrError(f"zarr codec '{codecs[0][0]}'")
    if codecs[0][1].get("endian", "little") == "big":
        dtype = dtype.newbyteorder(">")
    return _Layout(
        tuple(int(n) for n in head["shape"]),
        tuple(int(n) for n in head["chunk_grid"]["configuration"]["chunk_shape"]),
        dtype,
        _fill(head.get("fill_value")),
        "C",
        tuple(name for name, _ in reversed(codecs[1:])),
        "c" + str(separator) if default else "",
        str(separator),
    )


def _fill(value: Any) -> float:
    return float(value) if isinstance(value, int | float | str) else 0.0


def _chunk(files: Files, path: str, layout: _Layout, index: tuple[int, ...]) -> NDArray[Any] | None:
    data = files.read(f"{path}/{layout.prefix}{layout.separator.join(map(str, index))}")
    if data is None:
        return None
    size = math.prod(layout.chunks) * layout.dtype.itemsize
    for name in layout.decoders:
        data = _decoded(name, data, size)
    if len(data) != size:
        raise ZarrError(f"a chunk of {len(data):,} bytes where {size:,} were due")
    order: Any = layout.order
    return np.frombuffer(data, layout.dtype).reshape(layout.chunks, order=order)


def _decoded(name: str, data: bytes, size: int) -> bytes:
    decode = _DECODERS.get(name)
    if decode is None:
        raise ZarrError(f"zarr codec '{name}'")
    try:
        return decode(data, size)
    except (RuntimeError, ValueError) as error:  # imagecodecs' errors are RuntimeErrors
        if isinstance(error, ZarrError):
            raise
        raise ZarrError(f"a damaged chunk ({name})") from error


def _blosc(data: bytes, size: int) -> bytes:
    # Bytes 4–7: size once unpacked; 12–15: size as packed. Blosc itself trusts both.
    stated = int.from_bytes(data[4:8], "little"), int.from_bytes(data[12:16], "little")
    if len(data) < 16 or stated != (size, len(data)):
        raise ZarrError("a chunk that would not unpack to its stated size")
    return bytes(imagecodecs.blosc_decode(data, numthreads=1))


def _crc32c(data: bytes, _size: int) -> bytes:
    return data[:-4]  # a checksum follows the bytes; the picture's id is our own check


_DECODERS: dict[str, Callable[[bytes, int], bytes]] = {
    "blosc": _blosc,
    "zstd": lambda data, size: bytes(imagecodecs.zstd_decode(data, out=size)),
    "zlib": lambda data, size: bytes(imagecodecs.zlib_decode(data, out=size)),
    "gzip": lambda data, size: bytes(imagecodecs.gzip_decode(data, out=size)),
    "lz4": lambda data, size: bytes(imagecodecs.lz4_decode(data, header=True, out=size)),
    "crc32c": _crc32c,
}
