"""Agreement: against figures known from elsewhere, bounds that hold, and words where there is nothing to tell."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import statistics
from core.review import agreement

CLASSES = ("blast", "lymphocyte", "monocyte")


def readers(table):
    """Two readers' labels that make this table."""
    pairs = [(a, b) for a, row in zip(CLASSES, table, strict=False) for b, n in zip(CLASSES, row, strict=False)
             for _ in range(n)]  # fmt: skip
    cells = [f"c{n}" for n in range(len(pairs))]
    return (
        {c: a for c, (a, _) in zip(cells, pairs, strict=True)},
        {c: b for c, (_, b) in zip(cells, pairs, strict=True)},
    )


@pytest.mark.parametrize("rows", [[[6, 39, 32], [9, 4, 25], [33, 22, 3]], [[75, 1, 4], [5, 4, 1], [0, 0, 10]]])
def test_the_interval_rests_on_the_variance_that_the_derivative_of_kappa_gives(rows):
    """The closed form of 1969 is the delta method: done here with numbers, so that a slip in either shows."""
    table = np.array(rows)
    total, shares = table.sum(), table / table.sum()

    def kappa(shares):
        chance = shares.sum(axis=1) @ shares.sum(axis=0) / shares.sum() ** 2
        return (np.trace(shares) / shares.sum() - chance) / (1 - chance)

    slope = np.zeros((3, 3))
    for place in np.ndindex(3, 3):
        step = np.zeros((3, 3))
        step[place] = 1e-6
        slope[place] = (kappa(shares + step) - kappa(shares - step)) / 2e-6
    variance = ((shares * slope**2).sum() - (shares * slope).sum() ** 2) / total
    agreed, chance = np.trace(shares), shares.sum(axis=1) @ shares.sum(axis=0)
    n = agreed * (1 - agreed) / (1 - chance) ** 2 / variance
    n = min(n, total)  # where κ varies less than the plain agreement, the cells there are
    ends = statistics.wilson(agreed * n, n)
    value, interval, _ = agreement.kappa(table)
    assert value == pytest.approx(kappa(shares))
    assert interval.low == pytest.approx((ends.low - chance) / (1 - chance), abs=1e-6)
    assert interval.high == pytest.approx((ends.high - chance) / (1 - chance), abs=1e-6)


def test_a_table_of_two_readers():
    first, second = readers([[20, 5, 0], [3, 60, 2], [0, 0, 10]])
    found = agreement.between(first, second, CLASSES)
    assert (found.compared, found.only_first, found.only_second) == (100, 0, 0)
    assert (found.overall.count, found.overall.value) == (90, 0.9)
    assert found.table == ((20, 5, 0), (3, 60, 2), (0, 0, 10))
    blast = found.classes[0]
    assert (blast.first, blast.second, blast.both) == (25, 23, 20)
    assert blast.specific == pytest.approx(2 * 20 / 48)
    assert blast.interval.low < blast.specific < blast.interval.high
    assert len(found.disputed) == 10
    assert {(one.first, one.second) for one in found.disputed} == {
        ("blast", "lymphocyte"), ("lymphocyte", "blast"), ("lymphocyte", "monocyte")
    }  # fmt: skip
    assert found.notes == ()


def test_missing_reads_are_left_out_and_told():
    first, second = readers([[10, 2, 0], [1, 30, 0], [0, 0, 5]])
    found = agreement.between(first | {"x": "blast"}, {c: second[c] for c in list(second)[:-6]}, CLASSES)
    assert (found.compared, found.only_first, found.only_second) == (42, 7, 0)
    assert found.notes[0] == "7 cells were read by the first alone, 0 by the second alone: not compared."
    assert all(one.cell != "x" for one in found.disputed)


def test_one_class_only_has_no_kappa_and_says_so():
    found = agreement.between(*readers([[40, 0, 0]]), CLASSES)
    assert found.overall.value == 1.0
    assert found.overall.interval.low < 0.95  # 40 of 40 is not certainty
    assert found.kappa is found.kappa_interval is None
    assert "the same one class" in found.notes[0]
    assert [one.specific for one in found.classes] == [1.0, None, None]


def test_nothing_compared_is_said_and_not_divided_by():
    found = agreement.between({"a": "blast"}, {"b": "blast"}, CLASSES)
    assert (found.compared, found.overall.value, found.kappa) == (0, None, None)
    assert "no cell was read by both" in found.notes[0]


def test_full_agreement_is_no_point():
    found = agreement.between(*readers([[10, 0, 0], [0, 20, 0], [0, 0, 5]]), CLASSES)
    assert found.kappa == pytest.approx(1)
    assert 0.7 < found.kappa_interval.low < 0.95
    assert found.kappa_interval.high == pytest.approx(1)


def test_a_class_that_is_nearly_everything_is_pointed_out():
    found = agreement.between(*readers([[0, 3, 0], [3, 194, 0], [0, 0, 0]]), CLASSES)
    assert found.overall.value == 0.97
    assert found.kappa < 0
    assert "Nine in ten cells are of one class" in found.notes[0]


def test_few_cells_are_said_to_be_few():
    assert "fewer than 30" in agreement.between(*readers([[5, 1, 0], [1, 5, 0]]), CLASSES).notes[0]


def test_a_label_that_was_not_asked_for_is_refused():
    with pytest.raises(ValueError, match="smudge"):
        agreement.between({"a": "smudge"}, {"a": "blast"}, CLASSES)


@given(st.lists(st.lists(st.integers(0, 30), min_size=3, max_size=3), min_size=3, max_size=3))
def test_whatever_the_table_bounds_hold_and_readers_may_change_places(rows):
    found = agreement.between(*readers(rows), CLASSES)
    turned = agreement.between(*reversed(readers(rows)), CLASSES)
    assert sum(map(sum, found.table)) == found.compared
    assert len(found.disputed) == found.compared - found.overall.count
    if found.kappa is not None:
        assert -1 <= found.kappa_interval.low <= found.kappa <= found.kappa_interval.high <= 1 + 1e-12
        assert turned.kappa == pytest.approx(found.kappa)
        assert turned.kappa_interval.low == pytest.approx(found.kappa_interval.low)
    for one in found.classes:
        assert one.specific is None or 0 <= one.interval.low <= one.specific <= one.interval.high <= 1


@pytest.mark.parametrize(
    ("prevalence", "right", "n"), [((0.2, 0.7, 0.1), 0.9, 100), ((0.05, 0.95), 0.95, 200), ((0.6, 0.3, 0.1), 0.98, 60)]
)
def test_the_interval_of_kappa_covers_as_it_says(prevalence, right, n):
    rng = np.random.default_rng(3)
    kinds = len(prevalence)

    def table(cells):
        truth = rng.choice(kinds, cells, p=prevalence)
        one, two = (np.where(rng.random(cells) < right, truth, (truth + rng.integers(1, kinds, cells)) % kinds)
                    for _ in range(2))  # fmt: skip
        made = np.zeros((kinds, kinds), np.int64)
        np.add.at(made, (one, two), 1)
        return made

    true = agreement.kappa(table(400_000))[0]
    found = [agreement.kappa(table(n))[1] for _ in range(800)]
    covered = np.mean([one.low <= true <= one.high for one in found])
    assert 0.93 <= covered <= 0.985
