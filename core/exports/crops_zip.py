"""Crops of a filed case by class, to train or to test elsewhere.

    <patient>/<class>/<digest>.png    as `python -m models.training` and `evaluate` read folders
    manifest.csv                      a line a crop: who said its class, probabilities, scale, networks; read as well
    about.json                        the digest of what was filed, and what this is

There is nobody's name in it: the patient is a code that is the same for all cases of the patient and stands for nobody
outside the store; no pseudonym, case, cell or image is named, nor who said what.
"""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Collection, Mapping
from typing import Any

import PIL.Image

from core import filed, labels, windows
from core.errors import BadInput, NotFound
from core.exchange import values
from core.exchange.case_json import NOTICE
from core.exports import study_codes
from core.exports.archive import table, zipped
from core.filed import Filed
from core.records import Call, Cell, Domain, Modality, Review

FORMAT = "hemaboard.crops/1"
PERSON, NETWORK = "person", "network"
FIRST = (
    "file", "class", "patient", "um_per_px", "said_by", "stream", "call", "probability", "possible", "oddness",
    "touches_edge", "width_px", "height_px", "specimen", "modality", "stain", "synthetic",
)  # fmt: skip
LAST = ("classifier", "classifier_sha256", "detector", "detector_sha256", "filed_sha256")


def chosen(of: Filed, classes: Collection[str] = (), *, by_people: bool = False) -> tuple[str, ...]:
    """Ids of the cells whose crops go out: of these classes (all of them if none is named), in the case's order."""
    strange = sorted(set(classes) - set(of.vocabulary.codes))
    if strange:
        raise BadInput(f"classes from {', '.join(of.vocabulary.codes)}", strange[0], "Correct the spelling.")
    said = labels.last(of.reviews)
    wanted = set(classes or of.vocabulary.codes)
    named = labels.settled(of.seen, of.reviews)
    return tuple(cell for cell, code in named.items() if code in wanted and (cell in said or not by_people))


def written(of: Filed, pictures: Mapping[str, bytes], secret: bytes) -> bytes:
    """`pictures` are the crops as PNG by cell (`store.crops(of.id, chosen(of))`), `secret` is `study_codes.secret`."""
    named, said = labels.settled(of.seen, of.reviews), labels.last(of.reviews)
    if strange := pictures.keys() - named.keys():
        raise NotFound("crops of cells that have a class", f"{len(strange)} of others", "Choose them by `chosen`.")
    calls = {call.cell: call for call in of.seen.calls}
    patient = study_codes.patient(secret, of.info.pseudonym)
    whole, members = filed.sha256(of), {}
    rows = []
    alike, scales = _case(of), {image.id: image.um_per_px or of.info.um_per_px for image in of.seen.images}
    for cell in (one for one in of.seen.cells if one.id in pictures):
        png, code = pictures[cell.id], named[cell.id]
        file = f"{patient}/{code}/{hashlib.sha256(png).hexdigest()[:16]}.png"
        members[file] = png
        own = {"file": file, "class": code, "patient": patient, "filed_sha256": whole}
        told = _said(calls.get(cell.id), said.get(cell.id), code)
        rows.append(own | alike | _cell(cell, png, of.info.modality, scales[cell.image]) | told)
    classes = [f"p_{code}" for code in of.vocabulary.codes]
    ordered = sorted(rows, key=lambda row: str(row["file"]))  # neither a field nor a place in it shows
    members["manifest.csv"] = table((*FIRST, *classes, *LAST), ordered)
    members["about.json"] = _about(of, whole, len(rows))
    return zipped(members)


def _about(of: Filed, whole: str, crops: int) -> bytes:
    told = {
        "format": FORMAT,
        "notice": NOTICE,
        "sha256": whole,
        "state": type(of.state).__name__.lower(),
        "synthetic": of.info.domain is Domain.PROCEDURAL,
        "vocabulary": of.info.vocabulary,
        "crops": crops,
    }
    return (json.dumps(told, indent=1) + "\n").encode()


def _case(of: Filed) -> dict[str, Any]:
    """What is alike for all its cells."""
    by = {"classifier" if model.task == "phenotyper" else model.task: model for model in of.seen.models}
    found: dict[str, Any] = {
        "specimen": of.info.specimen.value,
        "modality": of.info.modality.value,
        "stain": of.info.stain,
        "synthetic": of.info.domain is Domain.PROCEDURAL,
    }
    for task in ("classifier", "detector"):
        if task in by:
            found |= {task: by[task].name, f"{task}_sha256": by[task].digest}
    return found


def _cell(cell: Cell, png: bytes, modality: Modality, field: float | None) -> dict[str, Any]:
    """The scale is that of the crop's own pixels: large cells are kept smaller than they were photographed."""
    with PIL.Image.open(io.BytesIO(png), formats=["PNG"]) as picture:
        width, height = picture.size
    side = windows.of(cell, modality, field).side
    scale = values.rounded(field * side / height) if field else None
    return {"um_per_px": scale, "touches_edge": cell.touches_edge, "width_px": width, "height_px": height}


def _said(call: Call | None, review: Review | None, code: str) -> dict[str, Any]:
    found: dict[str, Any] = {"said_by": PERSON if review else NETWORK, "stream": review.stream.value if review else ""}
    if call is None:
        return found
    return found | {
        "call": call.label,
        "probability": values.rounded(call.probabilities.get(code)),
        "possible": "|".join(call.possible),
        "oddness": values.rounded(call.oddness),
        **{f"p_{name}": value for name, value in values.numbers(call.probabilities).items()},
    }
