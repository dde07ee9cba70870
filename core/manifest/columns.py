"""The manifest's columns: what may stand in each, and the template to fill in."""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from core.aggregate.criteria import GENETICS
from core.cases import pseudonym
from core.cases.desk import checked_tag
from core.errors import BadInput
from core.records import Modality, Specimen

YES = {"yes": True, "no": False}
LONGEST = 200  # characters of a field of text
FORMULA = "=+-@\t\r"  # what a spreadsheet takes for the start of a formula


@dataclass(frozen=True, slots=True)
class Column:
    """One column. `read` makes its value of a field that is not empty, or raises BadInput."""

    name: str
    meaning: str
    example: str
    read: Callable[[str], Any]


def _text(name: str) -> Callable[[str], str]:
    def read(field: str) -> str:
        if len(field) > LONGEST or not field.isprintable():
            raise BadInput(f"{name} of at most {LONGEST} printable characters", "something else", "Shorten it.")
        if field[0] in FORMULA:
            do = "Let it begin with a letter or a number: a spreadsheet would take it for a formula."
            raise BadInput(f"{name} in words", f"a field that begins with {field[0]!r}", do)
        if found := pseudonym.identifying(field):
            raise BadInput(f"{name} that identifies nobody", found, "Leave it out.")
        return field

    return read


def _pseudonym(field: str) -> str:
    return str(_text("a pseudonym")(pseudonym.checked(field)))


def _place(field: str) -> str:
    """A path within what was given: it may lead nowhere else."""
    path = field.replace("\\", "/")
    parts = path.split("/")
    if path.startswith("/") or ".." in parts or re.match(r"[A-Za-z]:", path) or not path.isprintable():
        do = "Name it as it lies in the folder or ZIP, for example case-1/field-01.png."
        raise BadInput("a name within the given folder or ZIP", "one that leads out of it", do)
    return "/".join(part for part in parts if part not in ("", "."))


def _choice(name: str, values: Mapping[str, Any]) -> Callable[[str], Any]:
    def read(field: str) -> Any:
        if field.lower() not in values:
            raise BadInput(f"{name}: {' or '.join(values)}", repr(field[:40]), "Correct the spelling.")
        return values[field.lower()]

    return read


def _scale(field: str) -> float:
    try:
        value = float(field.replace(",", "."))
    except ValueError:
        value = math.nan
    if not 0.005 <= value <= 20:
        do = "Read it off the camera's calibration, or leave it empty."
        raise BadInput("µm per pixel between 0.005 and 20", repr(field[:40]), do)
    return value


def _genetics(field: str) -> str:
    known = {name.lower(): name for name in GENETICS}
    if field.lower() not in known:
        raise BadInput(f"one of {', '.join(GENETICS)}", repr(field[:40]), "Correct it, or leave it empty for unknown.")
    return known[field.lower()]


def _tags(field: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(checked_tag(_text("a tag")(part.strip())) for part in field.split("|") if part.strip()))


COLUMNS = (
    Column("file", "a picture or a ZIP of pictures; give this or 'folder'", "", _place),
    Column("folder", "a folder with the case's pictures", "case-1", _place),
    Column("pseudonym", "a study number, never a name", "AML-0147", _pseudonym),
    Column("specimen", "marrow or blood", "marrow", _choice("a specimen", {s.value: s for s in Specimen})),
    Column("modality", "smear (if left empty) or dpc", "smear", _choice("a modality", {m.value: m for m in Modality})),
    Column("stain", "for example MGG", "MGG", _text("a stain")),
    Column("centre", "where it was made", "north", _text("a centre")),
    Column("scanner", "scanner or camera", "", _text("a scanner")),
    Column("um_per_px", "µm per pixel, where files do not say it", "", _scale),
    Column("auer_rods", "yes (seen), no (looked for, not seen), or empty", "", _choice("Auer rods", YES)),
    Column("atypical_promyelocytes", "yes, no, or empty", "", _choice("atypical promyelocytes", YES)),
    Column("apl", "suspected or proven: yes, no, or empty", "", _choice("APL", YES)),
    Column("genetics", "for example NPM1; empty for unknown", "", _genetics),
    Column("tags", "words, separated by |", "batch-1", _tags),
    Column("note", "anything else that identifies nobody", "", _text("a note")),
)
BY_NAME = {column.name: column for column in COLUMNS}
NEEDED = ("pseudonym", "specimen")  # and one of PLACES
PLACES = ("file", "folder")


def template() -> str:
    """A manifest with its heads and one example row."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([column.name for column in COLUMNS])
    writer.writerow([column.example for column in COLUMNS])
    return out.getvalue()
