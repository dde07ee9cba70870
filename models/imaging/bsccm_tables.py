"""The tables of a BSCCM data set, a row at a time: what slide a cell is from, its markers, its class.

Surface markers are in arbitrary linear units with many cells at the floor; `logged` makes log10 of them. Classes are
not an expert's: they are gates drawn on the markers CD3, CD16 and CD45, so a network that knows the class knows
something of the marker already.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

MARKERS = ("CD123/HLA-DR/CD14", "CD3/CD19/CD56", "CD45", "CD16")
MODELS = ("full_model", "single_antibody_model")
GATED = "selection_gated"
GATES: Mapping[str, str] = {  # in the order in which the reference package counts them
    "CD3_hi_CD_16_lo": "lymphocyte",
    "CD16_hi_CD45_mid": "granulocyte",
    "CD16_hi_CD45_lomid": "granulocyte",
    "CD16_hi_CD45_lo": "granulocyte",
    "CD16_lo_CD45_lo": "other",  # erythrocytes
    "CD16_none_CD45_mid_and_hi": "",
    "CD45_mid_CD_16_mid": "",
    "CD45_hi_CD_16_lo": "monocyte",
    "CD45_hi_CD_16_mid": "monocyte",
    "CD45_hi_CD_16_hi": "monocyte",
}
INDEX = "global_index"


class TableError(ValueError):
    """What the table lacks; the text says what was looked for and what there is."""


def rows(stream: BinaryIO, columns: Sequence[str]) -> Iterator[tuple[int, list[str]]]:
    """Global index and the columns asked for, of each row."""
    with io.TextIOWrapper(stream, encoding="utf-8-sig", newline="") as text:
        table = csv.reader(text)
        header = next(table, [])
        places = [_place(header, column) for column in (INDEX, *columns)]
        for number, row in enumerate(table, start=2):
            if row:
                try:
                    index, *values = (row[place] for place in places)
                    yield int(index), values
                except (ValueError, IndexError) as error:
                    raise TableError(f"line {number} with {len(row)} of {len(header)} columns: {error}") from error


def header(stream: BinaryIO) -> list[str]:
    with io.TextIOWrapper(stream, encoding="utf-8-sig", newline="") as text:
        return next(csv.reader(text), [])


def markers(
    stream: BinaryIO, names: Sequence[str], model: str = MODELS[0], cells: frozenset[int] | None = None
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Cells and their markers (cells, names) in linear units; NaN where a cell was not measured."""
    found, values = [], []
    with stream:
        if model not in MODELS:
            raise TableError(f"no unmixing model {model!r}; there are {' and '.join(MODELS)}")
        for cell, row in rows(stream, [f"{name}_{model}_unmixed" for name in names]):
            if cells is None or cell in cells:
                found.append(cell)
                values.append([_number(value) for value in row])
    return np.array(found, np.int64), np.array(values, np.float32).reshape(len(found), len(names))


def labels(stream: BinaryIO, columns: Sequence[str], cells: frozenset[int] | None = None) -> dict[int, str]:
    """The class of every cell that lies in exactly one class's gates; `columns` is the table's header."""
    found = {}
    with stream:
        gates = gate_columns(columns)
        for cell, row in rows(stream, list(gates)):
            if cells is None or cell in cells:
                named = {label for value, label in zip(row, gates.values(), strict=True) if _true(value)}
                if len(named) == 1 and "" not in named:
                    found[cell] = named.pop()
    return found


def gate_columns(columns: Sequence[str]) -> dict[str, str]:
    """Columns of gates and the class each means, by name; where names are others, ten of them go by their order."""
    gated = [column for column in columns if GATED in column]
    known = {_plain(gate): label for gate, label in GATES.items()}
    by_name = {c: known[_plain(c.split(GATED, 1)[1])] for c in gated if _plain(c.split(GATED, 1)[1]) in known}
    if len(by_name) == len(gated) and gated:
        return by_name
    if len(gated) == len(GATES):
        return dict(zip(gated, GATES.values(), strict=True))
    raise TableError(
        f"{len(gated)} columns {GATED}_…, of which {len(by_name)} have a known name; the {len(GATES)} gates are "
        f"{', '.join(GATES)}"
    )


def logged(values: NDArray[np.floating[Any]], floors: Sequence[float] | None = None) -> NDArray[np.float32]:
    """log10 of markers; nothing lies below a column's floor (given, or the least value above nought)."""
    wide = np.asarray(values, np.float64)
    if floors is None:
        floors = [float(column[column > 0].min(initial=np.inf)) for column in wide.T]
    least = np.where(np.isfinite(floors), floors, 1.0)
    return np.log10(np.maximum(wide, least)).astype(np.float32)


def _place(columns: Sequence[str], column: str) -> int:
    if column not in columns:
        near = [c for c in columns if c.split("_")[0] == column.split("_")[0]][:4]
        raise TableError(f"no column {column}" + (f" (but {', '.join(near)})" if near else f" among {len(columns)}"))
    return columns.index(column)


def _number(value: str) -> float:
    return float(value) if value.strip() else float("nan")


def _true(value: str) -> bool:
    return value.strip().lower() in ("true", "1", "1.0")


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())
