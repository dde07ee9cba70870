"""The differential of a filed case as a table: one line a number, with interval, unit, and why it is withheld if it is.

Lines are the facts of the case in their order, beside them what cells they count and, of the composites, the share
corrected for the classifier's confusion. Texts that a spreadsheet would run are disarmed as in cells.csv.
"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Mapping
from typing import Any

from core import filed
from core.exchange.case_json import NOTICE
from core.exchange.cells_csv import safe
from core.exchange.values import rounded
from core.exports import told
from core.filed import Filed
from core.readings import Corrected, Fact, Interval, LabelFreeReading, Reading
from core.records import Domain

COLUMNS = (
    "sha256", "case", "pseudonym", "specimen", "modality", "synthetic", "state",
    "id", "name", "unit", "value", "low", "high", "level", "method", "count", "total",
    "corrected", "same_cells_low", "same_cells_high", "patient_low", "patient_high", "corrected_withheld",
    "withheld", "note", "origin", "notice",
)  # fmt: skip
LEFT_OUT, IN_WORDS = ("case.", "alert.", "criteria."), (".word",)
"""Facts in words: they stand in the report and in JSON, and a column of numbers holds numbers."""
OF_ITS_OWN = (".corrected", ".corrected_patient")
"""Facts that stand in the line of the share they correct."""


def written(of: Filed) -> bytes:
    counts, better = told.cells(of.reading), _corrected(of.reading)
    case = {
        "sha256": filed.sha256(of),
        "case": of.id,
        "pseudonym": of.info.pseudonym,
        "specimen": of.info.specimen.value,
        "modality": of.info.modality.value,
        "synthetic": of.info.domain is Domain.PROCEDURAL,
        "state": type(of.state).__name__.lower(),
        "notice": NOTICE,
    }
    stream = io.StringIO()
    lines = csv.DictWriter(stream, COLUMNS, restval="", lineterminator="\r\n")
    lines.writeheader()
    for fact in told.every(of):
        if not fact.id.startswith(LEFT_OUT) and not fact.id.endswith((*IN_WORDS, *OF_ITS_OWN)):
            count, total = counts.get(fact.id, (None, None))
            row = {**case, **_told(fact), "count": count, "total": total, **_better(better.get(fact.id))}
            lines.writerow({name: safe(value) for name, value in row.items()})
    return stream.getvalue().encode("utf-8-sig")  # without the mark a spreadsheet takes UTF-8 for something else


def _told(fact: Fact) -> dict[str, Any]:
    shown = None if fact.withheld else fact.interval
    return {
        "id": fact.id,
        "name": fact.name,
        "unit": fact.unit,
        "value": None if fact.withheld else _number(fact.value),
        **_ends("", shown),
        "level": shown.level if shown and shown.level else None,
        "method": shown.method if shown else None,
        "withheld": fact.withheld,
        "note": fact.note,
        "origin": fact.origin,
    }


def _better(one: Corrected | None) -> dict[str, Any]:
    """In per cent, as the shares are."""
    if one is None:
        return {}
    if one.withheld:
        return {"corrected_withheld": one.withheld}
    value = None if one.value is None else rounded(100 * one.value)
    return {
        "corrected": value,
        **_ends("same_cells_", one.same_cells, 100),
        **_ends("patient_", one.patient, 100),
    }


def _ends(name: str, interval: Interval | None, times: float = 1) -> dict[str, Any]:
    if interval is None:
        return {}
    return {f"{name}low": _number(times * interval.low), f"{name}high": _number(times * interval.high)}


def _number(value: float | int | str | None) -> float | int | str | None:
    """What has no end is told as a spreadsheet and pandas write it."""
    if isinstance(value, float):
        return rounded(value) if math.isfinite(value) else str(value)
    return value


def _corrected(reading: Reading | LabelFreeReading) -> Mapping[str, Corrected]:
    return {one.share: one for one in reading.corrected} if isinstance(reading, Reading) else {}
