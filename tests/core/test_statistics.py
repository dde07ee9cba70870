"""Intervals against FACTS.md's figures, against statsmodels, and by what must hold whatever the counts."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from statsmodels.stats.proportion import proportion_confint

from core import statistics
from core.readings import Interval

COUNTS = st.integers(1, 2000).flatmap(lambda total: st.tuples(st.integers(0, total), st.just(total)))
FIELDS = st.lists(
    st.integers(1, 40).flatmap(lambda total: st.tuples(st.integers(0, total), st.just(total))), min_size=5, max_size=30
)


@pytest.mark.parametrize(
    ("count", "total", "wilson", "exact"),
    [(40, 200, (15.0, 26.1), (14.7, 26.2)), (100, 500, (16.7, 23.7), (16.6, 23.8)), (0, 200, (0.0, 1.9), (0.0, 1.8))],
)
def test_published_intervals(count, total, wilson, exact):
    for interval, expected in (
        (statistics.wilson(count, total), wilson),
        (statistics.clopper_pearson(count, total), exact),
    ):
        assert (round(100 * interval.low, 1), round(100 * interval.high, 1)) == expected


@pytest.mark.parametrize(("numerator", "denominator", "printed"), [(210, 90, (2.3, 1.8, 3.0)), (7, 3, (2.3, 0.7, 8.3))])
def test_published_odds(numerator, denominator, printed):
    interval = statistics.odds(numerator, denominator)
    assert tuple(round(v, 1) for v in (numerator / denominator, interval.low, interval.high)) == printed


@pytest.mark.parametrize(
    ("total", "mark", "below", "above"),
    [(500, 0.20, 82, 118), (200, 0.20, 28, 52), (500, 0.10, 36, 64), (500, 0.05, 15, 35)],
)
def test_published_clearing_counts(total, mark, below, above):
    assert statistics.clearing(total, mark) == (below, above)


@given(COUNTS, st.sampled_from([0.8, 0.9, 0.95, 0.99]))
def test_statsmodels_agrees(pair, level):
    count, total = pair
    for ours, method in ((statistics.wilson, "wilson"), (statistics.clopper_pearson, "beta")):
        interval = ours(count, total, level)
        low, high = proportion_confint(count, total, 1 - level, method)
        assert interval.low == pytest.approx(low, abs=1e-9)
        assert interval.high == pytest.approx(high, abs=1e-9)


@given(COUNTS)
def test_interval_contains_the_value_and_mirrors(pair):
    count, total = pair
    for ours in (statistics.wilson, statistics.clopper_pearson):
        interval, mirrored = ours(count, total), ours(total - count, total)
        assert 0 <= interval.low <= count / total <= interval.high <= 1
        assert mirrored.low == pytest.approx(1 - interval.high, abs=1e-12)


@given(COUNTS)
def test_bounds_rise_with_the_count_and_narrow_with_the_total(pair):
    count, total = pair
    here, tenfold = statistics.wilson(count, total), statistics.wilson(10 * count, 10 * total)
    assert tenfold.high - tenfold.low < here.high - here.low
    if count < total:
        more = statistics.wilson(count + 1, total)
        assert more.low > here.low
        assert more.high >= here.high


@given(st.integers(1, 1500), st.sampled_from([0.02, 0.05, 0.10, 0.20]))
def test_clearing_counts_are_where_wilson_leaves_the_mark(total, mark):
    below, above = statistics.clearing(total, mark)
    for count in range(total + 1) if total < 60 else {0, below or 0, (below or 0) + 1, (above or total) - 1, total}:
        interval = statistics.wilson(count, total)
        assert (interval.high < mark) == (below is not None and count <= below)
        assert (interval.low > mark) == (above is not None and count >= above)


@given(st.floats(0.01, 0.6), st.sampled_from([0.05, 0.10, 0.20]), st.floats(1, 4))
def test_needed_cells_are_just_enough(share, mark, effect):
    cells = statistics.needed(share, mark, effect)
    if cells is None:
        assert effect * 3.8415 * mark * (1 - mark) / max((share - mark) ** 2, 1e-30) > statistics.MOST_CELLS - 1
        return
    for n, clears in ((cells, True), (cells - 1, False)):
        if n > effect:
            interval = statistics.wilson(share * n / effect, n / effect)
            assert (interval.low > mark or interval.high < mark) is clears


def test_no_number_of_cells_decides_what_lies_on_the_mark():
    assert statistics.needed(0.2, 0.2) is None


def test_a_mark_belongs_to_what_lies_above_it():
    interval = statistics.Interval(0.05, 0.20)
    assert statistics.straddled(interval, (0.05, 0.10, 0.20)) == (0.10, 0.20)


@given(FIELDS, st.randoms())
def test_effective_n_is_never_above_n_and_knows_no_order(fields, random):
    yes, totals = zip(*fields, strict=True)
    n = statistics.effective_n(yes, totals)
    if sum(yes) in (0, sum(totals)):
        assert n is None
        return
    assert 0 < n <= sum(totals)
    random.shuffle(fields)
    assert statistics.effective_n(*zip(*fields, strict=True)) == pytest.approx(n)
    interval = statistics.share_interval(sum(yes), sum(totals), n)
    plain = statistics.wilson(sum(yes), sum(totals))
    assert interval.low <= plain.low + 1e-12
    assert interval.high >= plain.high - 1e-12


def test_design_effect_is_the_ratio_estimators():
    yes, totals = [3, 9, 4, 10, 2, 8], [20, 30, 25, 22, 18, 35]
    share, n, k = sum(yes) / sum(totals), sum(totals), len(yes)
    # Independently: linearised residuals, their sample variance, over the binomial variance.
    residuals = np.array([y - share * t for y, t in zip(yes, totals, strict=True)])
    variance = k * np.var(residuals, ddof=1) / n**2
    assert statistics.design_effect(yes, totals) == pytest.approx(variance / (share * (1 - share) / n))


def test_four_fields_or_empty_ones_are_not_assessed():
    assert statistics.effective_n([1, 2, 3, 4], [9, 9, 9, 9]) is None
    assert statistics.effective_n([1, 2, 3, 4, 0, 0], [9, 9, 9, 9, 0, 0]) is None
    assert statistics.share_interval(3, 10, None).method == "Wilson, fields not assessed"


def test_identical_fields_count_in_full():
    assert statistics.effective_n([2] * 6, [10] * 6) == 60


@pytest.mark.parametrize("fields", [5, 8, 20])
def test_intervals_of_clustered_cells_cover(fields):
    """Cells of one field resemble each other (intraclass correlation 0.1): Wilson on n covers about 70 %."""
    random, covered, plain = np.random.default_rng(fields), 0, 0
    rounds = 1500
    for _ in range(rounds):
        totals = random.poisson(25, fields) + 1
        yes = random.binomial(totals, random.beta(1.8, 7.2, fields))
        count, total = int(yes.sum()), int(totals.sum())
        interval = statistics.share_interval(count, total, statistics.effective_n(yes, totals))
        covered += interval.low <= 0.2 <= interval.high
        unclustered = statistics.wilson(count, total)
        plain += unclustered.low <= 0.2 <= unclustered.high
    assert covered / rounds > 0.92
    assert plain / rounds < 0.80


@pytest.mark.parametrize(("count", "total"), [(0, 0), (3, 2), (-1, 5)])
def test_there_is_no_share_of_nothing(count, total):
    for ours in (statistics.wilson, statistics.clopper_pearson):
        with pytest.raises(ValueError, match="total above 0"):
            ours(count, total)


def test_leaving_one_field_out():
    assert statistics.left_out([8, 2, 0], [10, 10, 0]) == pytest.approx((2 / 10, 8 / 10, 10 / 20))
    assert statistics.left_out([3], [9]) == (None,)
    assert statistics.left_out([], []) == ()


@given(st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40)), min_size=1, max_size=12))
def test_the_whole_lies_among_the_shares_with_one_field_left_out(fields):
    counts, totals = [yes for yes, _ in fields], [yes + no for yes, no in fields]
    left = [share for share in statistics.left_out(counts, totals) if share is not None]
    if len(left) == len(fields):
        assert min(left) - 1e-12 <= sum(counts) / sum(totals) <= max(left) + 1e-12


def test_two_shares_as_in_the_textbook():
    assert statistics.two_shares(45 / 150, 150, 30 / 150, 150) == pytest.approx(0.0455, abs=5e-4)
    assert statistics.two_shares(0.0, 10, 0.0, 20) == 1.0
    assert statistics.two_shares(0.3, 50, 0.3, 80) == 1.0


@given(st.integers(10, 399), st.integers(400, 5000))
def test_what_an_interval_amounts_to_is_about_its_number_of_cells(count, total):
    assume(5 <= count <= total - 5)  # at the very ends the interval is of one side
    n = statistics.amounts_to(statistics.wilson(count, total))
    assert n is not None
    assert 0.7 * total < n < 1.4 * total + 8
    assert statistics.amounts_to(Interval(0.2, 0.2)) is None
    assert statistics.amounts_to(Interval(0.0, 0.0)) is None


def by_powers(values) -> tuple[float, float, float]:
    """The bimodality and its ends in the plain way, as papers were filed with them."""

    def sarle(drawn) -> float:
        n, off = len(drawn), drawn - drawn.mean()
        second = float(np.mean(off**2))
        if second < 1e-18:
            return 0.0
        skew = float(np.mean(off**3)) / second**1.5 * np.sqrt(n * (n - 1)) / (n - 2)
        excess = (n - 1) / ((n - 2) * (n - 3)) * ((n + 1) * (float(np.mean(off**4)) / second**2 - 3) + 6)
        return float((skew**2 + 1) / (excess + 3 * (n - 1) ** 2 / ((n - 2) * (n - 3))))

    ordered, rng = np.sort(values), np.random.default_rng(statistics.SEED)
    draws = [sarle(ordered[rng.integers(0, len(ordered), len(ordered))]) for _ in range(statistics.DRAWS)]
    value = sarle(ordered)
    ends = np.quantile(draws, [(1 - statistics.LEVEL) / 2, (1 + statistics.LEVEL) / 2])
    return value, min(float(ends[0]), value), max(float(ends[1]), value)


@pytest.mark.parametrize("values", [1, 20, 1e3], ids=["hardly any alike", "some alike", "many alike"])
@pytest.mark.parametrize("number", [20, 67, 400])
def test_the_bimodality_is_that_of_plain_powers_to_the_last_digit(number, values):
    """Digests of facts hang on it: a summary that was kept, and a paper that was filed, must go on to fit the case."""
    rng = np.random.default_rng(number)
    for _ in range(3):
        drawn = rng.gamma(2.0, 1.0, number)
        drawn = drawn if values == 1 else np.round(drawn * 1000 / values) / 7
        found = statistics.bimodality(drawn)
        assert found is not None
        assert (found[0], found[1].low, found[1].high) == by_powers(drawn)
