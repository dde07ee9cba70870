"""Zeiss CZI: a file of segments. Attachments (label, preview of the glass, thumbnails) go, and so does what its XML
tells beside sizes and scale. A segment that was written anew elsewhere is only marked as deleted: its bytes go too."""

from __future__ import annotations

import os
import re
import struct
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import BinaryIO

from core.slides.blanks_xml import spaces

HEAD = 32  # bytes before a segment's data: its name, room, and how much of that is used
_FILE = struct.Struct("<16x16s16s4xqq4xq")  # identities; where directory, metadata and attachments lie
_ENTRY = 128  # bytes of an attachment in their directory, which stand in front of the attachment once more
_NAME = slice(48, 128)
_DIRECTORY, _ATTACHED, _METADATA = 256, 256, 256  # bytes of a segment's data before what it holds
_MOST_ATTACHED, _MOST_XML = 1000, 64 << 20  # a damaged file may say any number
_KINDS = re.compile(rb"(?:ZISRAW[A-Z]+|DELETED)\0*")
_GONE = (b"DELETED", b"ZISRAWMETADATA", b"ZISRAWATTACH", b"ZISRAWATTDIR")  # nothing of these is kept where not in use
_SIZES = {"SizeX", "SizeY", "SizeC", "SizeS", "SizeM", "SizeB", "SizeZ", "SizeT", "PixelType", "ComponentBitCount"}


def blanks(file: Path) -> tuple[tuple[int, bytes], ...]:
    """Where in the file to write what instead. struct.error, ValueError: it is none, or cut short."""
    with file.open("rb") as stream:
        stream.seek(HEAD)
        _, _, _, metadata, attachments = _FILE.unpack(stream.read(_FILE.size))
        listed = *_of_metadata(stream, metadata), *(_of_attachments(stream, attachments) if attachments else ())
        return *listed, *_left_behind(stream, {metadata, attachments})


def _left_behind(stream: BinaryIO, in_use: set[int]) -> Iterator[tuple[int, bytes]]:
    """What lies in segments that nothing refers to any more. Where what follows is no segment nothing is said."""
    at, end = 0, stream.seek(0, os.SEEK_END)
    last: tuple[int, int] | None = None
    while True:
        stream.seek(at)
        head = stream.read(HEAD)
        if (at == end or _KINDS.fullmatch(head[:16])) and last is not None:
            yield last[0], bytes(last[1])
        if len(head) < HEAD or not _KINDS.fullmatch(head[:16]):
            return
        name, room, _ = struct.unpack("<16sqq", head)
        following = at + HEAD + room
        if not at < following <= end:
            return
        gone = name.rstrip(b"\0") in _GONE and at not in in_use
        last = (at + HEAD, room) if gone else None
        at = following


def _of_metadata(stream: BinaryIO, at: int) -> Iterator[tuple[int, bytes]]:
    used = _used(stream, at, b"ZISRAWMETADATA")
    (size,) = struct.unpack("<i", stream.read(4))
    if not 0 < size <= _MOST_XML:
        raise ValueError("metadata of no size")
    stream.seek(at + HEAD + _METADATA)
    yield at + HEAD + _METADATA, spaces(stream.read(size), _kept)
    if used > _METADATA + size:  # something attached to it
        yield at + HEAD + _METADATA + size, bytes(used - _METADATA - size)


def _kept(path: tuple[str, ...], attributes: Mapping[str, str], name: str) -> bool:  # noqa: ARG001 - the seam names it
    if name:
        return name == "Id"  # 'X', 'Objective:1': what refers to what
    if path[:3] == ("ImageDocument", "Metadata", "Scaling"):
        return path[-1] == "Value"
    return path[:3] == ("ImageDocument", "Metadata", "Information") and path[-1] in {*_SIZES, "NominalMagnification"}


def _of_attachments(stream: BinaryIO, at: int) -> Iterator[tuple[int, bytes]]:
    """Their list becomes empty, and so does each of them."""
    _used(stream, at, b"ZISRAWATTDIR")
    (count,) = struct.unpack("<i", stream.read(4))
    if not 0 <= count <= _MOST_ATTACHED:
        raise ValueError("attachments without number")
    yield at + HEAD, bytes(4)
    first = at + HEAD + _DIRECTORY
    yield first, bytes(_ENTRY * count)
    for number in range(count):
        stream.seek(first + _ENTRY * number)
        (where,) = struct.unpack("<12xq", stream.read(20))
        used = _used(stream, where, b"ZISRAWATTACH")
        if used < _ATTACHED:
            raise ValueError("an attachment of no size")
        yield where + HEAD + 16 + _NAME.start, bytes(_NAME.stop - _NAME.start)
        yield where + HEAD + _ATTACHED, bytes(used - _ATTACHED)


def _used(stream: BinaryIO, at: int, kind: bytes) -> int:
    """How many bytes a segment holds; the stream stands where they begin."""
    end = stream.seek(0, os.SEEK_END)
    if not 0 <= at < end:
        raise ValueError("a segment beside the file")
    stream.seek(at)
    name, _, used = struct.unpack("<16sqq", stream.read(HEAD))
    if name.rstrip(b"\0") != kind or not 0 <= used <= end - at - HEAD:
        raise ValueError(f"no {kind.decode()}")
    return int(used)
