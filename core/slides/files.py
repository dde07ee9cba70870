"""Which files make a slide, and copies of them without what tells of a person.

A copy goes piece by piece, so that a slide of any size costs a few megabytes of memory. On the way the pictures that
are no level of the slide (label, macro, thumbnail) are blanked, and so are the fields in which scanners write names;
DICOM label and overview files are left out. What is blanked in TIFF-like, MRXS and CZI files stands in `blanks_*`.
"""

from __future__ import annotations

import hashlib
import re
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import pydicom
from pydicom.datadict import dictionary_has_tag, dictionary_VR

from core.errors import UnreadableFile
from core.slides import blanks_czi, blanks_mirax, blanks_tiff
from core.slides.reading import file_of

PIECE = 4 << 20
_DICOM_TEXT = {"AE", "AS", "CS", "DA", "DS", "DT", "IS", "LO", "LT", "PN", "SH", "ST", "TM", "UC", "UN", "UT"}
_DICOM_TELLING = {
    0x00020016, 0x00080012, 0x00080013, 0x00080020, 0x00080021, 0x00080022, 0x00080023, 0x0008002A, 0x00080030,
    0x00080031, 0x00080032, 0x00080033, 0x00080050, 0x00080080, 0x00080081, 0x00080090, 0x00080092, 0x00080094,
    0x00080082, 0x00080096, 0x00081049, 0x00081052, 0x00081062, 0x00081072, 0x00401101, 0x00401102, 0x00401103,
    0x00181030, 0x00700080, 0x00700081,
    0x00081010, 0x00081030, 0x0008103E, 0x00081040, 0x00081048, 0x00081050, 0x00081060, 0x00081070, 0x00081080,
    0x00181000, 0x00200010, 0x00204000, 0x00321032, 0x00321060, 0x00380010, 0x00400007, 0x00400009, 0x00400253,
    0x00400254, 0x00400512, 0x00400551, 0x00400600, 0x00400602, 0x00401001, 0x00402016, 0x00402017, 0x22000002,
    0x22000005,
}  # fmt: skip
_DICOM_PERSONS = (0x0010, 0x0012)  # groups: the patient, and the same person as the subject of a trial
_DICOM_SCHEME = 0x00080102  # whose codes these are: as harmless codes say it, which would go with it
_DICOM_OWN = 0xFF  # private elements up to here only say whose the others are


@dataclass(frozen=True, slots=True)
class Part:
    """One file of a slide under the name that the reading library looks for, and where in it to write what instead."""

    name: str
    path: Path
    blank: tuple[tuple[int, bytes], ...] = ()

    def pieces(self) -> Iterator[bytes]:
        """The file's bytes with the blanks in place."""
        start = 0
        with self.path.open("rb") as stream:
            while piece := stream.read(PIECE):
                end = start + len(piece)
                over = [(at, new) for at, new in self.blank if at < end and at + len(new) > start]
                if over:
                    changed = bytearray(piece)
                    for at, new in over:
                        first, last = max(at, start), min(at + len(new), end)
                        changed[first - start : last - start] = new[first - at : last - at]
                    piece = bytes(changed)
                yield piece
                start = end

    def sha256(self) -> str:
        counted = hashlib.sha256()
        for piece in self.pieces():
            counted.update(piece)
        return counted.hexdigest()


def parts_of(path: Path) -> tuple[Part, ...]:
    """The files of the slide at `path`, the one to open first."""
    file = file_of(path)
    if file.suffix.lower() == ".mrxs":
        return _of_mirax(file)
    if _is_dicom(file):
        return _of_series(file)
    suffix = file.suffix.lower() if re.fullmatch(r"\.[a-z0-9]{1,8}", file.suffix.lower()) else ""
    return (Part(f"slide{suffix}", file, _blanks(file)),)


def sha256_of(digests: Sequence[str]) -> str:
    """Of a slide of several files: of their digests."""
    return digests[0] if len(digests) == 1 else hashlib.sha256("\n".join(digests).encode()).hexdigest()


def _blanks(file: Path) -> tuple[tuple[int, bytes], ...]:
    with file.open("rb") as stream:
        start = stream.read(16)
    if start[:4] in blanks_tiff.MARKS:
        return blanks_tiff.blanks(file)
    if not start.startswith(b"ZISRAWFILE"):
        return ()
    try:
        return tuple(sorted(blanks_czi.blanks(file)))
    except (ValueError, struct.error) as error:
        raise UnreadableFile("a CZI slide whose parts can be told", "a damaged one", "Copy it again, whole.") from error


def _of_mirax(file: Path) -> tuple[Part, ...]:
    """The picture of the glass is blanked whole: the library only wants it to be there."""
    folder = file.with_suffix("")
    try:
        inside = blanks_mirax.parts(folder)
    except (KeyError, ValueError, IndexError, struct.error, OSError) as error:
        do = "Give the .mrxs with all of its folder, of the same name, beside it."
        raise UnreadableFile("an MRXS slide with its folder", "one that is damaged or not all there", do) from error
    beside = (Part(f"slide/{name}", folder / name, tuple(sorted(blanks))) for name, blanks in inside.items())
    return (Part("slide.mrxs", file, ((0, bytes(file.stat().st_size)),)), *beside)


def _is_dicom(file: Path) -> bool:
    with file.open("rb") as stream:
        return stream.read(132)[128:] == b"DICM"


def _of_series(file: Path) -> tuple[Part, ...]:
    """The volume files of the series; label and overview pictures are files of their own, and stay behind."""
    wanted = _dicom(file).get("SeriesInstanceUID")
    found = []
    for other in sorted(file.parent.iterdir()):
        if not other.is_file() or not _is_dicom(other):
            continue
        told = _dicom(other)
        kind = [str(word) for word in told.get("ImageType", [])]
        if told.get("SeriesInstanceUID") == wanted and "VOLUME" in kind:  # all that OpenSlide takes for a level
            found.append(other)
    return tuple(Part(f"{n:04d}.dcm", one, _dicom_blanks(one)) for n, one in enumerate(found, start=1))


def _dicom(file: Path) -> Any:
    with file.open("rb") as stream:
        return _header(stream)


def _header(stream: BinaryIO) -> Any:
    """Up to the pixels, before which the stream stands then."""
    try:
        return pydicom.dcmread(stream, stop_before_pixels=True, force=False)
    except Exception as error:  # pydicom raises anything on a damaged file
        raise UnreadableFile("the files of one DICOM slide", "a damaged one", "Copy them again.") from error


def _dicom_blanks(file: Path) -> tuple[tuple[int, bytes], ...]:
    """Text about the patient, the place, the people and the time, however deep in the header it lies."""
    with file.open("rb") as stream:
        told = _header(stream)
        end = stream.tell()
        stream.seek(0)
        header = stream.read(end)
    try:
        telling = [*_telling(told.file_meta), *_telling(told)]
    except Exception as error:  # as above
        raise UnreadableFile("a DICOM header that can be read", "a damaged one", "Copy the files again.") from error
    blanks = {place for raw in telling for place in _places(header, raw)}
    return tuple((at, b" " * length) for at, length in sorted(blanks))


def _telling(told: Any, *, whole: bool = False) -> Iterator[Any]:
    """Raw elements that tell of somebody, those in sequences too; `whole`: all that are text, as in a telling one."""
    for tag in list(told.keys()):
        raw = told.get_item(tag)
        kind = raw.VR or (dictionary_VR(tag) if dictionary_has_tag(tag) else "UN")
        its = tag.group in _DICOM_PERSONS or int(tag) in _DICOM_TELLING or kind == "PN"
        its = its or (whole and int(tag) != _DICOM_SCHEME)
        private = tag.is_private and tag.element > _DICOM_OWN
        if kind == "SQ":
            for item in told[tag].value:
                yield from _telling(item, whole=its or private)
        if kind in _DICOM_TEXT and (its or private) and isinstance(raw.value, bytes) and raw.value:
            yield raw


def _places(header: bytes, raw: Any) -> Iterator[tuple[int, int]]:
    """Where the element's value lies. Looked for, since what is in a sequence does not say where in the file it is."""
    tag, value = struct.pack("<HH", raw.tag.group, raw.tag.element), raw.value
    starts = [tag + struct.pack("<I", len(value))]  # the three ways in which a header says how long a value is
    if raw.VR:
        starts += [tag + raw.VR.encode() + struct.pack("<H", len(value) & 0xFFFF)]
        starts += [tag + raw.VR.encode() + bytes(2) + struct.pack("<I", len(value))]
    for start in starts:
        at = header.find(start + value)
        while at >= 0:
            yield at + len(start), len(value)
            at = header.find(start + value, at + 1)
