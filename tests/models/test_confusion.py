"""Three groups of cells mistaken for one another, patient by patient."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models import confusion
from models.temperature import softmax
from tests.models.patients import NAMES, labelled

COUNTED = set(NAMES) - {"smudge"}


def test_a_small_case_by_hand():
    groups = confusion.groups(NAMES, {"blast"}, COUNTED)
    assert groups.tolist() == [0, 1, 1, 1, 2]
    p = np.array([[0.7, 0.1, 0.1, 0, 0.1], [0.2, 0, 0, 0, 0.8], [0, 0.3, 0.3, 0.3, 0.1]])
    found = confusion.by_patient(p, np.array([0, 0, 4]), np.array(["b", "b", "a"]), groups)
    assert found["called"] == [[[0, 0, 0], [0, 0, 0], [0, 1, 0]], [[1, 0, 1], [0, 0, 0], [0, 0, 0]]]
    assert np.array(found["probable"][1][0]) == pytest.approx([0.9, 0.2, 0.9])


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000))
def test_rows_hold_every_cell_of_the_expert_in_both_tables(seed):
    cells = labelled(seed, patients=10)
    tables = confusion.card(
        softmax(cells.logits),
        cells.labels,
        cells.patients,
        NAMES,
        {"cblc": {"blast", "promyelocyte"}, "blasts": {"blast"}},
        COUNTED,
    )
    for name, table in tables.items():
        called, probable = np.array(table["called"]), np.array(table["probable"])
        assert called.shape == probable.shape == (10, 3, 3)
        assert called.sum() == len(cells.labels)
        assert np.allclose(called.sum(axis=2), probable.sum(axis=2), atol=1e-3)
        expert = np.isin(cells.labels, [0, 1] if name == "cblc" else [0]).sum()
        assert called[:, 0].sum() == expert


def test_a_composite_that_is_not_counted_is_refused():
    with pytest.raises(ValueError, match="found smudge"):
        confusion.groups(NAMES, {"smudge"}, COUNTED)
    with pytest.raises(ValueError, match="found cat"):
        confusion.groups(NAMES, {"blast"}, COUNTED | {"cat"})
