"""Stages side by side: order, errors, no more in hand than said, nobody left behind."""

from __future__ import annotations

import threading
import time

import pytest

from core.overlap import MOST, lanes, one_after_another


def squares(numbers):
    return (number**2 for number in numbers)


@pytest.mark.parametrize("way", [lanes, one_after_another])
def test_everything_comes_in_order_through_several_stages(way):
    with way() as ahead:
        assert list(ahead(squares(ahead(range(200))))) == [n**2 for n in range(200)]


def test_a_slow_taker_bounds_what_is_made():
    made: list[int] = []
    with lanes() as ahead:
        for taken, _ in enumerate(ahead(made.append(n) for n in range(50))):
            time.sleep(0.002)
            assert len(made) <= taken + MOST + 2  # taken, waiting, and one that waits for room
    assert len(made) == 50


def test_an_error_comes_after_the_results_before_it():
    def breaks():
        yield from (1, 2)
        raise ValueError("no third")

    came: list[int] = []
    with pytest.raises(ValueError, match="no third"), lanes() as ahead:
        came.extend(ahead(squares(ahead(breaks()))))
    assert came == [1, 4]


def test_what_is_no_exception_comes_too_and_nobody_waits_for_ever():
    """A panic of a library written in Rust, or a test that fails in a stand-in."""

    class Panic(BaseException):
        pass

    def panics():
        yield 1
        raise Panic

    before = threading.active_count()
    with pytest.raises(Panic), lanes() as ahead:
        list(ahead(squares(ahead(panics()))))
    assert threading.active_count() == before


def test_who_leaves_early_ends_every_stage():
    def endless():
        number = 0
        while True:
            yield (number := number + 1)

    before = threading.active_count()
    with lanes() as ahead:
        assert next(ahead(squares(ahead(endless())))) == 1
    assert threading.active_count() == before
