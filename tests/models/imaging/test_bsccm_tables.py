"""Tables of BSCCM: gates by name or order, markers with gaps, logarithms over a floor."""

from __future__ import annotations

import io
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.imaging import bsccm_tables as tables
from models.imaging.bsccm_tables import GATES, TableError


def table(*lines: str) -> io.BytesIO:
    return io.BytesIO("\n".join(lines).encode())


@given(order=st.permutations(list(GATES)), sign=st.sampled_from(["_", " ", "-"]))
def test_gates_go_by_their_names_however_they_are_spelt_or_ordered(order: Sequence[str], sign: str) -> None:
    columns = [f"selection_gated{sign}{gate.replace('_', sign)}" for gate in order]
    assert list(tables.gate_columns(["CD45", *columns]).values()) == [GATES[gate] for gate in order]


def test_ten_gates_of_other_names_go_by_the_order_of_the_reference_package() -> None:
    """By position: 0 lymphocytes, 1 to 3 granulocytes, 4 erythrocytes, 5 and 6 unknown, 7 to 9 monocytes."""
    classes = ["lymphocyte"] + 3 * ["granulocyte"] + ["other", "", ""] + 3 * ["monocyte"]
    columns = [f"selection_gated_{k}" for k in range(10)]
    assert list(tables.gate_columns(columns).values()) == classes
    with pytest.raises(TableError, match="9 columns selection_gated"):
        tables.gate_columns(columns[:9])
    with pytest.raises(TableError, match="0 columns selection_gated"):
        tables.gate_columns(["CD45_full_model_unmixed"])


def test_a_cell_in_gates_of_two_classes_or_of_none_has_no_class() -> None:
    gates = ["CD3_hi_CD_16_lo", "CD45_hi_CD_16_lo", "CD45_hi_CD_16_mid", "CD45_mid_CD_16_mid"]
    header = ["global_index", *(f"selection_gated_{gate}" for gate in gates)]
    lines = (
        "1,True,False,False,False",
        "2,True,True,False,False",
        "3,False,True,True,False",
        "4,False,False,False,True",
        "5,False,,False,False",
    )
    assert tables.labels(table(",".join(header), *lines), header) == {1: "lymphocyte", 3: "monocyte"}


def test_missing_values_are_nan_and_a_damaged_line_is_named() -> None:
    cells, values = tables.markers(table("CD16_full_model_unmixed,global_index", "5.5,9", ",4"), ["CD16"])
    assert cells.tolist() == [9, 4]
    assert values[0, 0] == 5.5
    assert np.isnan(values[1, 0])
    with pytest.raises(TableError, match="line 3 with 1 of 2"):
        tables.markers(table("global_index,CD16_full_model_unmixed", "1,2", "7"), ["CD16"])
    with pytest.raises(TableError, match=r"no column CD16_full_model_unmixed \(but CD16_single"):
        tables.markers(table("global_index,CD16_single_antibody_model_unmixed"), ["CD16"])


@given(st.lists(st.one_of(st.floats(-10, 1e6), st.just(float("nan"))), min_size=1, max_size=20))
def test_logarithms_are_finite_but_where_nothing_was_measured(column: list[float]) -> None:
    values = np.array(column)[:, None]
    found = tables.logged(values)
    assert (np.isnan(found) == np.isnan(values)).all()
    assert np.isfinite(found[~np.isnan(values)]).all()
    rest = values[values > 1e-3]
    np.testing.assert_allclose(tables.logged(rest[:, None], [1e-3])[:, 0], np.log10(rest), rtol=1e-5, atol=1e-6)
