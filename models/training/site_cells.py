"""Crops with classes, as a site keeps them: folders named by class, or a table.

class/*.png                 every crop in a folder of its class; no patients, so only with --one-patient-per-file
patient/class/*.png         the same below a folder for each patient
cells.csv, cells.parquet    file (beside the table) or image (bytes), class, patient; um_per_px and part if known
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from models.training.site_data import (
    LEFT_OUT,
    PARTS,
    PICTURES,
    Classes,
    Problem,
    Site,
    SiteCell,
    SiteRefused,
    checked,
    opened,
    part_named,
)

LEAST_PATIENTS = 7  # three to learn from, two to calibrate on, two to measure on
FEW = 3  # patients: a class of fewer is told of
COLUMNS = {"class", "patient", "file", "image", "um_per_px", "part"}


@dataclass(frozen=True, slots=True)
class _Row:
    where: str
    content: bytes
    word: str
    patient: str
    scale: Any = ""
    part: str = ""


def read(data: Path, classes: Classes, one_patient_per_file: bool = False) -> Site:
    """Every crop of the folder or table, with all that is wrong."""
    problems: list[Problem] = []
    rows = _table(data, problems) if data.is_file() else _folder(data, problems)
    cells = []
    for row in rows:
        cell = _cell(row, classes, one_patient_per_file)
        if isinstance(cell, Problem):
            problems.append(cell)
        elif cell is not None:
            cells.append(cell)
    site = checked(cells, problems, LEAST_PATIENTS, PARTS)
    return Site(site.items, (*site.problems, *_classes(cells)))


def _classes(cells: list[SiteCell]) -> Iterator[Problem]:
    patients: dict[str, set[str]] = {}
    for cell in cells:
        patients.setdefault(cell.label, set()).add(cell.patient)
    if len(patients) == 1:
        yield Problem(
            "the data", f"one class only ({next(iter(patients))})", "At least two are needed; annotate others."
        )
    for label, its in sorted(patients.items()):
        if len(its) < FEW:
            do = f"With fewer than {FEW} it can hardly be learnt and measured at once."
            yield Problem(f"class {label}", f"from {len(its)} patient(s)", do, stops=False)


def _cell(row: _Row, classes: Classes, one_patient_per_file: bool) -> SiteCell | Problem | None:
    code = classes.code(row.word)
    if code is None:
        return classes.unknown(row.where, row.word)
    if code == LEFT_OUT:
        return None
    try:
        _, digest = opened(row.content)
    except ValueError as error:
        do = "Export it as PNG, JPEG or TIFF, at least 16 pixels a side, or remove it."
        return Problem(row.where, str(error), do)
    try:
        scale = float(row.scale) if str(row.scale).strip() not in ("", "nan", "None") else None
    except ValueError:
        scale = -1.0
    if scale is not None and not 0.005 <= scale <= 20:
        do = "State µm per pixel between 0.005 and 20, or leave it empty."
        return Problem(row.where, f"um_per_px {row.scale!r}", do)
    part = part_named(row.part)
    if part is None:
        return Problem(row.where, f"part {row.part!r}", f"Name it {', '.join(PARTS)}, or leave it empty.")
    patient = row.patient or (row.where if one_patient_per_file else "")
    return SiteCell(row.content, code, patient, scale, part, row.where, digest)


def _folder(data: Path, problems: list[Problem]) -> Iterator[_Row]:
    if not data.is_dir():
        raise SiteRefused(f"expected a folder or a CSV or Parquet file; found nothing at {data}. Correct --data.")
    for path in sorted(p for p in data.rglob("*") if p.suffix.lower() in PICTURES):
        where = path.relative_to(data)
        if len(where.parts) not in (2, 3):
            do = "Lay it out as class/picture or patient/class/picture, or give a table of files."
            problems.append(Problem(str(where), f"a picture {len(where.parts) - 1} folders deep", do))
            continue
        yield _Row(str(where), path.read_bytes(), where.parts[-2], where.parts[0] if len(where.parts) == 3 else "")


def _table(data: Path, problems: list[Problem]) -> Iterator[_Row]:
    if data.suffix.lower() == ".csv":
        try:
            table = pd.read_csv(data, dtype=str, keep_default_na=False)
        except (ValueError, UnicodeDecodeError) as error:
            raise SiteRefused(f"{data}: expected a CSV table in UTF-8; found {error}. Save it anew.") from error
        place = "line"
        first = 2
    elif data.suffix.lower() == ".parquet":
        table, place, first = pd.read_parquet(data), "row", 1
    else:
        raise SiteRefused(f"expected a folder, a .csv or a .parquet file; found {data}. Correct --data.")
    table.columns = [str(c).strip().lower() for c in table.columns]
    if "class" not in table or not {"file", "image"} & set(table.columns):
        raise SiteRefused(
            f"{data}: expected columns class and file (or image), and patient; found {', '.join(table.columns)}. "
            "Name the columns so."
        )
    strange = sorted(set(table.columns) - COLUMNS)
    if strange:
        do = f"Only {', '.join(sorted(COLUMNS))} are read."
        problems.append(Problem(data.name, f"columns nobody reads: {', '.join(strange)}", do, stops=False))
    for number, row in enumerate(table.to_dict("records"), first):
        where = f"{data.name} {place} {number}"
        content = _content(row, data.parent)
        if content is None:
            do = "Name a picture beside the table, or remove the line."
            problems.append(Problem(where, f"no file {row.get('file', '')!r}", do))
            continue
        words = {key: str(row[key] if row.get(key) is not None else "").strip() for key in ("class", "patient", "part")}
        yield _Row(where, content, words["class"], words["patient"], row.get("um_per_px", ""), words["part"])


def _content(row: dict[Any, Any], beside: Path) -> bytes | None:
    image = row.get("image")
    if isinstance(image, dict):  # as Hugging Face's tables keep pictures
        image = image.get("bytes")
    if isinstance(image, bytes | bytearray):
        return bytes(image)
    path = beside / str(row.get("file", ""))
    return path.read_bytes() if path.is_file() else None
