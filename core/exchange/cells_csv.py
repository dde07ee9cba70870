"""cells.csv: one line a cell, for spreadsheets and pandas.

A spreadsheet runs a text that begins with = + - @ as a formula, so such a text gets an apostrophe in front
(OWASP, CSV injection). Numbers stay numbers.
"""

from __future__ import annotations

import csv
import io
from typing import Any

from core.exchange.case_json import Document

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
    """The cells of a case.json document; measures, then probabilities (p_…), after the fixed columns."""
    cells = document["cells"]
    measures = sorted({name for cell in cells for name in cell["measures"]})
    classes = sorted({name for cell in cells for name in cell["probabilities"]})
    pages = {image["id"]: image["page"] for image in document["images"]}
    stream = io.StringIO()
    lines = csv.writer(stream, lineterminator="\r\n")
    lines.writerow([safe(name) for name in (*FIRST, *measures, *(f"p_{name}" for name in classes))])
    for cell in cells:
        row = [
            *(cell["id"], cell["image"], cell["image_sha256"], pages[cell["image"]]),
            *cell["box"],
            *(cell["touches_edge"], cell["score"], cell["class"], cell["reviewed_class"]),
            *(cell["probabilities"].get(cell["class"]), "|".join(cell["possible"]), cell["oddness"], cell["model"]),
            *(cell["measures"].get(name) for name in measures),
            *(cell["probabilities"].get(name) for name in classes),
        ]
        lines.writerow([safe(value) for value in row])
    return stream.getvalue()


def safe(value: Any) -> Any:
    """Text that no spreadsheet takes for a formula; anything else as it is."""
    if isinstance(value, str) and value.lstrip(" ").startswith(FORMULA_STARTS):
        return "'" + value
    return value
