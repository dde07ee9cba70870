"""Tables of labelled cases: read, and checked for what every one of them must have."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from core.errors import BadInput, NotFound

EXTRA = ("diagnosis", "centre", "fold")


def table(path: Path, needed: Sequence[str]) -> pd.DataFrame:
    """A CSV (all text) or Parquet file with these columns filled in every row."""
    if not path.is_file():
        raise NotFound("a table of labelled cells", f"no file {path}", "Correct the path.")
    try:
        if path.suffix.lower() == ".parquet":
            frame = pd.read_parquet(path)
        else:
            frame = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    except (ValueError, OSError, ImportError) as error:  # pandas' parser errors are ValueErrors
        do = "Save it as CSV with a header line and commas, in UTF-8, or as Parquet."
        raise BadInput(f"a table in {path}", str(error).split("\n")[0], do) from error
    missing = [name for name in needed if name not in frame.columns]
    if missing or not len(frame):
        found = f"no column {', '.join(missing)}" if missing else "no rows"
        raise BadInput(f"a table with the columns {', '.join(needed)} in {path}", found, "Add what is missing.")
    for name in needed:
        empty = [n for n, value in enumerate(frame[name], 2) if not text(value)]
        if empty:
            lines = ", ".join(map(str, empty[:5])) + (" …" if len(empty) > 5 else "")
            raise BadInput(f"'{name}' in every row of {path}", f"nothing in row {lines}", "Fill it in.")
    return frame


def text(value: object) -> str:
    """A cell of a table as text; nothing, and what pandas makes of it, is ''."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    return str(value).strip()


def number(value: object, name: str, row: int, path: Path) -> float | None:
    """A number of a table, None where nothing stands; anything else is refused with its row."""
    said = text(value)
    if not said:
        return None
    try:
        found = float(said)
    except ValueError:
        found = math.nan
    if not math.isfinite(found):
        raise BadInput(f"a number under '{name}' in row {row} of {path}", repr(said), "Correct or empty it.")
    return found


def unique(ids: Sequence[str], where: str) -> None:
    """A cell that stands twice would count twice."""
    twice = pd.Series(ids)[pd.Series(ids).duplicated()].unique()
    if len(twice):
        shown = ", ".join(map(repr, twice[:5])) + (" …" if len(twice) > 5 else "")
        raise BadInput(f"each cell once in {where}", f"more than once: {shown}", "Remove the repeated rows.")
