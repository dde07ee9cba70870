"""Cells on paper: kept pictures as they are, never enlarged in their pixels, each with a bar of known length."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import PIL.Image
from reportlab.lib.colors import black, white
from reportlab.lib.units import mm
from reportlab.lib.utils import ImageReader, simpleSplit
from reportlab.pdfbase.pdfmetrics import stringWidth

from core import windows
from core.charts.paper import Shown
from core.charts.sprites import STRIP
from core.filed import Filed
from core.records import Modality
from core.report import fonts
from core.report.drawn import Drawing, write
from core.report.style import LINE, SOFT

SIDES = {Modality.SMEAR: 15.2 * mm, Modality.DPC: 11 * mm}
BETWEEN = 1.8 * mm
LINE_HIGH = 2.2 * mm  # of a line beneath a cell
BARS = (1, 2, 5, 10, 20, 50)  # µm
WIDEST = 0.45  # of the picture, for its bar
QUALITY = 88


@dataclass(frozen=True, slots=True)
class Tile:
    """One cell: its picture as JPEG, and how many µm the picture is wide; None: the scale is not known."""

    code: str
    why: str
    jpeg: bytes
    um: float | None


def tiles(of: Filed, some: Sequence[Shown]) -> tuple[Tile, ...]:
    cells = {cell.id: cell for cell in of.seen.cells}
    scales = {image.id: image.um_per_px or of.info.um_per_px for image in of.seen.images}
    found = []
    for one in some:
        cell = cells[one.cell]
        scale = scales.get(cell.image)
        side = windows.of(cell, of.info.modality, scale).side
        found.append(Tile(one.code, one.why, _jpeg(of.pictures[one.cell]), side * scale if scale else None))
    return tuple(found)


def _jpeg(png: bytes) -> bytes:
    """The same pixels in a fraction of the room."""
    out = io.BytesIO()
    with PIL.Image.open(io.BytesIO(png), formats=["PNG"]) as picture:
        picture.convert("RGB").save(out, "JPEG", quality=QUALITY, subsampling=0)
    return out.getvalue()


def shown(some: Sequence[Tile], names: dict[str, str], width: float, modality: Modality) -> list[Drawing]:
    """Rows of cells, so that a page may end between two of them."""
    side = SIDES[modality]
    wide = side * (STRIP if modality is Modality.DPC else 1)
    across = max(1, int((width + BETWEEN) // (wide + BETWEEN)))
    rows = [some[start : start + across] for start in range(0, len(some), across)]
    return [_row(row, names, wide, side) for row in rows]


def _row(row: Sequence[Tile], names: dict[str, str], wide: float, side: float) -> Drawing:
    said = [_lines(tile.why, fonts.REGULAR, wide, 2) for tile in row]

    def draw(canvas: Any, _width: float, height: float) -> None:
        for place, (tile, lines) in enumerate(zip(row, said, strict=True)):
            left, bottom = place * (wide + BETWEEN), height - side
            _picture(canvas, tile, left, bottom, wide, side)
            write(canvas, left, bottom - LINE_HIGH, _lines(names[tile.code], fonts.BOLD, wide, 1)[0], 5.6, bold=True)
            for number, line in enumerate(lines, 2):
                write(canvas, left, bottom - number * LINE_HIGH, line, 5.4, colour=SOFT)

    return Drawing(draw, side + (2 + max(map(len, said))) * LINE_HIGH)


def _lines(words: str, font: str, wide: float, most: int) -> list[str]:
    """Cut where it is too long for its place, and seen to be."""
    found = list(simpleSplit(fonts.checked(words), font, 5.6, wide))
    kept = found[:most]
    if len(found) > most:
        whole = f"{kept[-1]} {found[most]}"
        while whole and stringWidth(f"{whole}…", font, 5.6) > wide:
            whole = whole[:-1]
        kept[-1] = f"{whole.rstrip(' ,')}…"
    return kept or [""]


def _picture(canvas: Any, tile: Tile, left: float, bottom: float, wide: float, side: float) -> None:
    """In the middle of its place, in its own proportions."""
    reader = ImageReader(io.BytesIO(tile.jpeg))
    across, up = reader.getSize()
    scale = min(wide / across, side / up)
    drawn, tall = across * scale, up * scale
    x, y = left + (wide - drawn) / 2, bottom + (side - tall) / 2
    canvas.drawImage(reader, x, y, drawn, tall)
    canvas.setStrokeColor(LINE)
    canvas.setLineWidth(0.3)
    canvas.rect(left, bottom, wide, side, fill=0, stroke=1)
    if tile.um is not None and tile.um > 2 * BARS[0]:
        _bar(canvas, x, y, tall, tile.um)


def _bar(canvas: Any, x: float, y: float, side: float, um: float) -> None:
    """Black on white, so that it is seen on every picture. `um` is what `side` of the picture shows."""
    length = max([bar for bar in BARS if bar <= WIDEST * um], default=BARS[0])
    long = length / um * side
    canvas.setFillColor(white)
    canvas.rect(x + 0.5 * mm, y + 0.5 * mm, max(long, 5.6 * mm) + 0.9 * mm, 3.1 * mm, fill=1, stroke=0)
    canvas.setStrokeColor(black)
    canvas.setLineWidth(1.2)
    canvas.line(x + 0.95 * mm, y + 1.1 * mm, x + 0.95 * mm + long, y + 1.1 * mm)
    write(canvas, x + 0.95 * mm, y + 1.75 * mm, f"{length} µm", 4.6)
