"""Rates are of the last minutes, and an estimate is only given where something moves."""

from __future__ import annotations

import pytest

from core.cohort.pace import FEWEST, WINDOW, Pace, spoken


def test_nothing_is_said_before_something_is_known() -> None:
    pace = Pace()
    pace.look(0, 0, 0)
    pace.look(FEWEST / 2, 1, 5)
    assert (pace.cases_an_hour, pace.fields_a_second, pace.left(10), pace.left(0)) == (None, None, None, 0.0)


def test_rates_and_the_time_that_is_left() -> None:
    pace = Pace()
    for second in range(61):
        pace.look(second, second // 30, 2 * second)
    assert pace.cases_an_hour == pytest.approx(120)
    assert pace.fields_a_second == pytest.approx(2)
    assert pace.left(100) == pytest.approx(50)


def test_an_old_rate_is_forgotten() -> None:
    pace = Pace()
    pace.look(0, 0, 0)
    pace.look(WINDOW, 600, 6000)
    for minute in range(1, 31):
        pace.look(WINDOW + 60 * minute, 600 + minute, 6000 + 10 * minute)
    assert pace.cases_an_hour == pytest.approx(60)


def test_nothing_moves() -> None:
    pace = Pace()
    pace.look(0, 1, 5)
    pace.look(60, 1, 5)
    assert (pace.cases_an_hour, pace.left(5)) == (0, None)


@pytest.mark.parametrize(("seconds", "words"), [(40.4, "40 s"), (720, "12 min"), (12000, "3 h 20 min")])
def test_times_in_words(seconds: float, words: str) -> None:
    assert spoken(seconds) == words
