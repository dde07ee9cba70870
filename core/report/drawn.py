"""Charts as lines and areas on paper, from the same rows and rulers as the screen's."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from reportlab.lib.colors import HexColor
from reportlab.lib.units import mm
from reportlab.platypus import Flowable

from core import facts
from core.charts.differential import Row
from core.charts.gauge import Dial, Lane
from core.charts.label_free import Curve
from core.charts.markers import Line
from core.readings import Fact
from core.report import fonts
from core.report.style import BAND, DARK, INK, LINE, PALE, SOFT

Draw = Callable[[Any, float, float], None]
"""Draws on a canvas, from its lower left corner, so wide and so high."""

LANE, AXIS = 7.6 * mm, 5 * mm
ROW, SCALE = 4.7 * mm, 4.5 * mm
RISE, APART = 5.5 * mm, 7.5 * mm  # of one curve above its line, and of two lines


class Drawing(Flowable):  # type: ignore[misc]
    """A picture of a fixed height that fills the width it is given."""

    def __init__(self, draw: Draw, height: float) -> None:
        super().__init__()
        self.draw_on, self.height = draw, height

    def wrap(self, width: float, _height: float) -> tuple[float, float]:
        self.width = width
        return width, self.height

    def draw(self) -> None:
        self.draw_on(self.canv, self.width, self.height)


def write(
    canvas: Any, x: float, y: float, words: str, size: float = 7, *, bold: bool = False, end: bool = False,
    colour: Any = INK,
) -> None:  # fmt: skip
    canvas.setFillColor(colour)
    canvas.setFont(fonts.BOLD if bold else fonts.REGULAR, size)
    (canvas.drawRightString if end else canvas.drawString)(x, y, fonts.checked(words))


def dial(of: Dial) -> Drawing:
    """Each lane: what it is, its range in numbers, and band and value over the ruler with the marks."""

    def draw(canvas: Any, width: float, height: float) -> None:
        for place, lane in enumerate(of.lanes):
            _lane(canvas, lane, of, width, height - (place + 1) * LANE)
        write(canvas, 0, 1.2 * mm, "0", 6.2, colour=SOFT)
        write(canvas, width, 1.2 * mm, of.end.text, 6.2, end=True, colour=SOFT)
        for mark in of.marks:
            canvas.setFillColor(INK)
            canvas.setFont(fonts.REGULAR, 6.2)
            canvas.drawCentredString(mark.at / 100 * width, 1.2 * mm, mark.text)

    return Drawing(draw, len(of.lanes) * LANE + AXIS)


def _lane(canvas: Any, lane: Lane, of: Dial, width: float, bottom: float) -> None:
    write(canvas, 0, bottom + 4.3 * mm, lane.name, 6.8, bold=True)
    after = canvas.stringWidth(lane.name, fonts.BOLD, 6.8) + 3
    told = f"{'' if lane.value is None else f'{lane.value_text}  '}[{lane.range_text}]"
    write(canvas, width, bottom + 4.3 * mm, told, 6.8, end=True)
    room = width - canvas.stringWidth(told, fonts.REGULAR, 6.8) - 3 - after
    write(canvas, after, bottom + 4.3 * mm, _fitting(canvas, lane.meaning, room), 6.2, colour=SOFT)
    _track(canvas, 0, bottom + 0.6 * mm, width, 2.6 * mm)
    _band(canvas, 0, bottom + 0.6 * mm, width, 2.6 * mm, lane.low, lane.high)
    canvas.setStrokeColor(DARK)
    canvas.setLineWidth(0.7)
    canvas.setDash(1.4, 1.2)
    for mark in of.marks:
        at = mark.at / 100 * width
        canvas.line(at, bottom, at, bottom + 3.6 * mm)
    canvas.setDash()
    _value(canvas, 0, bottom + 0.3 * mm, width, 3.2 * mm, lane.value)


def _fitting(canvas: Any, meaning: str, room: float) -> str:
    """As much of it as there is room for: all, what stands before the comma, or nothing."""
    wide = (one for one in (meaning, meaning.partition(",")[0]) if canvas.stringWidth(one, fonts.REGULAR, 6.2) <= room)
    return next(wide, "")


def _track(canvas: Any, left: float, bottom: float, width: float, height: float) -> None:
    canvas.setFillColor(PALE)
    canvas.setStrokeColor(LINE)
    canvas.setLineWidth(0.3)
    canvas.rect(left, bottom, width, height, fill=1, stroke=1)


def _band(
    canvas: Any, left: float, bottom: float, width: float, height: float, low: float | None, high: float | None
) -> None:
    if low is None or high is None:
        return
    canvas.setFillColor(BAND)
    canvas.setStrokeColor(DARK)
    canvas.setLineWidth(0.5)
    canvas.rect(left + low / 100 * width, bottom, max(0.6, (high - low) / 100 * width), height, fill=1, stroke=1)


def _value(canvas: Any, left: float, bottom: float, width: float, height: float, at: float | None) -> None:
    if at is None:
        return
    canvas.setStrokeColor(INK)
    canvas.setLineWidth(1.6)
    canvas.line(left + at / 100 * width, bottom, left + at / 100 * width, bottom + height)


def differential(rows: Sequence[Row], end: float, told: Mapping[str, Fact]) -> Drawing:
    """A class a row: its colour and name, its cells, its place on the common ruler, its fact as printed everywhere."""

    def draw(canvas: Any, width: float, height: float) -> None:
        left, right = 0.27 * width, 0.69 * width
        ruler = right - left
        for place, row in enumerate(rows):
            bottom = height - (place + 1) * ROW
            _chip(canvas, row.colour, bottom)
            write(canvas, 4 * mm, bottom + 1.4 * mm, row.name, 7.2)
            write(canvas, left - 2.5 * mm, bottom + 1.4 * mm, str(row.count), 7.2, end=True)
            fact = told.get(row.code)
            write(canvas, right + 2.5 * mm, bottom + 1.4 * mm, facts.text(fact) if fact else "not counted", 7)
            if row.counted:
                _track(canvas, left, bottom + 1 * mm, ruler, 2.6 * mm)
                _band(canvas, left, bottom + 1 * mm, ruler, 2.6 * mm, row.low, row.high)
                _value(canvas, left, bottom + 0.7 * mm, ruler, 3.2 * mm, row.at)
        write(canvas, left, 1 * mm, "0", 6.2, colour=SOFT)
        write(canvas, right, 1 * mm, f"{end:.0f} %", 6.2, end=True, colour=SOFT)

    return Drawing(draw, len(rows) * ROW + SCALE)


def _chip(canvas: Any, colour: str, bottom: float) -> None:
    canvas.setFillColor(HexColor(colour))
    canvas.setStrokeColor(DARK)
    canvas.setLineWidth(0.3)
    canvas.rect(0, bottom + 1.1 * mm, 2.6 * mm, 2.6 * mm, fill=1, stroke=1)


def curves(of: Sequence[Curve], lines: Sequence[Line], cut: float | None, units: str) -> Drawing:
    """How a marker's values lie, a group above the other on one scale; the median as a tick, a cut-off as a line."""
    named = {line.name: line for line in lines}

    def draw(canvas: Any, width: float, height: float) -> None:
        left, right = 0.2 * width, 0.62 * width
        low, high = of[0].at[0], of[0].at[-1]

        def across(value: float) -> float:
            return left + (value - low) / (high - low) * (right - left)

        for place, curve in enumerate(of):
            bottom = height - (place + 1) * APART
            _hill(canvas, curve, bottom, across)
            write(canvas, 0, bottom + 1.6 * mm, curve.name, 7.2)
            if line := named.get(curve.name):
                said = f"{line.cells} cells, median {line.median} [{line.median_range}]"
                write(canvas, right + 2.5 * mm, bottom + 2.6 * mm, said, 6.6)
                write(canvas, right + 2.5 * mm, bottom, f"middle half {line.middle_half}", 6.6, colour=SOFT)
        base = height - len(of) * APART
        write(canvas, left, base - 3 * mm, f"{low:.1f}", 6.2, colour=SOFT)
        write(canvas, right, base - 3 * mm, f"{high:.1f}", 6.2, end=True, colour=SOFT)
        write(canvas, right + 2.5 * mm, base - 3 * mm, units, 6.2, colour=SOFT)
        if cut is not None and low <= cut <= high:
            canvas.setStrokeColor(DARK)
            canvas.setLineWidth(0.7)
            canvas.setDash(1.4, 1.2)
            canvas.line(across(cut), base - 1 * mm, across(cut), height)
            canvas.setDash()
            canvas.setFillColor(INK)
            canvas.drawCentredString(across(cut), base - 3 * mm, f"cut-off {cut:g}")

    return Drawing(draw, len(of) * APART + SCALE)


def _hill(canvas: Any, curve: Curve, bottom: float, across: Callable[[float], float]) -> None:
    path = canvas.beginPath()
    path.moveTo(across(curve.at[0]), bottom)
    for at, height in zip(curve.at, curve.height, strict=True):
        path.lineTo(across(at), bottom + height * RISE)
    path.lineTo(across(curve.at[-1]), bottom)
    path.close()
    canvas.setFillColor(BAND)
    canvas.setStrokeColor(DARK)
    canvas.setLineWidth(0.5)
    canvas.drawPath(path, fill=1, stroke=1)
    canvas.setLineWidth(1.2)
    canvas.line(across(curve.median), bottom - 0.5 * mm, across(curve.median), bottom + RISE * 0.6)
