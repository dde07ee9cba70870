"""A site's labelled cells, as a folder or as a table, in one shape.

    folder   patient/class/picture.png: one labelled cell a picture, the one in its middle
    table    CSV or Parquet, a line a cell: file (or image: the picture's bytes), patient, class; and where known
             centre, diagnosis, um_per_px, and x, y (a point in the cell, in pixels of the picture) or
             polygon ('x,y x,y …', its outline). Without x, y and polygon the cell in the middle is meant.

Names of files and patients stay in here: what is written names neither.
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from core.errors import BadInput, NotFound
from core.vocabulary import Vocabulary

NEEDED = ("patient", "class")
PICTURES = {".png", ".jpg", ".jpeg", ".webp", ".tif", ".tiff", ".bmp"}
Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Label:
    """What the expert says of one cell. `at` None: the cell in the middle of the picture."""

    code: str
    at: Point | None = None


@dataclass(frozen=True, slots=True)
class LabelledPicture:
    name: str  # for messages to the person only
    source: bytes | Path
    um_per_px: float | None
    labels: tuple[Label, ...]


@dataclass(frozen=True, slots=True)
class LabelledCase:
    patient: str
    pictures: tuple[LabelledPicture, ...]
    centre: str = ""
    diagnosis: str = ""


@dataclass(frozen=True, slots=True)
class LabelledSite:
    cases: tuple[LabelledCase, ...]
    left_out: Mapping[str, int] = field(default_factory=dict)


def labelled(path: Path, vocabulary: Vocabulary, words: Mapping[str, str] | None = None) -> LabelledSite:
    """The labelled cases under a folder or in a table. `words`: the site's names of classes → codes, '' leaves out."""
    if not path.exists():
        raise NotFound("a folder or a table of labelled cells", f"nothing at {path}", "Correct the path.")
    table = path if path.is_file() else next((t for t in _tables(path)), None)
    rows = _of_table(table) if table else _of_folder(path)
    codes = _codes(vocabulary, words or {})
    unknown = sorted({row["class"] for row in rows} - codes.keys() - {""})
    if unknown:
        found = ", ".join(map(repr, unknown[:5])) + (" …" if len(unknown) > 5 else "")
        do = f"Use {', '.join(vocabulary.codes)}, or give a file of the site's own words (--classes)."
        raise BadInput(f"classes of {vocabulary.id}", found, do)
    kept = [{**row, "class": codes[row["class"]]} for row in rows if row["class"] and codes[row["class"]]]
    if not kept:
        raise BadInput("labelled cells", "none", "Lay them out as patient/class/picture, or give a table.")
    out = len(rows) - len(kept)
    return LabelledSite(_cases(kept), {"labelled cells of classes left out": out} if out else {})


def class_words(file: Path | None) -> dict[str, str]:
    """A TOML file of the site's own words: "giant platelet" = "other"; "" leaves such cells out."""
    if file is None:
        return {}
    try:
        table = tomllib.loads(file.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BadInput("a TOML file of class names", f"{file.name}: {error}", 'Write "their word" = "code".') from error
    if not all(isinstance(code, str) for code in table.values()):
        raise BadInput(f'"their word" = "code" in {file.name}', "something else", "Mend the file.")
    return table


def _codes(vocabulary: Vocabulary, words: Mapping[str, str]) -> dict[str, str]:
    """Codes, names and plurals of the vocabulary, then the site's own words, which come first."""
    known = {word: c.code for c in vocabulary.classes for word in (c.code, c.name, c.plural, c.code.replace("_", " "))}
    for code in set(words.values()) - {""}:
        vocabulary[code]
    return {**{_plain(word): code for word, code in known.items()}, **{_plain(w): code for w, code in words.items()}}


def _plain(word: str) -> str:
    return " ".join(word.casefold().replace("_", " ").split())


def _tables(folder: Path) -> Sequence[Path]:
    return sorted(p for p in folder.iterdir() if p.is_file() and p.suffix.lower() in (".csv", ".parquet"))


def _of_folder(folder: Path) -> list[dict[str, Any]]:
    rows = []
    for file in sorted(folder.glob("*/*/*")):
        if file.is_file() and file.suffix.lower() in PICTURES and not file.name.startswith("."):
            patient, name = file.parts[-3], file.parts[-2]
            rows.append({"patient": patient, "class": _plain(name), "picture": str(file), "source": file})
    return rows


def _of_table(file: Path) -> list[dict[str, Any]]:
    try:
        parquet = file.suffix.lower() == ".parquet"
        table = pd.read_parquet(file) if parquet else pd.read_csv(file, dtype=str, keep_default_na=False)
    except (OSError, ValueError, UnicodeDecodeError) as error:
        do = "Save it as CSV (UTF-8, commas) or Parquet."
        raise BadInput("a table of labelled cells", f"{file.name}: {error}", do) from error
    missing = [name for name in NEEDED if name not in table] + (["file"] if not {"file", "image"} & set(table) else [])
    if missing:
        raise BadInput(f"columns file (or image), {', '.join(NEEDED)}", f"no {', '.join(missing)}", "Add them.")
    return [_row(row, file, line) for line, row in enumerate(table.to_dict("records"), 2)]


def _row(row: Mapping[Any, Any], file: Path, line: int) -> dict[str, Any]:
    patient = _text(row.get("patient"))
    if not patient:
        raise BadInput("a patient in every line", f"line {line} of {file.name} without one", "Fill it in.")
    image = row.get("image")
    held = image if isinstance(image, bytes) else None
    name = _text(row.get("file")) or ("" if held else _text(image))
    if not held and not name:
        raise BadInput("a file or image in every line", f"line {line} of {file.name} without one", "Fill it in.")
    return {
        "patient": patient,
        "class": _plain(_text(row.get("class"))),
        "picture": name or f"line {line}",
        "source": held or file.parent / name,
        "um_per_px": _number(row.get("um_per_px"), "um_per_px", line),
        "at": _place(row, line),
        "centre": _text(row.get("centre")),
        "diagnosis": _text(row.get("diagnosis")),
    }


def _place(row: Mapping[Any, Any], line: int) -> Point | None:
    """A point, or the middle of a polygon."""
    if polygon := _text(row.get("polygon")):
        try:
            corners = np.array([[float(v) for v in pair.split(",")] for pair in polygon.split()])
            if corners.ndim != 2 or corners.shape[1] != 2 or len(corners) < 3 or not np.isfinite(corners).all():
                raise ValueError
        except ValueError:
            raise BadInput("a polygon as 'x,y x,y x,y'", f"another in line {line}", "Mend it.") from None
        x, y = (corners.min(axis=0) + corners.max(axis=0)) / 2
        return float(x), float(y)
    x, y = (_number(row.get(key), key, line) for key in ("x", "y"))
    if (x is None) != (y is None):
        raise BadInput("x and y", f"one of them in line {line}", "Give both or neither.")
    return None if x is None or y is None else (x, y)


def _number(value: Any, key: str, line: int) -> float | None:
    text = _text(value)
    if not text:
        return None
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number) or number < 0 or (key == "um_per_px" and number == 0):
        raise BadInput(f"a number for {key}", f"{text!r} in line {line}", "Mend it.")
    return number


def _text(value: Any) -> str:
    return "" if value is None or (isinstance(value, float) and math.isnan(value)) else str(value).strip()


def _cases(rows: Sequence[Mapping[str, Any]]) -> tuple[LabelledCase, ...]:
    by_patient: dict[str, dict[str, list[Mapping[str, Any]]]] = {}
    for row in rows:
        by_patient.setdefault(row["patient"], {}).setdefault(row["picture"], []).append(row)
    return tuple(_case(patient, pictures) for patient, pictures in sorted(by_patient.items()))


def _case(patient: str, pictures: Mapping[str, Sequence[Mapping[str, Any]]]) -> LabelledCase:
    found = []
    for name, rows in pictures.items():
        labels = tuple(Label(row["class"], row.get("at")) for row in rows)
        if len(labels) > 1 and any(label.at is None for label in labels):
            do = "Say with x and y which cell is meant, or give the picture once."
            raise BadInput("x and y where a picture has several labels", f"{name} without", do)
        found.append(LabelledPicture(name, rows[0]["source"], rows[0].get("um_per_px"), labels))
    every = [row for rows in pictures.values() for row in rows]
    stated = {key: {row[key] for row in every if row.get(key)} for key in ("centre", "diagnosis")}
    for key, values in stated.items():
        if len(values) > 1:
            raise BadInput(f"one {key} for each patient", f"{len(values)} for one of them", "Correct the table.")
    return LabelledCase(patient, tuple(found), *("".join(stated[key]) for key in ("centre", "diagnosis")))
