"""Samples: every cell as likely as it is said to be, the same cells from the same seed, some of every group."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import BadInput
from core.review import sample
from tests.core.review import made

CELLS = [f"c{n}" for n in range(40)]


def test_the_same_seed_draws_the_same_cells_whatever_their_order():
    assert sample.drawn(CELLS, 12, 7) == sample.drawn(CELLS[::-1], 12, 7)
    assert sample.drawn(CELLS, 12, 7).cells != sample.drawn(CELLS, 12, 8).cells
    # by SHA-256 of seed and id: the same on every machine and for good
    assert sample.drawn(CELLS, 4, 1).cells == ("c10", "c37", "c24", "c0")


@given(st.integers(1, 40), st.integers())
def test_a_sample_has_the_declared_size_and_says_how_likely_each_cell_was(n, seed):
    found = sample.drawn(CELLS, n, seed)
    assert len(set(found.cells)) == n
    assert set(found.cells) <= set(CELLS)
    assert found.frame == 40
    assert dict(found.probability) == dict.fromkeys(found.cells, n / 40)


def test_every_cell_is_equally_likely_and_stands_anywhere_in_the_order():
    drawn = [sample.drawn(CELLS, 10, seed).cells for seed in range(2000)]
    times = Counter(cell for cells in drawn for cell in cells)
    first = Counter(cells[0] for cells in drawn)
    assert min(times.values()) > 420  # 500 expected, standard deviation 19
    assert max(times.values()) < 580
    assert sum((first[cell] - 50) ** 2 / 50 for cell in CELLS) < 62  # χ² with 39 degrees of freedom: 1 % above


@pytest.mark.parametrize("n", [0, 41, -1])
def test_a_number_of_cells_that_are_not_there_is_refused(n):
    with pytest.raises(BadInput, match="1 to 40"):
        sample.drawn(CELLS, n, 1)


@given(st.lists(st.integers(1, 60), min_size=1, max_size=4), st.data())
def test_a_stratified_sample_holds_some_of_every_group_with_its_probability(sizes, data):
    group = {f"{name}-{n}": name for name, size in zip("abcd", sizes, strict=False) for n in range(size)}
    n = data.draw(st.integers(len(sizes), len(group)))
    found = sample.stratified(group, n, 3)
    assert len(found.cells) == len(set(found.cells)) == n
    assert sum(one.drawn for one in found.strata) == n
    for one in found.strata:
        inside = [cell for cell in found.cells if group[cell] == one.name]
        assert 0 < len(inside) == one.drawn <= one.cells
        assert {found.probability[cell] for cell in inside} == {one.drawn / one.cells}
    # what IPW rests on: the weights of the drawn add up to the cells there are
    assert sum(1 / found.probability[cell] for cell in found.cells) == pytest.approx(len(group))


def test_a_small_group_gets_more_than_its_proportion_and_less_than_its_equal_part():
    group = {f"c{n}": "composite" if n < 16 else "rest" for n in range(416)}
    composite = next(one for one in sample.stratified(group, 60, 1).strata if one.name == "composite")
    assert 60 * 16 / 416 < composite.drawn < 16


def test_too_few_cells_for_every_group_are_refused():
    with pytest.raises(BadInput, match="one for each group"):
        sample.stratified({"a": "x", "b": "y", "c": "z"}, 2, 1)


def test_the_groups_are_those_of_the_calls():
    case = made.seen(["blast", "promyelocyte", "lymphocyte", "erythroblast", "smudge"])
    found = sample.call_groups(case, made.BLOOD, made.WORDS)
    assert list(found.values()) == ["composite", "composite", "counted rest", "uncounted", "uncounted"]
    assert sample.frame(case) == tuple(found)
