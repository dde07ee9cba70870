"""cells.csv: one line a cell, read back by pandas, and nothing in it that a spreadsheet would run."""

from __future__ import annotations

import csv
import io

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.exchange import cells_csv
from tests.core import counted
from tests.core.exchange.test_case_json import document, doubted, outlined


def test_pandas_reads_what_was_seen():
    told = document(outlined(counted.seen([{"blast": 3, "band": 2}, {"smudge": 1}])))
    table = pd.read_csv(io.StringIO(cells_csv.text(told)))
    assert list(table["cell"]) == [cell["id"] for cell in told["cells"]]
    assert list(table["class"]) == [cell["class"] for cell in told["cells"]]
    assert table["x1"].tolist() == [cell["box"][2] for cell in told["cells"]]
    assert table["touches_edge"].dtype == bool
    assert (table["probability"] == 1).all()
    assert {"area_px", "p_blast", "p_band", "p_smudge"} <= set(table.columns)


def test_sets_and_oddness_have_columns():
    told = document(doubted(counted.seen([{"blast": 4}])))
    table = pd.read_csv(io.StringIO(cells_csv.text(told)))
    assert table["possible"].tolist() == ["blast", "blast|band", "blast", "blast|band"]
    assert table["oddness"].tolist() == [0, 0.25, 0.5, 0.75]
    bare = pd.read_csv(io.StringIO(cells_csv.text(document(counted.seen([{"blast": 4}])))))
    assert bare[["possible", "oddness"]].isna().all(axis=None)


def test_no_cells_is_a_table_of_no_rows():
    table = pd.read_csv(io.StringIO(cells_csv.text(document(counted.seen([{}])))))
    assert len(table) == 0
    assert list(table.columns) == list(cells_csv.FIRST)


@pytest.mark.parametrize("text", ["=1+1", "+1", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "  =1", "\n=1"])
def test_formulas_are_disarmed(text):
    assert cells_csv.safe(text) == "'" + text


@given(st.text(max_size=20))
def test_no_text_is_a_formula_and_none_is_lost(text):
    stream = io.StringIO()
    csv.writer(stream).writerow([cells_csv.safe(text), "end"])
    first, end = next(csv.reader(io.StringIO(stream.getvalue(), newline="")))
    assert not first.lstrip(" ").startswith(cells_csv.FORMULA_STARTS)
    assert first in (text, "'" + text)
    assert end == "end"


@given(st.one_of(st.floats(allow_nan=False), st.integers(), st.booleans(), st.none()))
def test_numbers_stay_numbers(value):
    assert cells_csv.safe(value) is value


def test_a_hostile_class_name_is_disarmed_in_the_table():
    told = document(counted.seen([{"blast": 1}]))
    told["cells"][0] |= {"class": "=HYPERLINK(1)", "probabilities": {"=cmd": 1.0}}
    rows = list(csv.reader(io.StringIO(cells_csv.text(told))))
    assert "'=HYPERLINK(1)" in rows[1]
    assert not [cell for row in rows for cell in row if cell.startswith(cells_csv.FORMULA_STARTS)]
