"""The letters a report is printed in, and which there are.

Both fonts lie beside this file and are embedded in every report, cut down to the letters it uses. A letter they do not
have would be printed as a box, which in a name or a note reads as nothing: such a report is refused instead.
"""

from __future__ import annotations

import unicodedata
from functools import cache
from pathlib import Path

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

from core.errors import BadInput

FOLDER = Path(__file__).with_name("fonts")
REGULAR, BOLD = "Inter-Regular", "Inter-Bold"
SPACES = {"\t": " ", "\r": "", "\u00ad": "", "\u200b": "", "\ufeff": ""}
SCRIPTS = "text in Latin, Greek or Cyrillic letters"
WAY_OUT = "Spell it in such letters, or leave it out of the report; case.json holds every script."


@cache
def ready() -> frozenset[int]:
    """Make the fonts known to reportlab, once; the characters that both of them have."""
    have = []
    for name in (REGULAR, BOLD):
        font = TTFont(name, FOLDER / f"{name}.ttf")
        pdfmetrics.registerFont(font)
        have.append(frozenset(font.face.charToGlyph))
    pdfmetrics.registerFontFamily(REGULAR, normal=REGULAR, bold=BOLD, italic=REGULAR, boldItalic=BOLD)
    return have[0] & have[1]


def checked(text: str, where: str = "the report") -> str:
    """The text in composed letters; BadInput names what cannot be printed."""
    printable = ready()
    composed = "".join(SPACES.get(one, one) for one in unicodedata.normalize("NFC", text))
    missing = dict.fromkeys(one for one in composed if one != "\n" and ord(one) not in printable)
    if missing:
        told = ", ".join(f"{one!r} ({unicodedata.name(one, 'unnamed')})" for one in list(missing)[:3])
        raise BadInput(f"{SCRIPTS} in {where}", told, WAY_OUT)
    return composed
