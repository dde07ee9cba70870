"""What a stamp says of its markers comes back from a row as it was; what is none is refused."""

from __future__ import annotations

import pytest

from core.cases import rows
from core.records import ModelStamp

STAMP = ModelStamp(
    "m", "d" * 64, "phenotyper", "tests", markers=("CD16",), marker_truth="simulated", marker_units="log10",
    marker_cuts={"CD16": 2.5}, marker_ranges={"CD16": (0.5, 3.5)},
)  # fmt: skip


def test_a_stamp_comes_back_as_it_was():
    assert rows.stamp(rows.of_stamp(STAMP)) == STAMP


def test_a_stamp_from_before_there_were_ranges_has_none():
    row = rows.of_stamp(STAMP)
    del row["markers"]["ranges"]
    assert rows.stamp(row).marker_ranges == {}


@pytest.mark.parametrize("ranges", [{"CD16": [1.0]}, {"CD16": ["a", "b"]}, {"CD16": [1, 2]}])
def test_ranges_that_are_none_are_refused(ranges):
    row = rows.of_stamp(STAMP)
    row["markers"]["ranges"] = ranges
    with pytest.raises(ValueError, match="ranges"):
        rows.stamp(row)
