"""A result through JSON and back is itself; what is no result is refused."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.robustness import plain
from core.robustness.records import Asked, Robustness, Surroundings
from tests.core.robustness import made

CELLS = ("one", "two", "three")


def table() -> dict:
    return plain.as_table(made.result("run-1", CELLS, "m" * 64, marker=True))


def test_a_result_comes_back_as_it_was() -> None:
    whole = made.result("run-1", CELLS, "m" * 64, marker=True)
    assert plain.of_table(json.loads(json.dumps(table()))) == whole
    assert set(table()) == {*Robustness.__slots__} - set(plain.BESIDE)


def test_curves_and_requests_come_back_as_they_were() -> None:
    drawn = made.curves("run-1", CELLS, "m" * 64)
    assert plain.curves_of_table(json.loads(json.dumps(plain.as_table(drawn)))) == drawn
    for asked in (drawn.asked, Asked(7, settings=(Surroundings.MASKED,))):
        again = plain.asked_of_table(type(asked), json.loads(json.dumps(plain.asked_as_table(asked))))
        assert again == asked
    with pytest.raises(ValueError):
        plain.curves_of_table(plain.as_table(drawn) | {"actor": "somebody"})


@pytest.mark.parametrize(
    "change",
    [
        {"frame": "12"},
        {"frame": True},
        {"tested": "one"},
        {"tested": [1]},
        {"asked": {"cells": 3, "colour": 1}},
        {"verdict": {"word": "excellent", "said": "", "reasons": [], "limits": []}},
        {"strata": [{"name": "blast"}]},
        {"settings": [{"setting": "masked", "flips": {"count": 1, "total": 2, "value": float("nan")}}]},
        {"actor": "somebody"},
        {"unheard": 1},
    ],
)
def test_what_is_none_is_refused(change: dict) -> None:
    with pytest.raises((ValueError, TypeError)):
        plain.of_table(table() | change)


@given(st.sampled_from(sorted(set(table()) - {"notes"})))
def test_nothing_that_must_be_there_may_be_missing(name: str) -> None:
    with pytest.raises(ValueError, match=name):
        plain.of_table({key: value for key, value in table().items() if key != name})


def test_what_an_earlier_version_did_not_have_yet_has_its_default() -> None:
    older = table()
    for setting in older["settings"]:
        for moved in setting["moved"]:
            del moved["case"]
    assert plain.of_table(older).settings[0].moved[0].case is None
