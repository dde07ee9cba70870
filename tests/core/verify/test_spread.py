"""Intervals over cases, against scipy and against simulation."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from core.statistics import wilson
from core.verify.spread import agreement_limits, holds, mean, outer_limit, share, share_of_cases

VALUES = st.lists(st.floats(-50, 50), min_size=5, max_size=40)


def test_a_mean_has_students_interval():
    values = [1.0, 2.0, 4.0, 7.0, 11.0, 3.0]
    low, high = stats.t.interval(0.95, 5, np.mean(values), stats.sem(values))
    found = mean(values)
    assert (found.low, found.high) == (pytest.approx(low), pytest.approx(high))
    assert found.cases == 6


@settings(deadline=None)
@given(VALUES)
def test_the_outer_limit_is_the_farther_limit_of_agreement(values):
    limits, outer = agreement_limits(values), outer_limit(values)
    assert outer.value == max(map(abs, limits))
    assert outer.low <= outer.value + 1e-9
    assert outer.high >= outer.value
    assert outer_limit([-v for v in values]).value == pytest.approx(outer.value)


def test_few_cases_have_a_value_and_no_interval():
    assert mean([1.0, 2.0]).low is None
    assert outer_limit([1.0, 2.0]).value is None
    assert share([3, 4], [5, 5]).high is None
    assert share_of_cases([]).value is None
    assert share([], []).value is None


def test_cells_that_resemble_each_other_within_a_case_count_for_less():
    alike = share([0, 100] * 10, [100] * 20)
    mixed = share([45, 55] * 10, [100] * 20)
    assert alike.value == mixed.value == 0.5
    assert alike.high - alike.low > 4 * (mixed.high - mixed.low)


def test_intervals_that_are_right_hold_for_the_other_half_95_times_in_100():
    rng = np.random.default_rng(3)
    kept = []
    for truth in rng.uniform(0.05, 0.95, 1500):
        one, other = rng.binomial(60, truth), rng.binomial(40, truth)
        kept.append(holds(wilson(one, 60), one / 60, other, 40))
    assert 0.93 < np.mean(kept) < 0.975


def test_an_interval_beside_the_truth_does_not_hold():
    assert not holds(wilson(30, 60), 0.5, 4, 40)
    assert holds(wilson(30, 60), 0.5, 20, 40)
