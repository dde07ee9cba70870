"""Intervals of markers hold what they promise on donors like those they were fitted on, and say when they cannot."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models import marker_intervals
from models.marker_intervals import MarkerIntervals

NAMES = ("CD45", "CD16")


def donors(count: int, seed: int, cells: int = 60) -> tuple[np.ndarray, ...]:
    """Values, spreads and truth; every donor is off by something of its own."""
    rng = np.random.default_rng(seed)
    who = np.repeat(np.arange(count), cells)
    spreads = rng.uniform(0.2, 1.5, (len(who), 2))
    truth = rng.normal(0, 1, (len(who), 2))
    shift = rng.normal(0, 0.2, (count, 2))
    return truth + shift[who] + spreads * rng.normal(0, 1, truth.shape), spreads, truth, who


@given(seed=st.integers(0, 300))
@settings(max_examples=20, deadline=None)
def test_new_donors_are_covered_as_promised_on_average(seed: int) -> None:
    values, spreads, truth, who = donors(40, seed)
    made = marker_intervals.fit(values[who < 20], spreads[who < 20], truth[who < 20], who[who < 20], NAMES)
    low, high = made.around(values[who >= 20], spreads[who >= 20])
    covered = (low <= truth[who >= 20]) & (truth[who >= 20] <= high)
    assert covered.mean() > 0.87


def test_wider_where_the_network_is_less_sure() -> None:
    low, high = MarkerIntervals(NAMES, (1.0, 2.0)).around(np.zeros((2, 2)), np.array([[0.1, 0.1], [1.0, 1.0]]))
    assert np.allclose(high - low, [[0.2, 0.4], [2.0, 4.0]])


def test_too_few_donors_give_no_interval_and_the_card_says_nothing() -> None:
    made = marker_intervals.fit(*donors(5, 1), NAMES)
    assert np.isinf(made.widths).all()
    assert made.card()["widths"] == {}
    assert np.isinf(marker_intervals.read(NAMES, made.card()).widths).all()


def test_the_order_of_cells_does_not_matter_and_missing_truth_is_passed_over() -> None:
    values, spreads, truth, who = donors(20, 3)
    truth[::3, 1] = np.nan
    turned = np.random.default_rng(0).permutation(len(who))
    one = marker_intervals.fit(values, spreads, truth, who, NAMES)
    two = marker_intervals.fit(values[turned], spreads[turned], truth[turned], who[turned], NAMES)
    assert one.widths == pytest.approx(two.widths)
    assert np.isfinite(one.widths).all()


def test_a_card_gives_back_the_same_widths_and_cross_fitting_is_honest() -> None:
    made = marker_intervals.fit(*donors(20, 4), NAMES)
    assert marker_intervals.read(NAMES, made.card()).widths == pytest.approx(made.widths, abs=1e-4)
    told = marker_intervals.cross_fitted(*donors(20, 5), NAMES)
    assert all(0.85 < told[name]["coverage"] <= 1 for name in NAMES)
