"""case.json: everything seen in a case and everything that may be stated of it, for other programs.

The format is `hemaboard.case/3`: described in docs/case-json.md, checked by `case.schema.json` beside this file.
The same case gives the same text to the last byte: order, digits and spelling are fixed, no clock is read.
File names never enter it; a number that must not be shown is null and says why.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core import labels
from core.exchange import label_free_json, values
from core.exchange.values import Document
from core.readings import Corrected, Fact, LabelFreeReading, Odds, Reading, Share
from core.records import CaseInfo, Cell, ImageInfo, MarkerValue, ModelStamp, Problem, Review, Seen

SCHEMA = "hemaboard.case/3"
SCHEMA_FILE = Path(__file__).with_name("case.schema.json")
NOTICE = "For Research Use Only. Not for use in diagnostic procedures."
_OUR_WORDS = re.compile(r"(file|image) \d+( (page|cell) \d+)?")


def document(
    info: CaseInfo,
    seen: Seen,
    reading: Reading | LabelFreeReading,
    case_id: str,
    *,
    reviews: Sequence[Review] = (),
    warnings: Sequence[str] = (),
) -> Document:
    """The case as plain values, ready to be written down. `warnings` are added to those of the reading.

    Marker values are taken from the reading alone, which holds those only that may be seen.
    """
    markers = reading.values if isinstance(reading, LabelFreeReading) else {}
    cells = list(each_cell(seen, reviews, markers))
    return around(info, seen, reading, case_id, warnings) | {"cells": cells}  # in the place that is kept for them


def around(
    info: CaseInfo, seen: Seen, reading: Reading | LabelFreeReading, case_id: str, warnings: Sequence[str] = ()
) -> Document:
    """The document without its cells."""
    own = label_free_json.part(reading) if isinstance(reading, LabelFreeReading) else _smear(reading)
    return {
        "schema": SCHEMA,
        "notice": NOTICE,
        "case": _case(info, case_id),
        "images": [_image(image) for image in seen.images],
        "cells": [],
        "differential": [{"class": _class(share), **values.share(share)} for share in reading.differential],
        "uncounted": [{"class": code, "count": count} for code, count in reading.uncounted],
        "reviewed": reading.reviewed,
        **own,
        "alerts": [{"id": a.id, "level": a.level, "text": a.text} for a in reading.alerts],
        "adequacy": _adequacy(reading),
        "quality": _quality(reading),
        "facts": [_fact(fact) for fact in reading.facts],
        "models": [_model(model) for model in reading.models],
        "warnings": list(dict.fromkeys((*reading.warnings, *warnings))),
        "problems": _problems(seen.problems),
    }


def _smear(reading: Reading) -> Document:
    """What only a stained smear has."""
    return {
        "cblc": values.share(reading.cblc),
        "blasts": values.share(reading.blasts),
        "corrected": [_corrected(one) for one in reading.corrected],
        "smudge": _smudge(reading),
        "me": _odds(reading.me),
        "erythroblasts_per_100": _odds(reading.erythroblasts_per_100),
        "fields": [
            {"image": f.image, "counted": f.counted, "cblc": f.cblc, "blasts": f.blasts} for f in reading.fields
        ],
        "criteria": [
            {
                "system": c.system,
                "genetics": c.genetics,
                "reading": c.reading,
                "certainty": c.certainty,
                "note": c.note,
            }
            for c in reading.criteria
        ],
        "label_free": None,
    }


def _model(model: ModelStamp) -> Document:
    return {
        "name": model.name,
        "digest": model.digest,
        "task": model.task,
        "domain": model.domain,
        "notice": model.notice,
        "vocabulary": model.vocabulary,
        "confusion": {name: asdict(model.confusion[name]) for name in sorted(model.confusion)},
        "markers": list(model.markers),
        "marker_truth": model.marker_truth,
        "marker_units": model.marker_units,
    }


def text(document: Document) -> str:
    """The document as JSON: one line for each image, cell, class and fact, so that files can be compared."""
    parts = [f"{_plain(key)}: {_block(value)}" for key, value in document.items()]
    return "{\n" + ",\n".join(parts) + "\n}\n"


def _block(value: Any) -> str:
    if isinstance(value, list) and value:
        return "[\n" + ",\n".join(_plain(item) for item in value) + "\n]"
    return _plain(value)


def _plain(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


def _case(info: CaseInfo, case_id: str) -> Document:
    return {
        "id": case_id,
        "pseudonym": info.pseudonym,
        "specimen": info.specimen.value,
        "modality": info.modality.value,
        "stain": info.stain,
        "centre": info.centre,
        "scanner": info.scanner,
        "um_per_px": values.rounded(info.um_per_px),
        "domain": info.domain.value,
        "synthetic": info.domain.value == "procedural",
        "vocabulary": info.vocabulary,
        "findings": {
            "auer_rods": info.findings.auer_rods,
            "atypical_promyelocytes": info.findings.atypical_promyelocytes,
            "apl": info.findings.apl,
            "genetics": info.findings.genetics,
        },
        "note": info.note,
    }


def _image(image: ImageInfo) -> Document:
    return {
        "id": image.id,
        "sha256": image.sha256,
        "page": image.page,
        "label": image.label,
        "modality": image.modality.value,
        "width": image.width,
        "height": image.height,
        "um_per_px": values.rounded(image.um_per_px),
        "bits": image.bits,
        "views": list(image.views),
        "format": image.source_format,
        "warnings": list(image.warnings),
    }


def each_cell(
    seen: Seen, reviews: Sequence[Review], markers: Mapping[str, Mapping[str, MarkerValue]]
) -> Iterator[Document]:
    """By their pictures, then from the top down."""
    shas = {image.id: image.sha256 for image in seen.images}
    places = {image.id: place for place, image in enumerate(seen.images)}
    calls = {call.cell: call for call in seen.calls}
    said = labels.last(reviews)
    ordered = sorted(seen.cells, key=lambda cell: (places[cell.image], cell.box[1], cell.box[0], cell.id))
    for cell in ordered:
        call, word = calls.get(cell.id), said.get(cell.id)
        yield {
            **_place(cell, shas[cell.image]),
            "class": call.label if call else None,
            "reviewed_class": word.now if word else None,
            "probabilities": values.numbers(call.probabilities) if call else {},
            "possible": list(call.possible) if call else [],
            "oddness": values.rounded(call.oddness) if call else None,
            "model": call.model if call else None,
            "measures": values.numbers({**cell.measures, **(call.measures if call else {})}),
            **label_free_json.of_cell(call, markers.get(cell.id, {})),
        }


def _place(cell: Cell, sha256: str) -> Document:
    return {
        "id": cell.id,
        "image": cell.image,
        "image_sha256": sha256,
        "box": [round(float(value), values.PIXEL_DIGITS) for value in cell.box],
        "contour": _outline(cell.contour),
        "score": values.rounded(cell.score),
        "touches_edge": cell.touches_edge,
    }


def _outline(contour: NDArray[np.float32]) -> list[list[float]]:
    """Every point rounded as `round` does, at once: a hundred times a float32 is exact in a float64."""
    exact = np.asarray(contour, np.float32).astype(np.float64)
    points: list[list[float]] = np.round(exact, values.PIXEL_DIGITS).tolist()
    return points


def _pixels(value: float) -> float:
    return round(float(value), values.PIXEL_DIGITS)


def _corrected(one: Corrected) -> Document:
    return {
        "id": one.id,
        "share": one.share,
        "value": values.rounded(one.value),
        "by_calls": values.rounded(one.by_calls),
        "same_cells": values.interval(one.same_cells),
        "patient": values.interval(one.patient),
        "patients": one.patients,
        "assumption": one.assumption,
        "withheld": one.withheld,
    }


def _class(share: Share) -> str:
    """'lymphocyte' of 'class.lymphocyte.share'."""
    return share.id.removeprefix("class.").removesuffix(".share")


def _odds(odds: Odds | None) -> Document | None:
    if odds is None:
        return None
    shown = odds.interval if not odds.withheld else None
    return {
        "id": odds.id,
        "name": odds.name,
        "numerator": odds.numerator,
        "denominator": odds.denominator,
        "value": values.rounded(odds.value) if not odds.withheld else None,
        "low": values.rounded(shown.low) if shown else None,
        "high": values.rounded(shown.high) if shown else None,
        "level": shown.level if shown else None,
        "method": shown.method if shown else None,
        "withheld": odds.withheld,
    }


def _smudge(reading: Reading) -> Document:
    bounds, share = reading.smudge, values.share(reading.smudge.share)
    hidden = bool(reading.smudge.share.withheld)
    return {
        **share,
        "warn": bounds.warn,
        "cblc_low": None if hidden else values.rounded(bounds.cblc_low),
        "cblc_high": None if hidden else values.rounded(bounds.cblc_high),
        "blasts_low": None if hidden else values.rounded(bounds.blasts_low),
        "blasts_high": None if hidden else values.rounded(bounds.blasts_high),
    }


def _adequacy(reading: Reading | LabelFreeReading) -> Document:
    a = reading.adequacy
    return {"counted": a.counted, "target": a.target, "word": a.word, "note": a.note}


def _quality(reading: Reading | LabelFreeReading) -> Document:
    q = reading.quality
    return {
        "images": q.images,
        "cells": q.cells,
        "counted": q.counted,
        "odd": values.share(q.odd) if q.odd else None,
        "unsure": values.share(q.unsure) if q.unsure else None,
        "warnings": list(q.warnings),
        "withheld": q.withheld,
    }


def _fact(fact: Fact) -> Document:
    shown = fact.interval if not fact.withheld else None
    value = fact.value if not fact.withheld else None
    return {
        "id": fact.id,
        "name": fact.name,
        "value": values.rounded(value) if isinstance(value, float) else value,
        "unit": fact.unit,
        "digits": fact.digits,
        "low": values.rounded(shown.low) if shown else None,
        "high": values.rounded(shown.high) if shown else None,
        "level": shown.level if shown else None,
        "method": shown.method if shown else None,
        "origin": fact.origin,
        "withheld": fact.withheld,
        "note": fact.note,
    }


def _problems(problems: Sequence[Problem]) -> list[Document]:
    """Problems without the names of files, which may name a patient; messages are cleared of them too."""
    told = []
    for number, problem in enumerate(problems, start=1):
        ours = bool(_OUR_WORDS.fullmatch(problem.file))
        label = problem.file if ours else f"unusable file {number}"
        message = problem.message if ours else problem.message.replace(problem.file, label)
        told.append({"file": label, "kind": problem.kind, "message": message})
    return told
