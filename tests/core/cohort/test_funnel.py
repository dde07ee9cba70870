"""Limits given n: wider for fewer cells, the same in any order, seldom crying wolf, finding what is far off."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.charts.cohort import Dot, Place
from core.cohort.funnel import FEWEST, funnel


def dot(number: int, count: int, total: int) -> Dot:
    return Dot(f"c{number}", f"P-{number}", count / total, total=total)


counts = st.integers(1, 2000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
cohorts = st.lists(counts, min_size=FEWEST, max_size=40).map(lambda held: [dot(i, *one) for i, one in enumerate(held)])


@settings(max_examples=25, deadline=None)
@given(cohorts, st.randoms(use_true_random=False))
def test_the_order_of_the_cases_says_nothing(dots: list[Dot], random) -> None:
    mixed = list(dots)
    random.shuffle(mixed)
    one, other = funnel(dots), funnel(mixed)
    assert {d.case: d.place for d in one.dots} == {d.case: d.place for d in other.dots}
    assert (one.middle, one.between, one.curve) == (other.middle, other.between, other.curve)
    assert [d.case for d in other.dots] == [d.case for d in mixed]


@settings(max_examples=25, deadline=None)
@given(cohorts)
def test_limits_hold_the_middle_and_narrow_with_more_cells(dots: list[Dot]) -> None:
    found = funnel(dots)
    assert found.middle is not None
    for one in found.curve:
        assert 0 <= one.far_low <= one.low <= one.high <= one.far_high <= 1
    widths = [one.far_high - one.far_low for one in found.curve if one.far_low > 0 and one.far_high < 1]
    assert all(later <= earlier + 1e-9 for earlier, later in pairwise(widths))


def test_alike_cases_are_seldom_called_outliers() -> None:
    """In 5 of 100 cohorts some case lies beyond; with medians for spread a little more or less."""
    rng = np.random.default_rng(7)
    cried = {20: 0, 100: 0}
    for cases in cried:
        for _ in range(100):
            share = rng.beta(3, 12, cases)  # patients differ
            total = rng.integers(50, 800, cases)
            held = [dot(i, int(rng.binomial(n, p)), int(n)) for i, (n, p) in enumerate(zip(total, share, strict=True))]
            cried[cases] += bool(funnel(held).outside)
    assert cried[20] <= 12
    assert cried[100] <= 12


def test_what_is_far_off_is_found_though_there_is_more_than_one() -> None:
    rng = np.random.default_rng(3)
    held = [dot(i, int(rng.binomial(400, 0.1)), 400) for i in range(50)]
    held += [dot(50 + i, 320, 400) for i in range(5)] + [dot(60, 3, 5)]
    outside = {d.case for d in funnel(held).outside}
    assert outside == {"c50", "c51", "c52", "c53", "c54"}  # 3 of 5 cells say little


def test_few_cases_are_not_judged() -> None:
    found = funnel([dot(i, 1, 100) for i in range(FEWEST - 1)])
    assert (found.middle, found.curve, found.outside) == (None, (), ())
    assert {d.place for d in found.dots} == {Place.NOT_JUDGED}


@pytest.mark.parametrize("count", [0, 200])
def test_cases_that_all_have_none_or_all_are_alike(count: int) -> None:
    found = funnel([dot(i, count, 200) for i in range(12)])
    assert found.outside == ()
    assert found.between == pytest.approx(0, abs=0.02)
