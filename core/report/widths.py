"""The error budget on paper: how much of an interval's width each source makes, and what would shrink it.

Sources are told apart by letters, so that a grey print says the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from reportlab.lib.colors import HexColor
from reportlab.lib.units import mm
from reportlab.platypus import CondPageBreak, KeepTogether, Spacer

from core.charts import budget
from core.charts.budget import Bar, Slice
from core.filed import Filed
from core.report.drawn import Drawing, write
from core.report.style import CLOSE, DARK, GAP, HEADING, SMALL, SOFTLY, grid, text

HIGH = 4 * mm
LETTERS = "ABCDEF"
PARTS = (
    "± is half of the 95 % interval for the patient. Parts are of its square: squares of independent errors add up,"
    " half-widths do not."
)


def widths(of: Filed, width: float) -> Iterator[Any]:
    """One column a share; what is said of both stands once beneath."""
    if not of.budgets:
        return
    bars = [(one.name, budget.bar(one)) for one in of.budgets]
    shared = set.intersection(*(set(bar.outside) for _, bar in bars))
    half = width / len(bars)
    columns = [_column(name, bar, [one for one in bar.outside if one not in shared], half) for name, bar in bars]
    beneath = [f"Outside the intervals. {_outside(one)}" for one in bars[0][1].outside if one in shared]
    beneath += dict.fromkeys(note for _, bar in bars for note in bar.notes)
    told = grid([columns], [half] * len(columns), ("RIGHTPADDING", (0, 0), (-1, -1), GAP))
    yield CondPageBreak(40 * mm)
    yield KeepTogether([text("Error budget: what makes the intervals wide", HEADING), told])
    yield Spacer(0, 1.5)
    for said in beneath:
        yield text(said, CLOSE)
    if any(bar.slices for _, bar in bars):
        yield text(PARTS, SOFTLY)


def _column(name: str, bar: Bar, outside: list[tuple[str, str, str]], half: float) -> list[Any]:
    title = f"{name[:1].upper()}{name[1:]}"
    if bar.withheld:
        return [text(title, SMALL, bold=True), text(f"withheld: {bar.withheld}", CLOSE)]
    listed = [[text(letter, CLOSE, bold=True), _said(one)] for letter, one in zip(LETTERS, bar.slices, strict=False)]
    beyond = [[text("", CLOSE), text(f"Outside the interval. {_outside(one)}", CLOSE)] for one in outside]
    sources = grid([*listed, *beyond], [2.6 * mm, half - GAP - 2.6 * mm], ("BOTTOMPADDING", (0, 0), (-1, -1), 0.6))
    return [text(f"{title}: {bar.whole}", SMALL, bold=True), _drawn(bar), sources]


def _said(one: Slice) -> list[Any]:
    alone = f", {one.points}" if one.points else ""
    return [text(f"{one.name} {one.percent}{alone}", CLOSE, bold=True), text(f"{one.said} {one.shrink}", CLOSE)]


def _outside(one: tuple[str, str, str]) -> str:
    name, said, shrink = one
    return f"{name}: {said} {shrink}"


def _drawn(bar: Bar) -> Drawing:
    """As the screen has it, each part with its letter where there is room for one."""

    def draw(canvas: Any, width: float, height: float) -> None:
        left, inside = 0.0, width - GAP
        canvas.setStrokeColor(DARK)
        canvas.setLineWidth(0.4)
        for letter, one in zip(LETTERS, bar.slices, strict=False):
            wide = one.wide / 100 * inside
            canvas.setFillColor(HexColor(one.colour))
            canvas.rect(left, 0.5 * mm, wide, height - 1 * mm, fill=1, stroke=1)
            if one.written:
                write(canvas, left + 1 * mm, 1.6 * mm, letter, 6.4, bold=True)
            left += wide

    return Drawing(draw, HIGH + 1 * mm)
