"""Numbers of a cohort that can be looked at over cases, and how each is spread."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from core.charts.cohort import Dot, Spread, histogram
from core.statistics import quantile
from core.vocabulary import Vocabulary

Row = Mapping[str, Any]
PER_CENT = "%"


@dataclass(frozen=True, slots=True)
class Number:
    """A column that is looked at over cases. `total` is the column of cells it is a share of, if it is one."""

    column: str
    name: str
    unit: str = PER_CENT
    total: str = ""
    effective: str = ""
    withheld: str = "withheld"


BLASTS = Number("blasts", "Blasts and equivalents", PER_CENT, "blasts_total", "blasts_effective_n", "blasts_withheld")
CBLC = Number("cblc", "CBLC", PER_CENT, "cblc_total", "cblc_effective_n", "cblc_withheld")
OTHERS = (
    Number("blasts_corrected", "Blasts, corrected", withheld="blasts_corrected_withheld"),
    Number("cblc_corrected", "CBLC, corrected", withheld="cblc_corrected_withheld"),
    Number("me", "M:E", "ratio", withheld="me_withheld"),
    Number("erythroblasts_per_100", "Erythroblasts per 100", "per 100 leukocytes",
           withheld="erythroblasts_per_100_withheld"),
    Number("unsure", "Unsure cells"),
    Number("odd", "Cells unlike the calibration's"),
)  # fmt: skip


def numbers(rows: Sequence[Row], words: Vocabulary) -> tuple[Number, ...]:
    """Those that some case of the cohort has, composites first, then classes as the vocabulary orders them."""
    classes = [Number(f"share_{c.code}", c.plural[:1].upper() + c.plural[1:], PER_CENT, "counted")
               for c in words.classes]  # fmt: skip
    return tuple(
        one for one in (BLASTS, CBLC, *OTHERS, *classes) if any(row.get(one.column) is not None for row in rows)
    )


def dots(rows: Sequence[Row], number: Number) -> tuple[Dot, ...]:
    """The cases that have it, in their order."""
    return tuple(_dot(row, number) for row in rows if row.get(number.column) is not None)


def missing(rows: Sequence[Row], number: Number) -> tuple[tuple[Row, str], ...]:
    """The cases that have it not, each with why."""
    return tuple((row, _why(row, number)) for row in rows if row.get(number.column) is None)


def spread(number: Number, of: Sequence[Dot]) -> Spread:
    values = [dot.value for dot in of]
    ordered = tuple(sorted(of, key=lambda dot: (dot.value, dot.case)))
    edges, heights = histogram(values)
    if not values:
        return Spread(number.name, number.unit, (), None, None, None, edges, heights)
    median, interval = quantile(values, 0.5)
    ends = (float(np.quantile(values, 0.25)), float(np.quantile(values, 0.75)))
    return Spread(number.name, number.unit, ordered, median, interval, ends, edges, heights)


def _dot(row: Row, number: Number) -> Dot:
    total = row.get(number.effective) or row.get(number.total) or 0
    low, high = row.get(f"{number.column}_low"), row.get(f"{number.column}_high")
    return Dot(str(row["case"]), str(row["pseudonym"]), float(row[number.column]), low, high, float(total))


def unfinished(row: Row) -> str:
    """Why there is no result of this case; '' where there is one."""
    if "run" in row:
        return ""
    state = str(row.get("state") or "none")
    said = f": {row['problem']}" if row.get("problem") else ""
    return {"none": "not analysed", "done": "being counted"}.get(state, state) + said


def _why(row: Row, number: Number) -> str:
    if why := unfinished(row):
        return why
    return str(row.get(number.withheld) or row.get("withheld") or "not told of this case")
