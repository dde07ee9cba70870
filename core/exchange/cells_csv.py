"""cells.csv: one line a cell, for spreadsheets and pandas.

A spreadsheet runs a text that begins with = + - @ as a formula, so such a text gets an apostrophe in front
(OWASP, CSV injection). Numbers stay numbers.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from typing import Any

from core.exchange.values import Document

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")
FIRST = (
    "cell",
    "image",
    "image_sha256",
    "page",
    "x0",
    "y0",
    "x1",
    "y1",
    "touches_edge",
    "score",
    "class",
    "reviewed_class",
    "probability",
    "possible",
    "oddness",
    "model",
)


def text(document: Document) -> str:
    """The cells of a case.json document; measures, then probabilities (p_…), after the fixed columns.

    Of a label-free case follow views, gate, and each marker with the ends of its interval.
    """
    cells = document["cells"]
    measures = sorted({name for cell in cells for name in cell["measures"]})
    classes = sorted({name for cell in cells for name in cell["probabilities"]})
    pages = {image["id"]: image["page"] for image in document["images"]}
    stream = io.StringIO()
    lines = csv.writer(stream, lineterminator="\r\n")
    markers = sorted({name for cell in cells for name in cell["markers"]})
    more = label_free_columns(markers) if document["label_free"] else ()
    lines.writerow([safe(name) for name in (*FIRST, *measures, *(f"p_{name}" for name in classes), *more)])
    for cell in cells:
        row = [
            *(cell["id"], cell["image"], cell["image_sha256"], pages[cell["image"]]),
            *cell["box"],
            *(cell["touches_edge"], cell["score"], cell["class"], cell["reviewed_class"]),
            *(cell["probabilities"].get(cell["class"]), "|".join(cell["possible"]), cell["oddness"], cell["model"]),
            *(cell["measures"].get(name) for name in measures),
            *(cell["probabilities"].get(name) for name in classes),
            *(_label_free(cell, markers) if more else ()),
        ]
        lines.writerow([safe(value) for value in row])
    return stream.getvalue()


def label_free_columns(markers: Sequence[str]) -> tuple[str, ...]:
    """Which views were used, how much the convolutional branch said, and each marker that may be seen."""
    ends = (f"marker_{name}{end}" for name in markers for end in ("", "_low", "_high"))
    return ("views", "gate_class", "gate_markers", *ends)


def _label_free(cell: Document, markers: Sequence[str]) -> list[Any]:
    gate = cell["gate"] or {"class": None, "markers": None}
    told = [cell["markers"].get(name, {}) for name in markers]
    ends = [one.get(end) for one in told for end in ("value", "low", "high")]
    return ["|".join(cell["views"]), gate["class"], gate["markers"], *ends]


def safe(value: Any) -> Any:
    """Text that no spreadsheet takes for a formula; anything else as it is."""
    if isinstance(value, str) and value.lstrip(" ").startswith(FORMULA_STARTS):
        return "'" + value
    return value
