"""A cohort's rows as one Parquet and one CSV file. Both hold the same values: the CSV is written from the Parquet's.

The Parquet carries its own dictionary: each column's meaning and unit in the column's metadata, and what the table is
in the file's. A text that a spreadsheet would take for a formula gets an apostrophe in front, in the CSV only.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from core.cohort.columns import Column, Kind
from core.cohort.table import Table
from core.exchange.cells_csv import safe
from core.product import version

SCHEMA = "hemaboard.cohort/1"
TYPES = {
    Kind.TEXT: pa.string(),
    Kind.WHOLE: pa.int32(),
    Kind.EXACT: pa.float64(),
    Kind.MEASURED: pa.float32(),
    Kind.TIME: pa.timestamp("ms", tz="UTC"),
    Kind.FLAG: pa.bool_(),
}
NOTICE = "For Research Use Only. Not for use in diagnostic procedures."


def parquet(of: Table) -> bytes:
    out = io.BytesIO()
    pq.write_table(arrow(of), out, compression="zstd", version="2.6")
    return out.getvalue()


def csv_text(of: Table) -> str:
    """Numbers as short as they may be and still be the same when read back at their width."""
    held = arrow(of)
    stream = io.StringIO()
    lines = csv.writer(stream, lineterminator="\r\n")
    lines.writerow(held.column_names)
    told = [_told(column, held.column(column.name)) for column in of.columns]
    for values in zip(*told, strict=True):
        lines.writerow(values)
    return stream.getvalue()


def arrow(of: Table) -> pa.Table:
    fields, arrays = [], []
    for column in of.columns:
        kind = TYPES[column.kind]
        meta = {"meaning": column.meaning, "unit": column.unit}
        fields.append(pa.field(column.name, kind, nullable=True, metadata=meta))
        arrays.append(pa.array([_value(column, row.get(column.name)) for row in of.rows], type=kind))
    about = {
        "schema": SCHEMA,
        "notice": NOTICE,
        "version": version(),
        "rows": str(len(of.rows)),
        "columns": json.dumps(dictionary(of.columns), ensure_ascii=False),
    }
    return pa.Table.from_arrays(arrays, schema=pa.schema(fields, metadata=about))


def dictionary(of: Sequence[Column]) -> list[dict[str, str]]:
    return [{"name": c.name, "kind": c.kind.value, "unit": c.unit, "meaning": c.meaning} for c in of]


def _value(column: Column, value: Any) -> Any:
    if value is None or value == "":
        return None
    return dt.datetime.fromisoformat(value) if column.kind is Kind.TIME else value


def _told(column: Column, held: pa.ChunkedArray) -> list[Any]:
    """As the CSV says it."""
    match column.kind:
        case Kind.MEASURED:
            return ["" if v is None else str(np.float32(v)) for v in held.to_pylist()]  # the shortest at 32 bits
        case Kind.TIME:
            return [
                "" if v is None else f"{v:%Y-%m-%dT%H:%M:%S}.{v.microsecond // 1000:03d}Z" for v in held.to_pylist()
            ]
        case Kind.FLAG:
            return ["" if v is None else ("yes" if v else "no") for v in held.to_pylist()]
        case Kind.TEXT:
            return ["" if v is None else safe(v) for v in held.to_pylist()]
        case _:
            return ["" if v is None else repr(v) for v in held.to_pylist()]
