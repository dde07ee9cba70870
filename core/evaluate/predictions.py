"""Predictions made elsewhere, as CSV: each cell with the expert's class and the probabilities it was given."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from core.errors import BadInput, NotFound
from core.evaluate import tables
from core.evaluate.cells import Cells, Labelled, gathered
from core.evaluate.classes import refuse_unknown
from core.records import Confusion
from core.vocabulary import Vocabulary

NEEDED = ("cell", "patient", "class")
PREFIX = "p_"
SUM_WITHIN = 0.02  # probabilities are often rounded


def predictions(paths: Sequence[Path], words: Vocabulary, known: Mapping[str, str]) -> Cells:
    """All files together; a cell may stand in one of them only."""
    rows = [row for path in paths for row in _rows(path, words, known)]
    tables.unique([row.id for row in rows], ", ".join(str(path) for path in paths))
    return gathered(rows, words)


def confusions(card: Path) -> Mapping[str, Confusion]:
    """The confusions of a model's card, by composite."""
    if not card.is_file():
        raise NotFound("a model's card", f"no file {card}", "Correct the path after --card.")
    try:
        table = tomllib.loads(card.read_text(encoding="utf-8")).get("confusion", {})
        found = {name: Confusion.of(one) for name, one in table.items()}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, AttributeError, KeyError, TypeError, ValueError) as error:
        raise BadInput(
            f"[confusion.cblc] and [confusion.blasts] in {card}", str(error), "Name the card itself."
        ) from error
    if not found:
        raise BadInput(f"[confusion.cblc] and [confusion.blasts] in {card}", "none", "Name a classifier's card.")
    return found


def _rows(path: Path, words: Vocabulary, known: Mapping[str, str]) -> list[Labelled]:
    frame = tables.table(path, NEEDED)
    refuse_unknown({tables.text(name) for name in frame["class"]}, known, str(path))
    values = _probabilities(frame, path, words)
    sets = _sets(frame, path, words)
    rows = []
    for number, (row, p, possible) in enumerate(
        zip(frame.to_dict("records"), values.to_dict("records"), sets, strict=True), 2
    ):
        order = tables.number(row.get("order"), "order", number, path)
        rows.append(
            Labelled(
                id=tables.text(row["cell"]),
                patient=tables.text(row["patient"]),
                truth=known[tables.text(row["class"])],
                probabilities=None if np.isnan(next(iter(p.values()))) else {str(k): v for k, v in p.items()},
                possible=possible,
                diagnosis=tables.text(row.get("diagnosis")),
                centre=tables.text(row.get("centre")),
                fold=tables.text(row.get("fold")),
                order=float("nan") if order is None else order,
                field=tables.text(row.get("field")),
            )
        )
    return rows


def _probabilities(frame: pd.DataFrame, path: Path, words: Vocabulary) -> pd.DataFrame:
    """Columns by code. A row of nothing but blanks is a cell that was not found."""
    columns = [name for name in frame.columns if name.startswith(PREFIX)]
    unknown = [name for name in columns if name.removeprefix(PREFIX) not in words.by_code]
    if unknown or len(columns) < 2:
        found = f"unknown {', '.join(unknown)}" if unknown else f"{len(columns)} such columns"
        do = f"Name them p_ and a code of {words.id}: {', '.join(words.codes)}."
        raise BadInput(f"columns p_<class> in {path}", found, do)
    blank = frame[columns].map(lambda value: tables.text(value) == "").all(axis=1)
    values: pd.DataFrame = frame[columns].apply(pd.to_numeric, errors="coerce").astype(float)
    wrong = ~blank & ~(
        values.notna().all(axis=1) & values.ge(0).all(axis=1) & values.sum(axis=1).sub(1).abs().le(SUM_WITHIN)
    )
    if wrong.any():
        row = int(np.flatnonzero(wrong)[0])
        found = ", ".join(tables.text(v) or "nothing" for v in frame[columns].iloc[row])
        do = "Give every class its probability, or leave all empty for a cell that was not found."
        raise BadInput(f"probabilities that sum to 1 in row {row + 2} of {path}", found, do)
    values.columns = pd.Index([name.removeprefix(PREFIX) for name in columns])
    return values


def _sets(frame: pd.DataFrame, path: Path, words: Vocabulary) -> list[tuple[str, ...]]:
    """Conformal sets, `a|b`."""
    if "possible" not in frame.columns:
        return [()] * len(frame)
    sets = [
        tuple(part.strip() for part in tables.text(value).split("|") if part.strip()) for value in frame["possible"]
    ]
    unknown = sorted({code for one in sets for code in one} - set(words.codes))
    if unknown:
        do = f"Write codes of {words.id} with | between them."
        raise BadInput(f"known classes under 'possible' in {path}", ", ".join(unknown), do)
    return sets
