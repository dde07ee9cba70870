"""3DHISTECH MRXS: a picture of the glass, and a folder with an index, a list of keys, and files of tiles.

Only the files that the list names are parts of the slide. Of what lies in them beside tiles (label, preview, profile)
where tiles lie is kept and nothing else; of the list the keys that reading needs.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

LIST, VERSION = "Slidedat.ini", b"01.02"
_LINE = re.compile(
    rb"^(?:\xef\xbb\xbf)?[ \t]*(?:\[(?P<group>[^\]\r\n]*)\]|(?P<key>[^=\[\r\n]+?)[ \t]*=[ \t]*(?P<value>[^\r\n]*))",
    re.M,
)
_POSITIONS = ("VIMSLIDE_POSITION_BUFFER", "StitchingIntensityLayer")  # where each photograph lies
_KEPT = {
    "SLIDE_VERSION", "CURRENT_SLIDE_VERSION", "SLIDE_ID", "IMAGENUMBER_X", "IMAGENUMBER_Y", "OBJECTIVE_MAGNIFICATION",
    "CameraImageDivisionsPerSide", "IMAGE_CONCAT_FACTOR", "OVERLAP_X", "OVERLAP_Y", "MICROMETER_PER_PIXEL_X",
    "MICROMETER_PER_PIXEL_Y", "IMAGE_FILL_COLOR_BGR", "DIGITIZER_WIDTH", "DIGITIZER_HEIGHT", "IMAGE_FORMAT",
}  # fmt: skip
_KEPT_WHOLE = ("HIERARCHICAL", "DATAFILE")  # which files and groups there are
_PICTURES = "ScanDataLayer_Slide"  # how pictures of the glass are called: its label, a preview, the whole of it
_MOST = 512 << 20  # bytes of a record: the index of a damaged slide may say any number
Blanks = dict[str, list[tuple[int, bytes]]]  # by the name of a file


def parts(folder: Path) -> Blanks:
    """The slide's files in the folder, the list first, and where in each to write what instead.

    KeyError, ValueError, struct.error, OSError: they are none, or not all there.
    """
    content = (folder / LIST).read_bytes()
    lines = list(_told(content))
    told = {(group, key): (value, at) for group, key, value, at in lines}  # of a key that is there twice the last
    index = told["HIERARCHICAL", "INDEXFILE"][0]
    files = [told["DATAFILE", f"FILE_{n}"][0] for n in range(int(told["DATAFILE", "FILE_COUNT"][0]))]
    found: Blanks = {LIST: [], index: [], **{name: [] for name in files}}
    if not all((folder / name).is_file() and Path(name).name == name and name.isprintable() for name in found):
        raise ValueError("a file that is not there")
    found[LIST] += _untold(content)
    for group, key, value, at in lines:
        if group not in _KEPT_WHOLE and key not in _KEPT:
            found[LIST].append((at, b" " * len(_bytes(value))))
    with (folder / index).open("rb") as stream:
        root = len(VERSION) + len(_bytes(told["GENERAL", "SLIDE_ID"][0])) + 4
        sizes = [(folder / name).stat().st_size for name in files]
        for record, (value, at) in _beside_tiles(told):
            found[LIST].append((at, b"x" * len(_bytes(value))))  # nobody looks for a picture of that name
            try:
                start, size, file = _record(stream, root, record, sizes)
            except (ValueError, IndexError, struct.error):
                if value.startswith(_PICTURES):
                    raise
                continue  # of a kind that nobody knows: a slide is not refused for it
            found[files[file]].append((start, bytes(size)))
    return found


def _told(content: bytes) -> Iterator[tuple[str, str, str, int]]:
    """Group, key, value and where that begins. A value may be in any code page."""
    group = ""
    for line in _LINE.finditer(content):
        if line["group"] is not None:
            group = line["group"].decode()
        else:
            value = line["value"].rstrip().decode("utf-8", "surrogateescape")
            yield group, line["key"].decode(), value, line.start("value")


def _bytes(value: str) -> bytes:
    return value.encode("utf-8", "surrogateescape")


def _untold(content: bytes) -> Iterator[tuple[int, bytes]]:
    """Remarks, keys of one language ('NAME[de]'), and whatever else is no line that reading needs."""
    for line in re.finditer(rb"[^\r\n]+", content):
        said = _LINE.match(content, line.start())
        if said is None or (said["key"] or b"").startswith((b"#", b";")):
            yield line.start(), re.sub(rb"\S", b" ", line[0])


def _beside_tiles(told: dict[tuple[str, str], tuple[str, int]]) -> Iterator[tuple[int, tuple[str, int]]]:
    """Records that are no tiles and not where they lie: their number, what they are called, and where that stands."""
    record = 0
    for n in range(int(told["HIERARCHICAL", "NONHIER_COUNT"][0])):
        called = told["HIERARCHICAL", f"NONHIER_{n}_NAME"][0]
        for k in range(int(told["HIERARCHICAL", f"NONHIER_{n}_COUNT"][0])):
            if not called.startswith(_POSITIONS):
                yield record, told["HIERARCHICAL", f"NONHIER_{n}_VAL_{k}"]
            record += 1


def _record(stream: BinaryIO, root: int, number: int, sizes: Sequence[int]) -> tuple[int, int, int]:
    """Where a record lies: start, size, and the place of its file in the list, whose sizes are these."""

    def at(place: int, count: int = 1) -> tuple[int, ...]:
        stream.seek(max(0, place))
        return struct.unpack(f"<{count}i", stream.read(4 * count))

    (pages,) = at(root)
    (first,) = at(pages + 4 * number)
    _, page = at(first, 2)
    *_, start, size, file = at(page, 7)
    if file < 0 or start < 0 or not 0 <= size <= min(_MOST, sizes[file] - start):
        raise ValueError("a record beside the files")
    return start, size, file
