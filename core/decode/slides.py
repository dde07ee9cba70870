"""Whole slides among uploaded pictures: recognised, and sent the way on which they are read (`core.slides`).

A slide is never unpacked here: it would not fit. Of formats that nothing free reads it is said what to export instead.
"""

from __future__ import annotations

import itertools
from pathlib import PurePosixPath
from typing import Any

from core.errors import UnsupportedFile

_ADD = (
    "Give it by itself, not in a ZIP, on the page “New case” or “Whole slide”, or add it to its case with "
    "`python -m core slide add CASE FILE`: its cells are counted field by field."
)
_EXPORT = (
    "This format is not read. In the slide viewer, export the slide as a tiled TIFF or OME-TIFF, or the fields you "
    "want counted as PNG at full resolution (40× or more)."
)
_CLOSED = ("iSyntax", "VSI", "ETS", "VMS")
_BY_MARK: tuple[tuple[bytes, str], ...] = (
    (b"ZISRAWFILE", "a Zeiss CZI slide"),
    (b"SIS\0", "an Olympus ETS slide"),
    (b'<DataObject ObjectType="DPUfsImport"', "a Philips iSyntax slide"),
)
_BY_ENDING = {
    ".svs": "an Aperio SVS slide",
    ".ndpi": "a Hamamatsu NDPI slide",
    ".scn": "a Leica SCN slide",
    ".bif": "a Ventana BIF slide",
    ".mrxs": "a 3DHISTECH MRXS slide",
    ".vsi": "an Olympus VSI slide",
    ".ets": "an Olympus ETS slide",
    ".czi": "a Zeiss CZI slide",
    ".isyntax": "a Philips iSyntax slide",
    ".vms": "a Hamamatsu VMS slide",
}
DICOM_WHOLE_SLIDE = "1.2.840.10008.5.1.4.1.1.77.1.6"
_HAMAMATSU_TAGS = (65420, 65421, 65427)


def refusal(what: str) -> UnsupportedFile:
    do = _EXPORT if any(name in what for name in _CLOSED) else _ADD
    return UnsupportedFile("single fields among pictures", what, do)


def refuse(data: bytes, name: str) -> None:
    """Refuse by first bytes, and by ending where the bytes are an ordinary format (MRXS begins as a JPEG)."""
    for mark, what in _BY_MARK:
        if data.startswith(mark):
            raise refusal(what)
    if data[:512].lstrip(b"\xef\xbb\xbf").startswith(b"[GENERAL]") and b"SLIDE_ID" in data[:4096]:
        raise refusal("part of a 3DHISTECH MRXS slide")
    refuse_ending(name)


def refuse_ending(name: str) -> None:
    """Refuse by the ending alone: what is too large to be read as a picture shall hear where it is read."""
    what = _BY_ENDING.get(PurePosixPath(name).suffix.lower(), "")
    if what:
        raise refusal(what)


def refuse_tiff(first: Any, later: list[Any]) -> None:
    """Refuse a TIFF that a slide scanner wrote: by its tags, or because it holds a pyramid."""
    description = str(first.description or "")
    packet = first.tags.get(700)
    xmp = bytes(packet.value)[:4096] if packet is not None and isinstance(packet.value, bytes) else b""
    makers = (
        (description.startswith("Aperio"), "an Aperio SVS slide"),
        (any(tag in first.tags for tag in _HAMAMATSU_TAGS), "a Hamamatsu NDPI slide"),
        ("leica-microsystems.com/scn" in description, "a Leica SCN slide"),
        (b"<iScan" in xmp or "<iScan" in description, "a Ventana BIF slide"),
        (str(first.software or "").startswith("Philips DP"), "a Philips TIFF slide"),
        (330 in first.tags and first.is_tiled, "a TIFF pyramid (sub-resolutions)"),
        (first.is_tiled and any(page.is_reduced and page.is_tiled for page in later), "a TIFF pyramid"),
        (_shrinking([first, *later]), "a TIFF pyramid (each page a smaller copy)"),
    )
    for is_it, what in makers:
        if is_it:
            raise refusal(what)


def _shrinking(pages: list[Any]) -> bool:
    tiled = [page for page in pages if page.is_tiled]
    if len(tiled) < 3:
        return False
    widths = [page.imagewidth for page in tiled]
    return all(later * 1.9 <= earlier for earlier, later in itertools.pairwise(widths))
