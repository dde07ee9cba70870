"""TIFF-like slides: pixels of pages that are no level (label, macro, map, thumbnail), and text that names somebody.

Which pages are levels each scanner says in its own way; where none says so, those that are as large as a level is.
"""

from __future__ import annotations

import re
import struct
from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import tifffile

from core.errors import BadInput, UnreadableFile
from core.slides.blanks_xml import spaces
from core.slides.by_openslide import NAMES
from core.slides.by_tifffile import FORMAT as PLAIN
from core.slides.reading import opened

MARKS = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
# What Aperio writes into its description and the reading needs; every other value is blanked.
_APERIO_KEPT = {"AppMag", "MPP", "StripeWidth", "OriginalWidth", "OriginalHeight", "Left", "Top"}
_EXACT = (PLAIN, NAMES["aperio"])  # whose levels have the very sizes of their pages
# Names of document and page, DateTime, Artist, HostComputer, Copyright, ImageUniqueID; Hamamatsu's reference, serial
# number, map.
_TELLING_TAGS = (269, 285, 306, 315, 316, 33432, 42016, 65427, 65442, 65449)
# XMP; IPTC, Photoshop's, and Windows's title, remark, author, keywords and subject: only Ventana's XMP is ever read.
_XMP, _BLOCKS = 700, (33723, 34377, 40091, 40092, 40093, 40094, 40095)
_ASCII, _DESCRIPTION, _SOURCE_LENS = 2, 270, 65421
_VENTANA_KEPT = {"Magnification", "ScanRes", "ScannerModel", "Direction"}
_LEICA_KEPT = {"sizeX", "sizeY", "sizeZ", "sizeC", "offsetX", "offsetY", "spacingZ", "ifd", "r", "z", "c", "type"}
_LEICA_TOLD = {"illuminationSource", "objective", "numericalAperture"}
_PHILIPS_TOLD = ("PIM_DP_IMAGE_TYPE", "DICOM_PIXEL_SPACING", "PIIM_PIXEL_DATA_REPRESENTATION_")
_OME_TELLING = (
    re.compile(r"(<!\[CDATA\[)(.*?)(\]\]>)", re.DOTALL),
    re.compile(r"(<(?:\w+:)?(?:Description|AcquisitionDate|Value|M)\b[^>]*>)([^<]*)(<)"),
    *(
        re.compile(
            r"(\s(?:Name|FirstName|MiddleName|LastName|Email|Institution|UserName|FileName|SerialNumber)=Q)"
            r"([^Q]*)(Q)".replace("Q", quote)
        )
        for quote in "\"'"
    ),
)


def blanks(file: Path) -> tuple[tuple[int, bytes], ...]:
    """Where in the file to write what instead."""
    with opened(file) as slide:
        sizes, format = {(level.width, level.height) for level in slide.levels}, slide.format
    found: list[tuple[int, bytes]] = []
    try:
        with tifffile.TiffFile(file, _multifile=False) as tiff:
            plain = format == PLAIN and not (tiff.is_ome or tiff.is_shaped or tiff.is_imagej)
            is_level = _levels(format, tiff, sizes)
            pages = list(_pages(tiff.pages))
            found += _beside(pages, is_level)
            for page in pages:
                found += _of_tags(tiff, page, format, plain=plain)
                found += _no_macro(tiff, page)
    except BadInput:
        raise
    except Exception as error:  # tifffile raises anything on a damaged file
        raise UnreadableFile("a slide whose pages can be listed", "a damaged one", "Copy it again, whole.") from error
    return tuple(sorted(set(found)))


def _pages(pages: Any) -> Iterator[Any]:
    """All of them, with those of sub-resolutions."""
    for each in pages or ():
        page = each.aspage()
        yield page
        yield from _pages(page.pages)


def _beside(pages: Sequence[Any], is_level: Callable[[Any], bool]) -> Iterator[tuple[int, bytes]]:
    """Pixels of pages that are no level. None of a level goes with them, whatever a damaged file says of a label."""
    of_levels: list[int] = []
    others: set[tuple[int, int]] = set()
    for page in pages:
        pieces = [(at, n) for at, n in zip(page.dataoffsets, page.databytecounts, strict=True) if n]
        if is_level(page):
            of_levels += [at for at, _ in pieces]
        else:
            others.update(pieces)
    of_levels.sort()
    for at, size in others:
        follows = bisect_left(of_levels, at)
        if follows == len(of_levels) or of_levels[follows] >= at + size:
            yield at, bytes(size)
        elif of_levels[follows] > at:  # else a page that shows a level's own pixels once more
            raise ValueError("a picture that reaches into the slide")


def _levels(format: str, tiff: Any, sizes: set[tuple[int, int]]) -> Callable[[Any], bool]:
    """Which pages are levels of the slide, as its scanner says it."""
    if format == NAMES["hamamatsu"]:  # the macro picture has -1 in place of a lens, the map -2
        return lambda page: _SOURCE_LENS in page.tags and float(page.tags[_SOURCE_LENS].value) > 0
    if format == NAMES["ventana"]:
        return lambda page: "level=" in str(page.description)
    if format == NAMES["philips"]:
        return lambda page: bool(page.is_tiled)
    if format == NAMES["leica"]:
        offsets = {tiff.pages[number].aspage().offset for number in _leica_levels(tiff.pages.first.description)}
        return lambda page: page.offset in offsets
    return lambda page: _is_as_large(page, sizes) or (page.is_tiled and format not in _EXACT)


def _no_macro(tiff: Any, page: Any) -> Iterator[tuple[int, bytes]]:
    """Hamamatsu's macro picture is called a map: OpenSlide looks into the one when it opens a slide, and would find
    it blank, and leaves the other alone."""
    lens = page.tags.get(_SOURCE_LENS)
    if lens is not None and float(lens.value) == -1:
        yield lens.valueoffset, struct.pack(tiff.byteorder + "f", -2.0)


def _is_as_large(page: Any, sizes: set[tuple[int, int]]) -> bool:
    return any(abs(page.imagewidth - w) <= 1 and abs(page.imagelength - h) <= 1 for w, h in sizes)


def _leica_levels(xml: str) -> Iterator[int]:
    """Pages of all pictures but those that show the whole glass."""
    spaces(xml.encode(), _leica_keeps)  # refuses what cannot be told
    for collection in ElementTree.fromstring(xml).iterfind("{*}collection"):
        whole = collection.get("sizeX"), collection.get("sizeY")
        for image in collection.iterfind("{*}image"):
            view = image.find("{*}view")
            if view is None or (view.get("sizeX"), view.get("sizeY")) == whole:
                continue
            for dimension in image.iterfind("{*}pixels/{*}dimension"):
                yield int(dimension.get("ifd", ""))


def _of_tags(tiff: Any, page: Any, format: str, *, plain: bool) -> Iterator[tuple[int, bytes]]:
    for code in (*_TELLING_TAGS, *_BLOCKS, _XMP, _DESCRIPTION):
        tag = page.tags.get(code)
        if tag is None or tag.valuebytecount < 2 or (code in _TELLING_TAGS and int(tag.dtype) != _ASCII):
            continue
        tiff.filehandle.seek(tag.valueoffset)
        content = tiff.filehandle.read(tag.valuebytecount)
        text = content.rstrip(b"\0")
        if code == _DESCRIPTION and not plain:
            new = _described(text, format)
        elif code == _XMP and format == NAMES["ventana"]:
            new = spaces(text, _ventana_keeps)
        else:
            new = b" " * len(text)
        if new != text:
            yield tag.valueoffset, new


def _described(text: bytes, format: str) -> bytes:
    """The description, as long, as far as reading needs it."""
    if text.startswith(b"Aperio"):
        # As long as before: letters beyond ASCII may take fewer bytes now than they took.
        return _aperio(text.decode("utf-8", "replace")).encode("ascii", "replace")[: len(text)].ljust(len(text))
    begins = text.lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    if format == NAMES["leica"] and begins == b"<":
        return spaces(text, _leica_keeps)
    if format == NAMES["philips"] and begins == b"<":
        return spaces(text, _philips_keeps)
    if begins == b"<" and b"<OME" in text[:4096]:
        return _ome(text.decode("utf-8", "surrogateescape")).encode("utf-8", "surrogateescape")
    return text


def _ventana_keeps(path: tuple[str, ...], attributes: Mapping[str, str], name: str) -> bool:
    """Of the scanner's settings a few; of how photographs were joined all numbers."""
    if not name:
        return False
    joined = "SlideStitchInfo" in path or "AoiOrigin" in path
    return name in _VENTANA_KEPT or (joined and re.fullmatch(r"[-+.\deE]+", attributes[name]) is not None)


def _leica_keeps(path: tuple[str, ...], attributes: Mapping[str, str], name: str) -> bool:  # noqa: ARG001 - the seam
    return name in _LEICA_KEPT if name else path[-1] in _LEICA_TOLD


def _philips_keeps(path: tuple[str, ...], attributes: Mapping[str, str], name: str) -> bool:  # noqa: ARG001 - the seam
    """Attributes name what stands in an element; of the rest a few values."""
    return bool(name) or attributes.get("Name", "").startswith(_PHILIPS_TOLD)


def _ome(xml: str) -> str:
    """The same text, as long, without names and remarks: what reading needs are numbers and identifiers."""

    def blank(found: re.Match[str]) -> str:
        return found[1] + " " * len(found[2].encode("utf-8", "surrogateescape")) + found[3]

    for each in _OME_TELLING:
        xml = each.sub(blank, xml)
    return xml


def _aperio(text: str) -> str:
    """The same text, as long, with every value blank that the reading does not need."""
    first, *pairs = text.split("|")
    kept = []
    for pair in pairs:
        key, equals, value = pair.partition("=")
        known = not equals or key.strip() in _APERIO_KEPT
        kept.append(pair if known else f"{key}={' ' * len(value)}")
    return "|".join([first, *kept])
