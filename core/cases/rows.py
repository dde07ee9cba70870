"""Records to rows and back. Rows hold plain Python values: the drivers know no numpy."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import numpy as np
from sqlalchemy import RowMapping

from core.errors import BadInput
from core.protocols import RunRow, RunState
from core.records import (
    Call,
    CaseInfo,
    Cell,
    Confusion,
    Domain,
    Findings,
    ImageInfo,
    MarkerValue,
    Modality,
    ModelStamp,
    Review,
    Specimen,
    Stream,
)

Named = Mapping[str, Any] | RowMapping  # a row by the names of its columns

INFO = tuple(CaseInfo.__dataclass_fields__)
IMAGE = tuple(ImageInfo.__dataclass_fields__)
STAMP = ("name", "digest", "task", "domain", "notice", "vocabulary")
REVIEW = ("actor", "at", "was", "now", "reason", "saw_call", "probability")


def of_info(info: CaseInfo) -> dict[str, Any]:
    if info.um_per_px is not None and not (math.isfinite(info.um_per_px) and info.um_per_px > 0):
        raise BadInput("µm per pixel above 0, or none", f"{info.um_per_px}", "Read it off the camera's calibration.")
    row = asdict(info)
    _check_text({**row, **row["findings"]})
    return row | {key: str(row[key]) for key in ("specimen", "modality", "domain")}


def info(row: Named) -> CaseInfo:
    values = {key: row[key] for key in INFO}
    values["specimen"] = Specimen(row["specimen"])
    values["modality"] = Modality(row["modality"])
    values["domain"] = Domain(row["domain"])
    values["findings"] = _findings(row["findings"])
    return CaseInfo(**values)


def _findings(values: Mapping[str, Any]) -> Findings:
    found = Findings(**values)
    signs = (found.auer_rods, found.atypical_promyelocytes, found.apl)
    if not isinstance(found.genetics, str) or any(sign is not None and not isinstance(sign, bool) for sign in signs):
        raise ValueError("findings that are neither yes, no nor unknown")  # an alert would pass them over
    return found


def of_image(image: ImageInfo) -> dict[str, Any]:
    row = asdict(image)
    return row | {
        "modality": str(image.modality),
        "views": list(image.views),
        "warnings": list(image.warnings),
        "um_per_px": None if image.um_per_px is None else float(image.um_per_px),
    }


def image(row: Named) -> ImageInfo:
    values = {key: row[key] for key in IMAGE}
    values["modality"] = Modality(row["modality"])
    values["views"], values["warnings"] = tuple(row["views"]), tuple(row["warnings"])
    return ImageInfo(**values)


def of_cell(cell: Cell) -> dict[str, Any]:
    contour = np.asarray(cell.contour, dtype="<f4")
    if contour.ndim != 2 or contour.shape[1] != 2 or len(contour) < 3 or not np.isfinite(contour).all():
        found = f"shape {contour.shape}" if np.isfinite(contour).all() else "points that are no numbers"
        do = "The detector is at fault: report it with its name."
        raise BadInput(f"a contour of (N ≥ 3, 2) numbers for cell {cell.id}", found, do)
    x0, y0, x1, y1 = _plain(dict(zip(("x0", "y0", "x1", "y1"), cell.box, strict=True)), cell.id).values()
    return {
        "id": cell.id,
        "image_id": cell.image,
        "x0": x0,
        "y0": y0,
        "x1": x1,
        "y1": y1,
        "contour": contour.tobytes(),
        "score": float(cell.score),
        "touches_edge": bool(cell.touches_edge),
        "measures": _plain(cell.measures, cell.id),
    }


def cell(row: Any) -> Cell:
    contour = np.frombuffer(row.contour, dtype="<f4").reshape(-1, 2)
    box = (row.x0, row.y0, row.x1, row.y1)
    return Cell(row.id, row.image_id, box, contour, row.score, row.touches_edge, row.measures)


def of_call(call: Call) -> dict[str, Any]:
    return {
        "cell_id": call.cell,
        "model": call.model,
        "label": call.label,
        "probabilities": _plain(call.probabilities, call.cell),
        "measures": _plain(call.measures, call.cell),
        "possible": [str(code) for code in call.possible] or None,
        "oddness": None if call.oddness is None else _plain({"oddness": call.oddness}, call.cell)["oddness"],
        "markers": {str(name): _ends(value, call.cell) for name, value in call.markers.items()} or None,
        "gate": None if call.gate is None else [float(share) for share in call.gate],
        "views": list(call.views) or None,
    }


def call(row: Any) -> Call:
    possible, oddness = doubts(row.possible, row.oddness)
    values, gate, views = estimates(row.markers, row.gate, row.views)
    return Call(
        row.cell_id, row.label, row.probabilities, row.model, row.measures, possible, oddness, values, gate, views
    )


def _ends(value: MarkerValue, owner: str) -> list[float | None]:
    _plain({"marker": value.value, "low": value.low or 0.0, "high": value.high or 0.0}, owner)
    return [float(value.value), *(None if end is None else float(end) for end in (value.low, value.high))]


def estimates(
    markers: Any, gate: Any, views: Any
) -> tuple[dict[str, MarkerValue], tuple[float, float] | None, tuple[str, ...]]:
    """Marker values, gate and views of a call as stored; ValueError when they are none."""
    values = {}
    for name, ends in (markers or {}).items():
        value, low, high = ends
        if type(value) is not float or any(end is not None and type(end) is not float for end in (low, high)):
            raise ValueError(f"a value of {name} that is no number")
        values[name] = MarkerValue(value, low, high)
    if gate is not None and (len(gate) != 2 or not all(type(share) is float and 0 <= share <= 1 for share in gate)):
        raise ValueError("a gate that is no two shares")
    if not isinstance(views or [], list) or not all(isinstance(view, str) for view in views or []):
        raise ValueError("views that are no list of names")
    return values, gate and (gate[0], gate[1]), tuple(views or ())


def doubts(possible: Any, oddness: float | None) -> tuple[tuple[str, ...], float | None]:
    """Set and oddness of a call as stored; ValueError when they are none."""
    codes = possible or []
    if not isinstance(codes, list) or not all(isinstance(code, str) for code in codes):
        raise ValueError("possible classes that are no list of codes")
    if oddness is not None and not 0 <= oddness <= 1:
        raise ValueError("an oddness that is no share")
    return tuple(codes), oddness


def of_stamp(stamp: ModelStamp) -> dict[str, Any]:
    told = {
        "names": list(stamp.markers),
        "truth": stamp.marker_truth,
        "units": stamp.marker_units,
        "cuts": {str(name): float(cut) for name, cut in stamp.marker_cuts.items()},
    }
    if stamp.marker_ranges:
        told["ranges"] = {str(name): [float(end) for end in ends] for name, ends in stamp.marker_ranges.items()}
    return {
        **{key: getattr(stamp, key) for key in STAMP},
        "confusion": {name: asdict(table) for name, table in stamp.confusion.items()} or None,
        "markers": told if stamp.markers or stamp.marker_truth else None,
    }


def stamp(row: Named) -> ModelStamp:
    return ModelStamp(
        **{key: row[key] for key in STAMP}, confusion=confusion(row["confusion"]), **marker_words(row["markers"])
    )


def marker_words(stored: Any) -> dict[str, Any]:
    """What a stamp says of a model's markers, as stored; ValueError when it is no such thing."""
    told = stored or {"names": [], "truth": "", "units": "", "cuts": {}}
    ranges = told.get("ranges", {})  # a stamp from before there were any has none
    texts = [told["truth"], told["units"], *told["names"], *told["cuts"], *ranges]
    if set(told) - {"ranges"} != {"names", "truth", "units", "cuts"} or not all(
        isinstance(text, str) for text in texts
    ):
        raise ValueError("markers of a model that are no names, truth, units and cuts")
    if not all(type(cut) is float for cut in told["cuts"].values()):
        raise ValueError("cuts that are no numbers")
    if not all(len(ends) == 2 and all(type(end) is float for end in ends) for ends in ranges.values()):
        raise ValueError("ranges that are no two numbers")
    return {
        "markers": tuple(told["names"]),
        "marker_truth": told["truth"],
        "marker_units": told["units"],
        "marker_cuts": dict(told["cuts"]),
        "marker_ranges": {name: (ends[0], ends[1]) for name, ends in ranges.items()},
    }


def confusion(stored: Any) -> dict[str, Confusion]:
    return {name: Confusion.of(table) for name, table in (stored or {}).items()}


def of_review(review: Review) -> dict[str, Any]:
    if review.at.tzinfo is None:
        raise BadInput("a review's time with its zone", f"{review.at}", "Use dt.datetime.now(dt.UTC).")
    _check_text(asdict(review))
    row = {key: getattr(review, key) for key in REVIEW}
    probability = None if review.probability is None else float(review.probability)
    return row | {"cell_id": review.cell, "stream": str(review.stream), "probability": probability}


def review(row: Named) -> Review:
    return Review(cell=row["cell_id"], stream=Stream(row["stream"]), **{key: row[key] for key in REVIEW})


def run(row: Named) -> RunRow:
    keys = ("id", "done", "total", "started", "finished", "message")
    return RunRow(case=row["case_id"], state=RunState(row["state"]), **{key: row[key] for key in keys})


def storable(text: str) -> str:
    """A machine's message without the characters that no database keeps."""
    return text.replace("\0", "").encode("utf-8", "replace").decode()


def _check_text(values: Mapping[str, Any]) -> None:
    for key, value in values.items():
        if isinstance(value, str) and value != storable(value):
            raise BadInput(f"text in '{key}'", "characters that are none", "Type it again.")


def _plain(values: Mapping[str, float], owner: str) -> dict[str, float]:
    plain = {str(key): float(value) for key, value in values.items()}
    for key, value in plain.items():
        if not math.isfinite(value):
            do = "The model or measurement is at fault: report it with its name."
            raise BadInput(f"a finite number for '{key}' of cell {owner}", str(value), do)
    return plain
