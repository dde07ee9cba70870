"""Parquet and CSV hold the same, whatever the rows."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import numpy as np
import pyarrow.parquet as pq
from hypothesis import given, settings
from hypothesis import strategies as st

from core.cohort.columns import Column, Kind, columns
from core.cohort.table import Table
from core.cohort.written import SCHEMA, csv_text, dictionary, parquet
from core.vocabulary import vocabulary
from tests.core.cohort import made

WORDS = (vocabulary("shipped16"),)
COLUMNS = columns(WORDS)
VALUES: dict[Kind, st.SearchStrategy[Any]] = {
    Kind.TEXT: st.text(st.characters(codec="utf-8", exclude_characters="\0\r\n"), min_size=1, max_size=12),
    Kind.WHOLE: st.integers(0, 2**31 - 1),
    Kind.EXACT: st.floats(0, 1),
    Kind.MEASURED: st.floats(0, 300, width=32),
    Kind.TIME: st.datetimes(timezones=st.just(made.AT.tzinfo)).map(
        lambda t: t.replace(microsecond=t.microsecond // 1000 * 1000).isoformat()
    ),
    Kind.FLAG: st.booleans(),
}
SOME = tuple({column.kind: column for column in reversed(COLUMNS)}.values())


@settings(max_examples=30, deadline=None)
@given(st.lists(st.fixed_dictionaries({}, optional={c.name: VALUES[c.kind] for c in SOME}), max_size=5))
def test_a_parquet_is_read_back_as_it_was_written(rows: list[dict[str, Any]]) -> None:
    of = Table(SOME, tuple(rows))
    back = pq.read_table(io.BytesIO(parquet(of)))
    assert back.column_names == [column.name for column in SOME]
    lines = list(csv.DictReader(io.StringIO(csv_text(of), newline="")))
    assert len(lines) == len(rows)
    for row, held, line in zip(rows, back.to_pylist(), lines, strict=True):
        for column in SOME:
            told = (
                held[column.name].isoformat() if column.kind is Kind.TIME and column.name in row else held[column.name]
            )
            assert told == row.get(column.name)
            _check_line(column, row.get(column.name), line[column.name])


def _check_line(column: Column, value: Any, text: str) -> None:
    match column.kind:
        case Kind.EXACT | Kind.WHOLE:
            assert (float(text) if text else None) == value
        case Kind.MEASURED:
            assert (np.float32(text) if text else None) == value
        case Kind.TEXT:
            assert text.removeprefix("'") == (value or "").removeprefix("'")
            assert not text.startswith(("=", "+", "-", "@"))
        case _:
            assert bool(text) is (value is not None)


def test_the_file_carries_its_own_dictionary() -> None:
    held = pq.read_schema(io.BytesIO(parquet(Table(COLUMNS, ()))))
    about = {key.decode(): value.decode() for key, value in held.metadata.items()}
    assert about["schema"] == SCHEMA
    assert json.loads(about["columns"]) == dictionary(COLUMNS)
    assert held.field("azure").metadata[b"unit"] == b"%"
    assert "not be" in held.field("cblc_withheld").metadata[b"meaning"].decode()
