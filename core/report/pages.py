"""The sheets themselves: what stands on every page, the words across it, page x of y."""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from reportlab import rl_config
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import BaseDocTemplate, Frame, PageTemplate

from core.report import fonts
from core.report.style import ACROSS, BOTTOM, INK, LINE, MARGIN, PAPERS, SOFT, TOP

CROSS_SIZE = 92
rl_config.useA85 = 0  # pictures as they are; spelt in letters they would take a quarter more


@dataclass(frozen=True, slots=True)
class Every:
    """What every page says."""

    title: str
    subject: str
    creator: str
    keywords: str
    head: str  # 'AML-0147, blood smear'
    state: str  # 'DRAFT, not signed'
    notice: str
    digest: str
    across: tuple[str, ...]  # words across the page


def printed(story: Sequence[Any], every: Every, paper: str) -> tuple[bytes, int]:
    """The pages as bytes, and how many: the same story, the same bytes."""
    size = PAPERS[paper]
    width, height = size
    out = io.BytesIO()

    class Numbered(Canvas):  # type: ignore[misc]
        """Pages are kept until the last one is known, for 'page x of y'."""

        def __init__(self, *given: Any, **more: Any) -> None:
            super().__init__(*given, **{**more, "invariant": 1, "pageCompression": 1})
            self.kept: list[dict[str, Any]] = []

        def showPage(self) -> None:  # noqa: N802
            self.kept.append(dict(self.__dict__))
            self._startPage()

        def save(self) -> None:
            for number, page in enumerate(self.kept, 1):
                self.__dict__.update(page)
                _foot(self, every, width, f"page {number} of {len(self.kept)}")
                Canvas.showPage(self)
            Canvas.save(self)

    def under(canvas: Any, _document: Any) -> None:
        _across(canvas, every.across, width, height)
        _head(canvas, every, width, height)

    frame = Frame(MARGIN, BOTTOM, width - 2 * MARGIN, height - TOP - BOTTOM, 0, 0, 0, 0)
    document = BaseDocTemplate(
        out,
        pagesize=size,
        title=fonts.checked(every.title),
        author=every.creator,
        subject=fonts.checked(every.subject),
        creator=every.creator,
        keywords=every.keywords,
        lang="en-GB",
        invariant=1,
        pageTemplates=[PageTemplate("sheet", [frame], onPage=under)],
    )
    document.build(list(story), canvasmaker=Numbered)
    return out.getvalue(), document.page


def _across(canvas: Any, words: Sequence[str], width: float, height: float) -> None:
    """Drawn first, so that everything is printed over it."""
    if not words:
        return
    canvas.saveState()
    canvas.setFillColor(ACROSS)
    canvas.translate(width / 2, height / 2)
    canvas.rotate(math.degrees(math.atan2(height, width)))
    for place, word in enumerate(words):
        size = min(CROSS_SIZE, 0.72 * math.hypot(width, height) / canvas.stringWidth(word, fonts.BOLD, 1))
        canvas.setFont(fonts.BOLD, size)
        canvas.drawCentredString(0, -size * 0.35 + (len(words) - 1 - 2 * place) * CROSS_SIZE * 0.62, word)
    canvas.restoreState()


def _head(canvas: Any, every: Every, width: float, height: float) -> None:
    canvas.saveState()
    canvas.setFillColor(SOFT)
    canvas.setFont(fonts.REGULAR, 7.2)
    canvas.drawString(MARGIN, height - 11.5 * mm, fonts.checked(every.head, "the pseudonym"))
    canvas.setFont(fonts.BOLD, 7.2)
    canvas.drawRightString(width - MARGIN, height - 11.5 * mm, fonts.checked(every.state, "the state"))
    _rule(canvas, width, height - 13.5 * mm)
    canvas.restoreState()


def _foot(canvas: Any, every: Every, width: float, number: str) -> None:
    canvas.saveState()
    _rule(canvas, width, 13.2 * mm)
    canvas.setFillColor(INK)
    canvas.setFont(fonts.BOLD, 7.2)
    canvas.drawString(MARGIN, 9.8 * mm, every.notice)
    canvas.setFont(fonts.REGULAR, 7.2)
    canvas.drawRightString(width - MARGIN, 9.8 * mm, number)
    canvas.setFillColor(SOFT)
    canvas.setFont(fonts.REGULAR, 6)
    canvas.drawString(MARGIN, 6.6 * mm, f"SHA-256 of what is stated: {every.digest}")
    canvas.drawRightString(width - MARGIN, 6.6 * mm, every.creator)
    canvas.restoreState()


def _rule(canvas: Any, width: float, at: float) -> None:
    canvas.setStrokeColor(LINE)
    canvas.setLineWidth(0.4)
    canvas.line(MARGIN, at, width - MARGIN, at)
