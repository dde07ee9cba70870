"""Each rule on the smallest pattern that completes it, on the same one short of it, and as it must always hold."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some

from core.control import westgard
from core.control.westgard import RULES, broken

SCORES = some.lists(some.floats(-6, 6), max_size=40)

PATTERNS = {
    "1-2s": ([0.0, 2.1], [0.0, 2.0]),
    "1-3s": ([0.0, -3.1], [0.0, -3.0]),
    "2-2s": ([2.1, 2.2], [2.1, -2.2]),
    "R-4s": ([2.1, -2.1], [2.1, 2.0]),
    "4-1s": ([-1.1, -1.2, -1.3, -1.4], [-1.1, -1.2, 1.3, -1.4]),
    "10x": ([0.1] * 10, [0.1] * 9 + [-0.1]),
}


@pytest.mark.parametrize("rule", RULES)
def test_the_last_point_completes_the_pattern_and_one_short_does_not(rule: str):
    complete, short = PATTERNS[rule]
    assert RULES[rule](complete) == [False] * (len(complete) - 1) + [True]
    assert not any(RULES[rule](short))
    assert not any(RULES[rule](complete[1:])) or rule in ("1-2s", "1-3s")


@given(SCORES)
def test_every_rule_answers_for_every_point(scores: list[float]):
    assert {len(rule(scores)) for rule in RULES.values()} == {len(scores)}


@given(SCORES)
def test_a_rule_knows_no_up_and_down(scores: list[float]):
    turned = [-score for score in scores]
    for rule in RULES.values():
        assert rule(scores) == rule(turned)


@given(SCORES, some.integers(0, 40))
def test_a_point_is_judged_by_what_came_before_only(scores: list[float], cut: int):
    assert broken(scores[:cut]) == broken(scores)[:cut]


@given(SCORES)
def test_a_warning_is_said_only_where_nothing_rejects(scores: list[float]):
    for names in broken(scores):
        assert westgard.WARNS not in names or names == (westgard.WARNS,)


def test_a_jump_speaks_by_every_rule_it_breaks():
    assert broken([0.0, 3.5]) == [(), ("1-3s",)]
    assert broken([2.5, 2.5]) == [("1-2s",), ("2-2s",)]
    assert broken([3.5, -3.5])[1] == ("1-3s", "R-4s")


def test_how_often_a_good_control_is_rejected():
    """Known figures: 4.6 % beyond 2 SD, 0.27 % beyond 3 SD, of independent normal runs."""
    scores = np.random.default_rng(7).normal(size=200_000).tolist()
    assert np.mean(westgard.one_2s(scores)) == pytest.approx(0.0455, abs=0.002)
    assert np.mean(westgard.one_3s(scores)) == pytest.approx(0.0027, abs=0.0005)
    assert np.mean(westgard.ten_x(scores)) == pytest.approx(2 * 0.5**10, abs=0.0006)
    assert np.mean(westgard.two_2s(scores)) == pytest.approx(2 * 0.02275**2, abs=0.0004)
