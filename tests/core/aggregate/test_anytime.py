"""The interval by which one may stop: does it hold the plan's share, wherever somebody stops, also if cells cluster?"""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core import statistics
from core.aggregate import anytime

FIELD = st.integers(0, 30).flatmap(lambda total: st.tuples(st.integers(0, total), st.just(total)))
PLANS = st.lists(FIELD, min_size=9, max_size=60)


def plan(rng: np.random.Generator, fields: int, cells: float, share: float, alike: float, fuller: float = 1.0):
    """Fields of very different fullness whose shares differ; `fuller`: how much higher the share of the fullest is."""
    totals = rng.negative_binomial(3, 3 / (3 + cells), fields)
    shares = rng.beta(share * alike, (1 - share) * alike, fields)
    shares = np.where(totals > np.quantile(totals, 0.9), np.minimum(1, shares * fuller), shares)
    counts = rng.binomial(totals, shares)
    return counts, totals


@pytest.mark.parametrize(
    ("fields", "cells", "share", "alike", "fuller"),
    [(300, 6, 0.2, 1e6, 1), (300, 6, 0.2, 4, 1), (500, 15, 0.05, 6, 1), (300, 8, 0.2, 5, 2.5)],
    ids=["independent cells", "clustered", "few and clustered", "full fields have more"],
)
def test_holds_the_share_of_the_plan_wherever_one_stops(fields, cells, share, alike, fuller):
    """An interval is the narrowest of all on the way, so that one look at the end tells whether any of them missed."""
    rng = np.random.default_rng(7)
    missed = {"anytime": 0, "wilson": 0}
    for _ in range(80):
        counts, totals = plan(rng, fields, cells, share, alike, fuller)
        truth = counts.sum() / totals.sum()
        end = fields - 1
        found = anytime.look(counts[:end], totals[:end], fields)
        missed["anytime"] += not found.interval.low <= truth <= found.interval.high
        yes, all_ = np.cumsum(counts)[anytime.PILOT : end], np.cumsum(totals)[anytime.PILOT : end]
        bounds = [statistics.wilson(*pair) for pair in zip(yes[::4], all_[::4], strict=True) if pair[1]]
        missed["wilson"] += not all(one.low <= truth <= one.high for one in bounds)
    assert missed["anytime"] <= 4
    assert missed["wilson"] >= 10  # what it is for: an ordinary interval, looked at again and again, misses


def test_stopped_as_soon_as_it_is_narrow():
    rng = np.random.default_rng(3)
    missed = stopped = 0
    for _ in range(40):
        counts, totals = plan(rng, 600, 8, 0.2, 6)
        looks = (anytime.look(counts[:end], totals[:end], 600) for end in range(40, 600, 40))
        found = next(look for look in looks if anytime.narrow(look, 0.12))
        stopped += found.fields < 400
        missed += not found.interval.low <= counts.sum() / totals.sum() <= found.interval.high
    assert missed <= 2
    assert stopped == 40  # stopping spares fields


def test_nothing_is_won_on_average_against_the_true_share(monkeypatch):
    """All orders of six unlike fields: this alone makes the interval valid, whatever fields are like."""
    monkeypatch.setattr(anytime, "PILOT", 1)
    fields = np.array([(0.0, 2.0), (1, 1), (2, 3), (0, 0), (3, 3), (1, 4)])
    truth = fields[:, 0].sum() / fields[:, 1].sum()
    orders = [fields[list(order)] for order in itertools.permutations(range(6))]
    for share, holds in ((truth, True), (truth - 0.1, False)):
        most = np.full(5, 4.0)
        won = np.array([np.exp(anytime._won(share, order[:5, 0], order[:5, 1], 6, most)) for order in orders])
        assert np.allclose(won.mean(axis=0), 1) is holds
        assert holds or won.mean(axis=0)[-1] > 1.1


@settings(max_examples=25)
@given(PLANS, st.integers(0, 40))
def test_contains_what_was_counted_and_never_what_no_rest_could_give(fields, more):
    counts, totals = zip(*fields, strict=True)
    found = anytime.look(counts, totals, len(fields) + more)
    assert (found.count, found.total) == (sum(counts), sum(totals))
    assert 0 <= found.interval.low <= found.interval.high <= 1
    if found.ratio is None:
        assert found.width == 1
        return
    assert found.interval.low <= found.ratio <= found.interval.high
    if not more:
        assert found.width == 0


@settings(max_examples=25)
@given(PLANS, st.integers(1, 40))
def test_is_the_same_mirrored(fields, more):
    counts, totals = (np.array(column) for column in zip(*fields, strict=True))
    one = anytime.look(counts, totals, len(fields) + more).interval
    other = anytime.look(totals - counts, totals, len(fields) + more).interval
    assert one.low == pytest.approx(1 - other.high, abs=1e-9)
    assert one.high == pytest.approx(1 - other.low, abs=1e-9)


def test_narrows_on_the_way_and_says_nothing_before_the_pilot_fields():
    counts, totals = plan(np.random.default_rng(5), 400, 10, 0.3, 8)
    looks = anytime.path(counts[:300], totals[:300], 400, points=12)
    assert [looks[0].fields, looks[-1].fields, len(looks)] == [1, 300, 12]
    assert looks[0].width == 1
    early, late = looks[3], looks[-1]
    assert late.width < early.width / 2
    assert not anytime.narrow(looks[0], 0.9)


def test_fields_fuller_than_thought_are_told_and_ruin_nothing():
    counts, totals = [1] * 20 + [400] + [1] * 20, [4] * 20 + [400] + [4] * 20
    found = anytime.look(counts, totals, 100)
    assert found.beyond == 1
    assert "1 of them fuller than thought" in found.interval.method
    assert found.interval.low <= 440 / 560 <= found.interval.high
    assert anytime.look(counts[:20], totals[:20], 100).interval.method == anytime.METHOD


@pytest.mark.parametrize(("counts", "totals", "planned"), [([2], [1], 9), ([1], [1, 1], 9), ([1, 1], [1, 1], 1)])
def test_what_cannot_be_counts_is_refused(counts, totals, planned):
    with pytest.raises(ValueError, match="within each total"):
        anytime.look(counts, totals, planned)


def test_no_fields_no_path():
    assert anytime.path([], [], 10) == ()
    assert anytime.look([], [], 10).width == 1
