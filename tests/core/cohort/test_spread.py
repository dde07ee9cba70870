"""Numbers over cases: who has them, who has them not and why, and how they are spread."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.charts.cohort import histogram
from core.cohort.spread import BLASTS, dots, missing, numbers, spread
from core.vocabulary import vocabulary
from tests.core.cohort import made

HELD = [
    made.row(1, 20, 100, blasts_effective_n=60.0),
    made.row(2, 5, 50),
    {"case": "f", "pseudonym": "F", "state": "failed", "problem": "no room"},
    {"case": "n", "pseudonym": "N", "state": "none"},
    {"case": "w", "pseudonym": "W", "state": "done", "run": "r", "blasts_withheld": "9 counted cells"},
]


def test_dots_are_the_cases_that_have_the_number() -> None:
    one, other = dots(HELD, BLASTS)
    assert (one.pseudonym, one.value, one.total) == ("C-0001", 0.2, 60.0)  # cells as independent ones
    assert (other.low, other.high, other.total) == (pytest.approx(0.05), pytest.approx(0.15), 50.0)


def test_those_without_it_are_told_each_with_why() -> None:
    assert [(row["pseudonym"], why) for row, why in missing(HELD, BLASTS)] == [
        ("F", "failed: no room"), ("N", "not analysed"), ("W", "9 counted cells"),
    ]  # fmt: skip


def test_only_numbers_that_some_case_has_are_offered() -> None:
    words = vocabulary("shipped16")
    assert numbers(HELD, words) == (BLASTS,)
    assert [one.column for one in numbers([{"share_blast": 0.1}], words)] == ["share_blast"]


def test_a_spread_is_ordered_and_its_median_has_an_interval() -> None:
    found = spread(BLASTS, dots([made.row(n, (n * 37) % 100, 100) for n in range(40)], BLASTS))
    assert [dot.value for dot in found.dots] == sorted(dot.value for dot in found.dots)
    assert found.interval is not None
    assert found.interval.low <= found.median <= found.interval.high
    assert sum(found.heights) == 40
    assert spread(BLASTS, ()).median is None


@given(st.lists(st.floats(-1e6, 1e6), max_size=200))
def test_a_histogram_counts_every_value_once(values: list[float]) -> None:
    edges, heights = histogram(values)
    assert sum(heights) == len(values)
    assert len(edges) == (len(heights) + 1 if values else 0)
    assert list(edges) == sorted(edges)
