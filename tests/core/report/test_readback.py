"""A printed report read back: what it was made from, and its pages as pictures."""

from __future__ import annotations

import io
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import PIL.Image
import pytest
from reportlab.pdfgen.canvas import Canvas

from core import filed
from core.errors import NotFound, UnreadableFile
from core.report import pdf, readback
from tests.core.report import made

CASE = made.case()
PDF = pdf.written(CASE)


def test_it_names_the_case_and_what_it_states():
    found = readback.marks(PDF)
    assert found == readback.Marks(filed.sha256(CASE), "case-1", (7, "7" * 64), "Hemaboard 0.1.0")
    unstored = readback.marks(pdf.written(replace(CASE, trail=None)))
    assert unstored is not None
    assert (unstored.case, unstored.trail) == ("case-1", None)


def test_another_programs_pdf_names_none():
    out = io.BytesIO()
    canvas = Canvas(out)
    canvas.setKeywords("sha256:none")
    canvas.drawString(9, 9, "other")
    canvas.save()
    assert readback.marks(out.getvalue()) is None


@pytest.mark.parametrize("bad", [b"", b"%PDF-1.4 and nothing more", PDF[:200]])
def test_what_is_no_pdf_is_told(bad):
    with pytest.raises(UnreadableFile):
        readback.marks(bad)


def test_pages_as_pictures_are_the_same_whoever_asks():
    number = readback.pages(PDF)
    assert number in (2, 3)
    wanted = [page for page in range(1, number + 1) for _ in range(3)]
    with ThreadPoolExecutor(4) as people:
        drawn = list(people.map(lambda page: readback.picture(PDF, page, 300), wanted))
    assert len(set(drawn)) == number
    with PIL.Image.open(io.BytesIO(drawn[0])) as picture:
        assert picture.width == 300
        assert 423 <= picture.height <= 425  # A4
        shades = picture.convert("L").getextrema()
    assert shades[0] < 80
    assert shades[1] == 255
    with pytest.raises(NotFound):
        readback.picture(PDF, number + 1, 300)
