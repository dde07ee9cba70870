"""How a report looks: sizes, greys, and text that has been checked letter by letter.

Nothing is told by colour alone: a class's colour stands beside its name, so that a grey print says the same.
"""

from __future__ import annotations

from typing import Any
from xml.sax.saxutils import escape

from reportlab.lib.colors import HexColor, black, white
from reportlab.lib.pagesizes import A4, LETTER
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.platypus import Paragraph, Table

from core.charts import words
from core.report import fonts

PAPERS = {"A4": A4, "Letter": LETTER}
MARGIN, TOP, BOTTOM = 16 * mm, 16.5 * mm, 15.5 * mm
INK, SOFT, LINE, PALE, WHITE = black, HexColor("#555555"), HexColor("#999999"), HexColor("#eeeeee"), white
BAND, DARK = HexColor("#c4c4c4"), HexColor("#222222")
ACROSS = HexColor("#e4e4e4")  # the word across the page: read from afar, and no hindrance to what is printed on it
GAP = 3 * mm


def _style(name: str, size: float, **more: Any) -> ParagraphStyle:
    leading = more.pop("leading", size * 1.36)
    font = more.pop("font", fonts.REGULAR)
    return ParagraphStyle(name, fontName=font, fontSize=size, leading=leading, textColor=INK, **more)


BODY = _style("body", 8.2, leading=10.6)
SMALL = _style("small", 7.2)
TINY = _style("tiny", 6.4)
CLOSE = _style("close", 6.2, leading=7.1)  # tables
FINE = _style("fine", 5.3)  # digests
AHEAD = ParagraphStyle("ahead", parent=SMALL, keepWithNext=1)  # a few words above what they announce
SOFTLY = ParagraphStyle("softly", parent=SMALL, textColor=SOFT)
TITLE = _style("title", 15, font=fonts.BOLD)
HEADING = _style("heading", 10.5, font=fonts.BOLD, spaceBefore=7, spaceAfter=3, keepWithNext=1)
HEADING_APART = ParagraphStyle("apart", parent=HEADING, keepWithNext=0)  # before a table that may be split
BULLET = ParagraphStyle("bullet", parent=BODY, leftIndent=9, bulletIndent=1)


def _ready(said: str, where: str = "the report") -> str:
    """Checked, without markup of its own, and with no number parted from its per cent sign."""
    return escape(words.unbroken(fonts.checked(said, where)))


def text(said: str, style: ParagraphStyle = BODY, *, bold: bool = False, where: str = "the report") -> Paragraph:
    """Words as a paragraph; what looks like markup in them is printed as it is."""
    inside = _ready(said, where).replace("\n", "<br/>")
    return Paragraph(f"<b>{inside}</b>" if bold else inside, style)


def point(said: str) -> Paragraph:
    return Paragraph(_ready(said), BULLET, bulletText="•")


def pair(name: str, value: str, style: ParagraphStyle = SMALL, where: str = "") -> Paragraph:
    """A name, softly, and its value."""
    told = _ready(value, where or f"'{name}'").replace("\n", "<br/>")
    return Paragraph(f'<font color="#555555">{escape(fonts.checked(name))}</font>&nbsp; <b>{told}</b>', style)


def grid(rows: list[list[Any]], widths: list[float], *extra: tuple[Any, ...], **more: Any) -> Table:
    """Cells beside and under one another, with a little air and no lines but those asked for."""
    plain = [
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("LEFTPADDING", (0, 0), (-1, -1), 0),
        ("RIGHTPADDING", (0, 0), (-1, -1), 6),
        ("TOPPADDING", (0, 0), (-1, -1), 1.2),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 1.2),
    ]
    return Table(rows, colWidths=widths, style=[*plain, *extra], hAlign="LEFT", **more)
