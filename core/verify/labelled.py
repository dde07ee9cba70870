"""Labelled cells put together as cases: a patient's pictures, each with its labels. Read by `core.evaluate.labelled`.

Names of files and patients stay in here and in messages to the person: what is written names neither.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from core.errors import BadInput
from core.evaluate.labelled import Entry, entries

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


def labelled(path: Path, known: Mapping[str, str]) -> tuple[LabelledCase, ...]:
    """The cases of a folder patient/class/picture, of a table, or of a folder that holds one table."""
    by_patient: dict[str, list[Entry]] = {}
    for entry in entries(path, known):
        by_patient.setdefault(entry.row.patient, []).append(entry)
    return tuple(_case(patient, found) for patient, found in sorted(by_patient.items()))


def _case(patient: str, found: Sequence[Entry]) -> LabelledCase:
    by_source: dict[bytes | Path, list[Entry]] = {}
    for entry in found:
        by_source.setdefault(entry.source, []).append(entry)
    pictures = tuple(_picture(source, its) for source, its in by_source.items())
    centre = _one("centre", {e.row.centre for e in found})
    return LabelledCase(patient, pictures, centre, _one("diagnosis", {e.row.diagnosis for e in found}))


def _picture(source: bytes | Path, its: Sequence[Entry]) -> LabelledPicture:
    labels = tuple(Label(e.row.truth, None if e.x is None or e.y is None else (e.x, e.y)) for e in its)
    name = source.name if isinstance(source, Path) else its[0].row.id
    if len(labels) > 1 and any(label.at is None for label in labels):
        do = "Say with x and y which cell is meant, or give the picture once."
        raise BadInput("x and y where a picture has several labels", f"{name} without", do)
    return LabelledPicture(name, source, its[0].um_per_px, labels)


def _one(key: str, values: set[str]) -> str:
    stated = sorted(values - {""})
    if len(stated) > 1:
        raise BadInput(f"one {key} for each patient", f"{len(stated)} for one of them", "Correct the table.")
    return "".join(stated)
