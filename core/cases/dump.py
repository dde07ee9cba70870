"""Rows of any table as JSON and back, every value checked against its column."""

from __future__ import annotations

import base64
import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from core.cases import tables_robustness, tables_slides, tables_words
from core.cases.every_table import BOUND, OF_CASE
from core.cases.tables import (
    UtcTime,
    calls,
    cases,
    cells,
    images,
    reviews,
    run_images,
    runs,
    stamps,
)
from core.cases.trail import written

FORMAT = "hemaboard-case-6"  # raised when a member changes its shape
NOTHING_IN: dict[str, dict[str, tuple[str, ...]]] = {  # formats that are read, and the columns they did not have yet
    "hemaboard-case-1": {
        "calls": ("possible", "oddness", "markers", "gate", "views"),
        "stamps": ("confusion", "markers"),
    },
    "hemaboard-case-2": {"calls": ("markers", "gate", "views"), "stamps": ("markers",)},
    "hemaboard-case-3": {},
    "hemaboard-case-4": {},
    "hemaboard-case-5": {},
    FORMAT: {},
}
FIRST_TABLES = (cases, images, runs, reviews)  # in the order in which they can be inserted
CASE_TABLES = (*FIRST_TABLES, *OF_CASE)
# Formats before 6 have none of these, those before 5 none of the next, those before 4 only the first ones.
SINCE_6 = (tables_robustness.strength_curves, *tables_slides.OF_CASE)
SINCE_5 = (*tables_words.OF_CASE, tables_robustness.robustness_results)
NEVER_USED = ("summaries", "reports")  # tables of formats before 5: exported, and always empty
RUN_TABLES = (stamps, run_images, cells, calls)

# Filled in where the rows arrive: salts and digests stay with a store, the rest is said once for all rows.
LEFT_OUT = {"cases": {"salt"}, "reviews": {"number", "digest"}, **{table.name: {"digest"} for table in BOUND}}
ORDER = {"images": ("position",), "runs": ("number",), "reviews": ("number",)}


def columns(table: sa.Table) -> list[sa.Column[Any]]:
    return [column for column in table.c if column.name not in {"case_id", "run_id"} | LEFT_OUT.get(table.name, set())]


def dumped(connection: sa.Connection, table: sa.Table, which: sa.ColumnElement[bool]) -> list[dict[str, Any]]:
    """The rows in an order that does not depend on the store."""
    order = [table.c[name] for name in ORDER.get(table.name, [c.name for c in table.primary_key])]
    found = connection.execute(sa.select(table).where(which)).mappings().all()
    kept = columns(table)
    # Sorted here: two databases need not agree on how text is ordered.
    ordered = sorted(found, key=lambda row: tuple(row[column.name] for column in order))
    return [{column.name: _out(row[column.name]) for column in kept} for row in ordered]


def loaded(
    table: sa.Table, rows: Sequence[Mapping[str, Any]], format: str = FORMAT, **filled: Any
) -> list[dict[str, Any]]:
    """Rows to insert; ValueError, TypeError or KeyError when one is not what the table held in that format."""
    kept = columns(table)
    later = NOTHING_IN[format].get(table.name, ())
    names = {column.name for column in kept} - set(later)
    result = []
    for row in rows:
        if set(row) != names:
            raise ValueError(f"columns of {table.name}: {sorted(set(row) ^ names)}")
        result.append({column.name: _in(column, row.get(column.name)) for column in kept} | filled)
    return result


def _out(value: Any) -> Any:
    if isinstance(value, dt.datetime):
        return written(value)
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    return value


def _in(column: sa.Column[Any], value: Any) -> Any:
    if value is None:
        if not column.nullable:
            raise ValueError(f"nothing in {column.name}")
        return None
    kind, convert = _kind(column)
    if not isinstance(value, kind) or (isinstance(value, bool) and bool not in kind):
        raise TypeError(f"{type(value).__name__} in {column.name}")
    return convert(value)


def _kind(column: sa.Column[Any]) -> tuple[tuple[type, ...], Callable[[Any], Any]]:
    if isinstance(column.type, UtcTime):
        return (str,), _time
    if isinstance(column.type, sa.LargeBinary):
        return (str,), lambda value: base64.b64decode(value, validate=True)
    if isinstance(column.type, sa.JSON):
        return (dict, list), lambda value: value
    if isinstance(column.type, sa.Double):
        return (float, int), float
    if isinstance(column.type, sa.Boolean):
        return (bool,), bool
    if isinstance(column.type, sa.Integer):
        return (int,), _whole
    return (str,), _text


def _time(value: str) -> dt.datetime:
    time = dt.datetime.fromisoformat(value)
    if time.tzinfo is None:
        raise ValueError("a time without a zone")
    return time


def _whole(value: int) -> int:
    if not -(2**31) <= value < 2**31:
        raise ValueError("a number beyond what the store holds")
    return value


def _text(value: str) -> str:
    if "\0" in value:  # PostgreSQL keeps no such text
        raise ValueError("a zero character")
    return value


def held(format: str) -> set[str]:
    """Names of the tables of a case that an export of this format holds."""
    if format == FORMAT:
        return {table.name for table in CASE_TABLES}
    of_five = [table for table in CASE_TABLES if table not in SINCE_6]
    if format == "hemaboard-case-5":
        return {table.name for table in of_five}
    of_four = [table for table in of_five if table not in SINCE_5]
    known = of_four if format == "hemaboard-case-4" else FIRST_TABLES
    return {*(table.name for table in known), *NEVER_USED}
