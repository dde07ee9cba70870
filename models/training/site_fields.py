"""Fields with outlines or boxes, as a site keeps them: YOLO text files beside pictures, or one COCO file.

    images/*.png labels/*.txt [data.yaml]     'class x y w h' (box) or 'class x1 y1 x2 y2 …' (polygon), shares of a side
    pictures and text files in one folder     the same
    annotations.json                          COCO with polygons; pictures beside it or in images/

`patients.csv` beside them names file and patient, and um_per_px and part where known; a COCO image may name its
patient itself. Class names are read as 'cell' or 'other' (what is marked and is no nucleated cell).
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from numpy.typing import NDArray

from models.imaging.contours import area, bounds
from models.training.recipe import LABELS
from models.training.site_data import (
    LEFT_OUT,
    PICTURES,
    Classes,
    Problem,
    Site,
    SiteField,
    SiteRefused,
    checked,
    opened,
    part_named,
)

LEAST_PATIENTS = 4  # two to learn from, two to measure on
PARTS = ("train", "test")
KINDS = ("cell", "other")
WORDS = {
    **{code: "other" if code == "other" else "cell" for code in LABELS},
    **dict.fromkeys(("wbc", "wbcs", "leukocyte", "leukocytes", "white_blood_cell", "nucleated_cell", "cells"), "cell"),
    **dict.fromkeys(("rbc", "rbcs", "erythrocyte", "red_blood_cell", "platelet", "platelets", "thrombocyte"), "other"),
}
OUTSIDE = 0.002  # of a side: a corner further out is no rounding
LEAST_AREA = 12.0  # square pixels


@dataclass(frozen=True, slots=True)
class Mark:
    """One marked thing: its corners in pixels, and whether they are an outline or a box."""

    corners: NDArray[np.float32]  # (n, 2)
    outlined: bool
    kind: str
    where: str
    shares: bool = False  # corners are still in shares of the picture's sides


@dataclass(frozen=True, slots=True)
class About:
    patient: str = ""
    um_per_px: float | None = None
    part: str = ""


def read(data: Path, classes: Path | None = None, one_patient_per_file: bool = False) -> Site:
    """Every field of the folder or COCO file, with all that is wrong."""
    problems: list[Problem] = []
    words = Classes.read(classes, KINDS)
    words.given = {**WORDS, **words.given}
    root = data.parent if data.is_file() else data
    if not data.exists():
        raise SiteRefused(f"expected a folder or a COCO file; found nothing at {data}. Correct --data.")
    about = _patients(root, problems)
    coco = data if data.suffix.lower() == ".json" else None
    rows = _coco(coco, words, problems) if coco else _yolo(data, words, problems)
    fields = []
    for path, marks, told in rows:
        known = about.get(path.name) or about.get(path.stem) or about.get(str(path.relative_to(root))) or told
        found = _field(path, root, marks, known, one_patient_per_file, problems)
        fields += [found] if found else []
    return checked(fields, problems, LEAST_PATIENTS, PARTS)


def _field(
    path: Path, root: Path, marks: list[Mark], about: About, one_patient: bool, problems: list[Problem]
) -> SiteField | None:
    where = str(path.relative_to(root)) if path.is_relative_to(root) else str(path)
    try:
        pixels, digest = opened(path.read_bytes())
    except (OSError, ValueError) as error:
        do = "Export it as PNG, JPEG or TIFF, at least 16 pixels a side, or remove it and its labels."
        problems.append(Problem(where, f"{error}", do))
        return None
    size = np.array(pixels.shape[1::-1], np.float32)
    good = []
    for mark in marks:
        scaled = replace(mark, corners=mark.corners * size if mark.shares else mark.corners)
        problem = _wrong(scaled, size)
        if problem:
            problems.append(problem)
        else:
            good.append(replace(scaled, corners=np.clip(scaled.corners, 0, size)))
    cells = [m for m in good if m.kind == "cell"]
    outlined = all(m.outlined for m in cells)
    if cells and not outlined and any(m.outlined for m in cells):
        do = "All are taken as boxes; outline every cell of a field to have the outlines used."
        problems.append(Problem(where, "outlines and boxes in one field", do, stops=False))
    patient = about.patient or (where if one_patient else "")
    return SiteField(
        path, tuple(m.corners for m in cells) if outlined else None, _boxes(cells),
        _boxes([m for m in good if m.kind == "other"]), patient, about.um_per_px, about.part, where, digest,
    )  # fmt: skip


def _boxes(marks: list[Mark]) -> NDArray[np.float32]:
    return np.array([bounds(m.corners) for m in marks], np.float32).reshape(-1, 4)


def _wrong(mark: Mark, size: NDArray[np.float32]) -> Problem | None:
    shape = "outline" if mark.outlined else "box"
    if not np.isfinite(mark.corners).all():
        return Problem(mark.where, f"a {shape} with corners that are no numbers", "Draw it anew.")
    if (mark.corners < -OUTSIDE * size).any() or (mark.corners > (1 + OUTSIDE) * size).any():
        do = "Draw it within the picture; check that labels and picture belong together and have the same size."
        return Problem(mark.where, f"a {shape} beyond the picture of {size[0]:.0f} × {size[1]:.0f} pixels", do)
    if len(np.unique(mark.corners, axis=0)) < 3 or area(mark.corners) < LEAST_AREA:
        do = "Draw it anew with at least three corners around the cell, or remove it."
        return Problem(mark.where, f"a degenerate {shape} of {area(mark.corners):.0f} square pixels", do)
    return None


def _patients(root: Path, problems: list[Problem]) -> dict[str, About]:
    path = root / "patients.csv"
    if not path.is_file():
        return {}
    found = {}
    with path.open(encoding="utf-8-sig", newline="") as lines:
        reader = csv.DictReader(lines)
        if not {"file", "patient"} <= set(reader.fieldnames or ()):
            raise SiteRefused(f"{path}: expected columns file and patient; found {reader.fieldnames}. Name them so.")
        for row in reader:
            where, part = f"{path.name} line {reader.line_num}", part_named(row.get("part") or "")
            scale = _scale(row.get("um_per_px") or "")
            if part is None or scale == 0:
                do = "Name the part train, validate or test, µm per pixel between 0.005 and 20; or leave them empty."
                problems.append(Problem(where, f"part {row.get('part')!r}, um_per_px {row.get('um_per_px')!r}", do))
                continue
            part = "test" if part == "validate" else part  # the detector's training sets nothing on a third part
            found[row["file"].strip()] = About(row["patient"].strip(), scale, part)
    return found


def _scale(text: str) -> float | None:
    """None where it is not stated, 0 where it is no scale."""
    try:
        value = float(text) if text.strip() else None
    except ValueError:
        return 0.0
    return value if value is None or 0.005 <= value <= 20 else 0.0


# --- YOLO ----------------------------------------------------------------------------------------------------


def _yolo(data: Path, words: Classes, problems: list[Problem]) -> Iterator[tuple[Path, list[Mark], About]]:
    kinds, parts = _yaml(data, words, problems)
    pictures = sorted(p for p in data.rglob("*") if p.suffix.lower() in PICTURES)
    labels = {p: _labels_of(p) for p in pictures}
    used = set(labels.values())
    for path in sorted(data.rglob("*.txt")):
        if path not in used and path.stem.lower() not in ("classes", "readme", "notes", "train", "val", "test"):
            problems.append(Problem(str(path.relative_to(data)), "labels without a picture", "Add it or remove them."))
    for path, text in labels.items():
        if not text.is_file():
            do = "It is left out; put an empty text file beside it if there is truly no cell in it."
            problems.append(Problem(str(path.relative_to(data)), "a picture without labels", do, stops=False))
            continue
        part = next((part for folder, part in parts.items() if path.resolve().is_relative_to(folder)), "")
        yield path, list(_lines(text, data, kinds, problems)), About(part=part)


def _labels_of(picture: Path) -> Path:
    parts = list(picture.parts)
    for k in range(len(parts) - 2, -1, -1):
        if parts[k] == "images":
            return Path(*parts[:k], "labels", *parts[k + 1 : -1], picture.stem + ".txt")
    return picture.with_suffix(".txt")


def _yaml(data: Path, words: Classes, problems: list[Problem]) -> tuple[dict[int, str], dict[Path, str]]:
    """What every class number is, and which folder is which part."""
    path = data / "data.yaml"
    if not path.is_file():
        return {0: "cell"}, {}
    try:
        table = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
        names = table.get("names", {0: "cell"})
        names = dict(enumerate(names)) if isinstance(names, list) else {int(k): v for k, v in names.items()}
    except (yaml.YAMLError, UnicodeDecodeError, AttributeError, ValueError, TypeError) as error:
        raise SiteRefused(f"{path}: expected YOLO's data.yaml with names; found {error}. Mend it.") from error
    kinds = {}
    for number, name in names.items():
        kind = words.code(str(name))
        if kind is None:
            problems.append(words.unknown(f"data.yaml, class {number}", str(name)))
        kinds[number] = kind or LEFT_OUT
    parts = {}
    for key in ("train", "val", "test"):
        for folder in [table[key]] if isinstance(table.get(key), str) else table.get(key) or []:
            place = data / str(table.get("path") or "") / folder
            place = (place if place.is_dir() else data / folder).resolve()
            if place.is_dir() and place != data.resolve():
                parts[place] = "train" if key == "train" else "test"
    return kinds, parts


def _lines(text: Path, data: Path, kinds: dict[int, str], problems: list[Problem]) -> Iterator[Mark]:
    for number, line in enumerate(text.read_text(encoding="utf-8", errors="replace").splitlines(), 1):
        where = f"{text.relative_to(data)} line {number}"
        if not line.strip():
            continue
        try:
            values = [float(v) for v in line.split()]
            kind = kinds[int(values[0])]
        except (ValueError, OverflowError):
            problems.append(Problem(where, f"{line[:40]!r}", "Write a class number, then numbers only."))
            continue
        except KeyError:
            do = f"Classes here are {', '.join(map(str, kinds))}; name others under names in data.yaml."
            problems.append(Problem(where, f"class {values[0]:g}, which nothing names", do))
            continue
        if kind == LEFT_OUT:
            continue
        rest = np.array(values[1:], np.float32)
        if len(rest) == 4:
            (x, y), (w, h) = rest[:2], rest[2:] / 2
            corners = np.array([[x - w, y - h], [x + w, y - h], [x + w, y + h], [x - w, y + h]], np.float32)
        elif len(rest) >= 6 and len(rest) % 2 == 0:
            corners = rest.reshape(-1, 2)
        else:
            do = "Write four numbers for a box, or three or more pairs for an outline."
            problems.append(Problem(where, f"{len(rest)} numbers after the class", do))
            continue
        yield Mark(corners, len(rest) > 4, kind, where, shares=True)


# --- COCO ----------------------------------------------------------------------------------------------------


def _coco(path: Path, words: Classes, problems: list[Problem]) -> Iterator[tuple[Path, list[Mark], About]]:
    try:
        table = json.loads(path.read_text(encoding="utf-8"))
        images = {row["id"]: row for row in table["images"]}
        kinds = {row["id"]: row["name"] for row in table["categories"]}
        marked = list(enumerate(table["annotations"]))
    except (ValueError, KeyError, TypeError) as error:
        raise SiteRefused(
            f"{path}: expected COCO JSON with images, annotations and categories; found {error!r}. Export it anew."
        ) from error
    known: dict[Any, str] = {}
    for number, name in kinds.items():
        kind = words.code(str(name))
        if kind is None:
            problems.append(words.unknown(f"{path.name}, category {number}", str(name)))
        known[number] = kind or LEFT_OUT
    marks: dict[Any, list[Mark]] = {number: [] for number in images}
    for place, row in marked:
        where = f"{path.name} annotations[{place}] (id {row.get('id', '?')})"
        if row.get("image_id") not in images or row.get("category_id") not in known:
            do = "Give it the id of an image and of a category in the file."
            problems.append(Problem(where, "an annotation of no image or no category", do))
        elif known[row["category_id"]] != LEFT_OUT:
            mark = _annotation(row, where, known[row["category_id"]])
            (problems if isinstance(mark, Problem) else marks[row["image_id"]]).append(mark)  # type: ignore[arg-type]
    for number, row in images.items():
        picture = next((p for p in (path.parent / row["file_name"], path.parent / "images" / row["file_name"])
                        if p.is_file()), path.parent / row["file_name"])  # fmt: skip
        yield picture, marks[number], About(str(row.get("patient") or "").strip())


def _annotation(row: dict[str, Any], where: str, kind: str) -> Mark | Problem:
    drawn = row.get("segmentation")
    if isinstance(drawn, dict) or row.get("iscrowd"):
        return Problem(where, "a run-length mask (RLE)", "Export polygons instead: most tools offer both.")
    try:
        if drawn:
            rings = [np.array(ring, np.float32).reshape(-1, 2) for ring in drawn]
            ring = max(rings, key=lambda r: area(r) if len(r) > 2 else 0.0)  # of a cell in pieces the largest
            return Mark(ring, True, kind, where)
        x, y, w, h = (float(v) for v in row["bbox"])
    except (ValueError, KeyError, TypeError):
        do = "Give a polygon as x, y, x, y … or a bbox as x, y, width, height."
        return Problem(where, "neither a polygon nor a box", do)
    return Mark(np.array([[x, y], [x + w, y], [x + w, y + h], [x, y + h]], np.float32), False, kind, where)
