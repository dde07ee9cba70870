"""An evaluation as files: evaluation.json with everything, patients.csv and classes.csv for spreadsheets."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from core.evaluate.figures import Evaluation, Figure
from core.exchange.cells_csv import safe

SCHEMA_FILE = Path(__file__).with_name("evaluation.schema.json")


def as_json(found: Evaluation) -> str:
    """Everything; what is not estimable is null with a note beside it."""
    return json.dumps(asdict(found), indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def patients_csv(found: Evaluation) -> str:
    """One line a patient."""
    first = ("patient", "diagnosis", "centre", "fold", "cells", "not_found", "counted_expert", "counted_called")
    names = [
        (id, name) for id, values in (found.patients[0].shares if found.patients else {}).items() for name in values
    ]
    rows = (
        [*(getattr(row, name) for name in first), *(row.shares[id][name] for id, name in names)]
        for row in found.patients
    )
    return _csv([*first, *(f"{id}_{name}" for id, name in names)], rows)


def classes_csv(found: Evaluation) -> str:
    """One line a class: its figures with their intervals, then its row of the confusion matrix."""
    figures = ("precision", "recall", "f1")
    codes = [c.code for c in found.cells.classes]
    head = ["class", "labelled", "called", *(f"{f}{end}" for f in figures for end in ("", "_low", "_high"))]
    rows = (
        [c.code, c.support, c.called, *(v for f in figures for v in _values(getattr(c, f))), *counts]
        for c, counts in zip(found.cells.classes, found.cells.confusion, strict=True)
    )
    return _csv([*head, *(f"called_{code}" for code in codes), "called_nothing"], rows)


def _values(figure: Figure) -> tuple[float | None, float | None, float | None]:
    return figure.value, figure.low, figure.high


def _csv(head: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    stream = io.StringIO()
    lines = csv.writer(stream, lineterminator="\r\n")
    lines.writerow(head)
    for row in rows:
        lines.writerow([round(v, 6) if isinstance(v, float) else safe(v) for v in row])
    return stream.getvalue()
