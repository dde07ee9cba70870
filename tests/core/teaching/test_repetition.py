"""What was missed comes back, by the rule that the page prints."""

from __future__ import annotations

import datetime as dt
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.teaching.repetition import OTHERS, RESTS, RULE, due, standings, upcoming
from tests.core.teaching.answered import AT, answer, item

FRESH = [item(f"c{n}") for n in range(12)]
DAY = dt.timedelta(days=1)


def ids(asks):
    return [(ask.item.cell, ask.missed) for ask in asks]


def test_the_rule_says_the_numbers_that_hold():
    assert OTHERS == 4
    assert "after four others" in RULE
    assert [word in RULE for word in ("a day", "three days", "a week")] == [True] * len(RESTS)
    assert RESTS == (1, 3, 7)


def test_a_miss_comes_back_after_four_others():
    said = [answer(FRESH[0], "band")]
    assert ids(upcoming(FRESH, said, AT, 6)) == [
        ("c1", False), ("c2", False), ("c3", False), ("c4", False), ("c0", True), ("c5", False),
    ]  # fmt: skip
    said += [answer(FRESH[n], "blast") for n in (1, 2, 3)]
    assert ids(upcoming(FRESH, said, AT, 3)) == [("c4", False), ("c0", True), ("c5", False)]


def test_between_two_repeated_cells_there_is_a_new_one_while_there_are_any():
    said = [answer(FRESH[n], "band") for n in range(6)]
    asked = [missed for _, missed in ids(upcoming(FRESH, said, AT, 5))]
    assert asked == [True, False, True, False, True]
    assert ids(upcoming(FRESH, [*said, answer(FRESH[0], "band", again=True)], AT, 2)) == [("c6", False), ("c1", True)]
    assert [missed for _, missed in ids(upcoming(FRESH[:6], said, AT, 3))] == [True] * 3


def test_right_at_first_sight_is_never_repeated():
    said = [answer(one, "blast") for one in FRESH]
    assert standings(said) == ()
    assert upcoming(FRESH, said, AT + 30 * DAY, 5) == ()


@pytest.mark.parametrize(("right", "days"), [(1, 1), (2, 3), (3, 7)])
def test_rests_grow_with_every_right_answer(right, days):
    said = [answer(FRESH[0], "band")] + [answer(FRESH[0], "blast", again=True)] * right
    assert due(said, AT + days * DAY - dt.timedelta(minutes=1)) == ()
    assert [one.item for one in due(said, AT + days * DAY)] == [FRESH[0]]


def test_after_the_last_rest_it_is_learned_and_missed_again_it_starts_over():
    said = [answer(FRESH[0], "band")] + [answer(FRESH[0], "blast", again=True)] * 4
    assert standings(said) == ()
    assert standings([*said, answer(FRESH[0], "band", again=True)])[0].right == 0


def test_with_nothing_else_left_a_miss_comes_rather_early_than_never():
    said = [answer(FRESH[0], "band")]
    assert ids(upcoming(FRESH[:2], said, AT, 5)) == [("c1", False), ("c0", True)]
    assert ids(upcoming([], said, AT, 5)) == [("c0", True)]
    assert upcoming([], said, AT, 5, within=lambda _: False) == ()


def test_a_cell_of_a_deleted_case_does_not_come_back():
    assert standings([answer(item("", case=""), "band")]) == ()


@given(st.integers(0, 10**6), st.integers(1, 60))
def test_whoever_is_sometimes_wrong_meets_every_cell_and_a_miss_only_after_four_others(seed, steps):
    chance, said = random.Random(seed), []
    for _ in range(steps):
        queue = upcoming(FRESH, said, AT, 3)
        assert len({ask.item for ask in queue}) == len(queue)
        if queue:
            again = queue[0].item in {one.item for one in said}
            said.append(answer(queue[0].item, chance.choice(["blast", "band"]), again=again))
    met = [one.item for one in said]
    for place, one in enumerate(met):
        earlier = [n for n in range(place) if met[n] == one]
        if earlier and len(set(met[:place])) < len(FRESH):  # while there are cells never met
            assert not said[earlier[-1]].right
            assert place - earlier[-1] - 1 >= OTHERS
            assert not said[place - 1].again
    if len(said) < steps:
        assert set(met) == set(FRESH)
