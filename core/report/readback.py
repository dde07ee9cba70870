"""Printed reports read back: their pages as pictures, and the marks that name the case they were made from.

Pages are drawn by PDFium, which may be used by one thread at a time.
"""

from __future__ import annotations

import io
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pypdfium2

from core.errors import NotFound, UnreadableFile

MARKS = re.compile(r"sha256:([0-9a-f]{64}) case:(\S{1,200})(?: event:(\d{1,12}):([0-9a-f]{64}))?")
_LOCK = threading.Lock()


@dataclass(frozen=True, slots=True)
class Marks:
    """What a report says of itself, in the PDF's keywords."""

    sha256: str
    case: str
    trail: tuple[int, str] | None  # None: the case lay in no store
    made_by: str  # 'Hemaboard 0.1.0'


def marked(sha256: str, case: str, trail: tuple[int, str] | None) -> str:
    """The keywords that `marks` reads."""
    return f"sha256:{sha256} case:{case}" + (f" event:{trail[0]}:{trail[1]}" if trail else "")


def marks(pdf: bytes) -> Marks | None:
    """None when it is a PDF of something else."""
    with _LOCK, _opened(pdf) as document:
        told = document.get_metadata_dict()
    found = MARKS.fullmatch(told.get("Keywords", ""))
    if not found:
        return None
    trail = (int(found[3]), found[4]) if found[3] else None
    return Marks(found[1], found[2], trail, told.get("Creator", ""))


def pages(pdf: bytes) -> int:
    with _LOCK, _opened(pdf) as document:
        return len(document)


def picture(pdf: bytes, page: int, wide: int) -> bytes:
    """A page (from 1) as PNG, so many pixels wide."""
    with _LOCK, _opened(pdf) as document:
        if not 1 <= page <= len(document):
            raise NotFound(f"page {page}", f"a report of {len(document)}", "Open the report again.")
        sheet = document[page - 1]
        try:
            drawn = sheet.render(scale=wide / sheet.get_width(), rev_byteorder=True).to_pil()
        finally:
            sheet.close()
    out = io.BytesIO()
    drawn.save(out, "PNG", compress_level=3)  # of such pages as small as at 6, in less time
    return out.getvalue()


@contextmanager
def _opened(pdf: bytes) -> Iterator[pypdfium2.PdfDocument]:
    try:
        document = pypdfium2.PdfDocument(pdf)
    except pypdfium2.PdfiumError as error:
        raise UnreadableFile("a PDF", "something that cannot be opened as one", "Make the report again.") from error
    try:
        yield document
    finally:
        document.close()
