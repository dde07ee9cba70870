"""Labelled pictures, run through the installed tools: which cell is the labelled one, and what is it called?

A table (CSV or Parquet) with `image` or `file` (bytes, or a file's path from the table's folder), `patient`, `class`,
and `diagnosis`, `centre`, `fold`, `field`, `x`, `y`, `um_per_px`, `order`, `cell` where known; a folder that holds one
such table; or a folder patient/class/*.png. The labelled cell is the one whose outline holds x, y, or else the middle
of the picture. A picture with several labelled cells is a field, unless a column says otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from core.analyse import see
from core.cases.pictures import encoded
from core.decode import read as decode
from core.errors import BadInput, NotFound
from core.evaluate import tables
from core.evaluate.cells import Cells, Labelled, gathered
from core.evaluate.classes import refuse_unknown
from core.protocols import Tell, Tools, quiet
from core.records import Call, Cell, Problem, Seen, Upload

PICTURES = frozenset({".png", ".jpg", ".jpeg", ".webp", ".bmp", ".tif", ".tiff"})


@dataclass(frozen=True, slots=True)
class Entry:
    """One labelled cell before anybody looked."""

    row: Labelled  # without probabilities
    source: bytes | Path
    x: float | None = None
    y: float | None = None
    um_per_px: float | None = None


def entries(path: Path, known: Mapping[str, str]) -> list[Entry]:
    """The labelled cells of a table or a folder."""
    if not path.exists():
        raise NotFound("a table or folder of labelled cells", f"nothing at {path}", "Correct the path.")
    table = _the_table(path) if path.is_dir() else path
    found = _of_folder(path, known) if table is None else _of_table(table, known)
    tables.unique([entry.row.id for entry in found], str(path))
    return found


def run(found: Sequence[Entry], tools: Tools, *, tell: Tell = quiet) -> tuple[Cells, tuple[Problem, ...]]:
    """Every picture seen once, however many labelled cells it holds; pictures that cannot be used are problems."""
    pictures: dict[tuple[bytes | Path, float | None], list[Entry]] = {}
    for entry in found:
        pictures.setdefault((entry.source, entry.um_per_px), []).append(entry)
    rows: list[Labelled] = []
    problems: list[Problem] = []
    for done, (key, its) in enumerate(pictures.items()):
        tell("evaluate", done, len(pictures))
        seen, size = _seen(key[0], key[1], its[0].row.id, tools)
        problems += seen.problems
        if seen.images:
            field = its[0].row.id if len(its) > 1 else ""
            rows += [replace(row, field=row.field or field) for row in (_named(entry, seen, size) for entry in its)]
    tell("evaluate", len(pictures), len(pictures))
    if not rows:
        said = problems[0].message if problems else "none"
        raise BadInput("at least one usable picture", f"{len(pictures)} pictures, none usable ({said})", "Check them.")
    return gathered(rows, tools.vocabulary), tuple(problems)


def _seen(
    source: bytes | Path, um_per_px: float | None, name: str, tools: Tools
) -> tuple[Seen, tuple[int, int]]:  # fmt: skip
    decoded = decode.images([Upload(name, source)], tools.settings, tools.modality)
    if len(decoded.images) != 1:
        many = Problem(name, f"Expected one picture; found {len(decoded.images)}.", "refusedfile")
        return Seen(problems=decoded.problems or (many,)), (0, 0)
    image = decoded.images[0]
    image = replace(image, info=replace(image.info, um_per_px=um_per_px or image.info.um_per_px))
    seen = see([Upload(image.info.label, encoded(image), image.info)], tools)
    return seen, (image.info.width, image.info.height)


def _named(entry: Entry, seen: Seen, size: tuple[int, int]) -> Labelled:
    """The labelled cell's call; without one where no outline holds its place."""
    x = size[0] / 2 if entry.x is None else entry.x
    y = size[1] / 2 if entry.y is None else entry.y
    under = _under(seen.cells, x, y)
    calls: dict[str, Call] = {call.cell: call for call in seen.calls}
    if under is None:
        return entry.row
    call = calls[under.id]
    return replace(entry.row, probabilities=call.probabilities, possible=call.possible)


def _under(cells: Sequence[Cell], x: float, y: float) -> Cell | None:
    """The cell whose outline holds the point; of several the one whose middle is nearest."""
    holding = [cell for cell in cells if cv2.pointPolygonTest(cell.contour.reshape(-1, 1, 2), (x, y), False) >= 0]
    return min(holding, key=lambda cell: _distance(cell, x, y), default=None)


def _distance(cell: Cell, x: float, y: float) -> float:
    return float(np.hypot((cell.box[0] + cell.box[2]) / 2 - x, (cell.box[1] + cell.box[3]) / 2 - y))


def _the_table(folder: Path) -> Path | None:
    found = sorted(p for p in folder.iterdir() if p.is_file() and p.suffix.lower() in (".csv", ".parquet"))
    if len(found) > 1:
        raise BadInput(f"one table in {folder}", ", ".join(p.name for p in found), "Name the one that is meant.")
    return found[0] if found else None


def _of_folder(path: Path, known: Mapping[str, str]) -> list[Entry]:
    files = sorted(file for file in path.glob("*/*/*") if file.suffix.lower() in PICTURES)
    if not files:
        do = "Lay the pictures out as patient/class/picture.png, or give a table."
        raise BadInput(f"pictures as patient/class/picture.png in {path}", "none", do)
    refuse_unknown({file.parent.name for file in files}, known, str(path))
    return [
        Entry(Labelled("/".join(file.parts[-3:]), file.parts[-3], known[file.parts[-2]], None), file) for file in files
    ]


def _of_table(path: Path, known: Mapping[str, str]) -> list[Entry]:
    frame = tables.table(path, ("patient", "class"))
    named = [name for name in ("image", "file") if name in frame.columns]
    if len(named) != 1:
        found = "both" if named else "neither"
        do = "Keep one: the picture's path from the table's folder, or in a Parquet table its bytes."
        raise BadInput(f"a column image or file in {path}", found, do)
    frame = frame.rename(columns={named[0]: "image"})
    refuse_unknown({tables.text(name) for name in frame["class"]}, known, str(path))
    return [_entry(row, n, path, known) for n, row in enumerate(frame.to_dict("records"), 2)]


def _entry(row: Mapping[Any, Any], number: int, path: Path, known: Mapping[str, str]) -> Entry:
    def value(name: str) -> float | None:
        return tables.number(row.get(name), name, number, path)

    if (value("x") is None) != (value("y") is None):
        raise BadInput(f"both x and y, or neither, in row {number} of {path}", "one of them", "Fill in the other.")
    order, scale = value("order"), value("um_per_px")
    if scale is not None and not 0.005 <= scale <= 20:
        raise BadInput(f"0.005 to 20 under 'um_per_px' in row {number} of {path}", f"{scale:g}", "Correct or empty it.")
    own = tables.text(row.get("cell")) or tables.text(row.get("cell_id")) or f"row {number}"
    labelled = Labelled(
        id=own,
        patient=tables.text(row["patient"]),
        truth=known[tables.text(row["class"])],
        probabilities=None,
        diagnosis=tables.text(row.get("diagnosis")),
        centre=tables.text(row.get("centre")),
        fold=tables.text(row.get("fold")),
        order=float("nan") if order is None else order,
        field=tables.text(row.get("field")),
    )
    return Entry(labelled, _source(row["image"], number, path), value("x"), value("y"), scale)


def _source(image: object, number: int, path: Path) -> bytes | Path:
    """Bytes as they stand, a mapping with 'bytes' as data sets have it, or a file beside the table."""
    if isinstance(image, Mapping):
        image = image.get("bytes")
    if isinstance(image, bytes) and image:
        return image
    file = path.parent / tables.text(image)
    if not tables.text(image) or not file.is_file():
        do = "Write the path from the table's folder, or keep the picture's bytes in a Parquet table."
        raise BadInput(f"a picture in row {number} of {path}", repr(tables.text(image))[:80], do)
    return file
