"""A card's tables laid out: nothing lost, whatever the keys are."""

import math
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from core import tools
from core.charts import card_screen
from core.charts.card import Curve, Grid, Matrix, Pairs, blocks, span, written
from tests import sample_card

KEYS = st.text("abcdefgh_", min_size=1, max_size=9)
PLAIN = st.integers(0, 10**6) | st.text("xyz<&", max_size=12) | st.booleans()
TABLES = st.recursive(
    st.dictionaries(KEYS, PLAIN, max_size=4),
    lambda inner: st.dictionaries(KEYS, inner | PLAIN, max_size=4),
    max_leaves=12,
)


def leaves(table):
    for value in table.values():
        yield from leaves(value) if isinstance(value, dict) else [written(value)]


@given(TABLES)
def test_every_value_appears_whatever_the_shape(table):
    shown = []
    for block in blocks(table):
        if isinstance(block, Pairs):
            shown += [pair.value for pair in block.pairs]
        elif isinstance(block, Grid):
            shown += [cell for row in block.rows for cell in row[1:]]
    assert not [value for value in leaves(table) if value not in shown]


def of(tmp_path: Path, table: str):
    card = next(c for c in tools.cards(sample_card.written(tmp_path), tmp_path) if c.name == "sample")
    return blocks(card.tables[table], card.labels, {"blast": "blast cell"})


def test_intervals_stand_beside_their_figures(tmp_path):
    held = next(b for b in of(tmp_path, "figures") if isinstance(b, Pairs) and b.title == "Held out")
    pairs = {pair.name: pair for pair in held.pairs}
    assert (pairs["Weighted F1"].value, pairs["Weighted F1"].interval) == ("0.771", "0.750–0.790")
    assert pairs["A key nobody knew"].value == "17"
    assert "Confusion" not in pairs
    assert not [name for name in pairs if "interval" in name]


def test_tables_of_one_shape_become_one_grid(tmp_path):
    grids = {block.title: block for block in of(tmp_path, "figures") if isinstance(block, Grid)}
    assert len(grids["Held out · Per class"].rows) == 16
    assert "Blast cell" in [row[0] for row in grids["Held out · Per class"].rows]
    parts = grids["Ablation"]
    assert parts.heads == ("", "Weighted F1", "Minutes")
    assert parts.rows[1] == ("No stain normalisation", "0.710 (0.600–0.800)", "1.5")


def test_rows_of_the_confusion_sum_to_one_and_an_empty_row_has_none(tmp_path):
    matrix = next(block for block in of(tmp_path, "figures") if isinstance(block, Matrix))
    assert set(matrix.shares[0]) == {None}
    for shares, counts in zip(matrix.shares[1:], matrix.counts[1:], strict=True):
        assert math.isclose(sum(shares), 1)
        assert [round(v * sum(counts)) for v in shares] == list(counts)
    drawn = card_screen.matrix(matrix)
    assert drawn.data[0].customdata[3][3] == 90
    assert drawn.data[0].z[1][1] == 100 * 90 / 105


def test_points_become_a_curve_and_patients_matrices_a_sum(tmp_path):
    curve = next(block for block in of(tmp_path, "figures") if isinstance(block, Curve))
    assert curve.points[0] == (0.3, 0.28, 100)
    assert list(card_screen.curve(curve).data[1].y) == [0.28, 0.63, 0.93]
    called = next(block for block in of(tmp_path, "confusion") if "Called" in block.title)
    assert called.title == "CBLC · Called · 2 patients, summed"
    assert called.rows[1] == ("other counted", "3", "17", "1")


def test_tables_beside_a_figure_are_one_grid_too():
    pairs, grid = blocks({"cells": 400, "with": {"a": 0.5, "b": 1.0}, "without": {"a": 0.25, "b": 0.0}})
    assert pairs.pairs[0].value == "400"
    assert grid.rows == (("With", "0.500", "1.000"), ("Without", "0.250", "0.000"))


def test_names_are_text_for_plotly_too():
    names = ("<b>one</b>", "two", "three", "four")
    (matrix,) = blocks({"confusion": [[1, 0, 0, 0]] * 4}, names)
    assert card_screen.matrix(matrix).data[0].x[0] == "&lt;b&gt;one&lt;/b&gt;"


def test_values_are_written_as_people_write_them():
    assert [written(v) for v in (12304, 0.95, 1.0, 45.678, True, [1, "a"], float("nan"), 0.00002)] == [
        "12\u202f304", "0.950", "1.000", "45.68", "yes", "1, a", "–", "2e-05",
    ]  # fmt: skip
    assert span([-0.5, 0.25]) == "-0.500 to 0.250"
