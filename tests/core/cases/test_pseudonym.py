"""Pseudonyms: e-mail addresses and dates are refused, what merely looks like a number is not."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.cases import pseudonym
from core.errors import BadInput

SEPARATORS = st.sampled_from("-./ ")


@pytest.mark.parametrize(
    "name",
    ["P-017", "AML 3", "123456789", "S-12-03-04", "2024-17-45", "20241345", "Ärztin-7", "v1.2", "may-12", "2024", "7"],
)
def test_codes_pass(name: str) -> None:
    assert pseudonym.checked(f"  {name} ") == name


@pytest.mark.parametrize(
    "name",
    [
        "a.b@clinic.org",
        "P 1961-03-12",
        "12.3.1961",
        "3/12/61",
        "19610312",
        "12 March 1961",
        "Mar 12, 1961",
        "12mar1961",
    ],
)
def test_addresses_and_dates_are_refused_without_being_repeated(name: str) -> None:
    with pytest.raises(BadInput) as refused:
        pseudonym.checked(name)
    assert name not in str(refused.value)  # messages are logged


@pytest.mark.parametrize("name", ["", "   ", "x" * 65, "a\nb", "a\0b"])
def test_wrong_lengths_and_control_characters_are_refused(name: str) -> None:
    with pytest.raises(BadInput):
        pseudonym.checked(name)


@given(st.dates(dt.date(1900, 1, 1), dt.date(2099, 12, 31)), SEPARATORS, st.booleans())
def test_every_date_of_two_centuries_is_refused(day: dt.date, between: str, year_first: bool) -> None:
    written = between.join(("%Y", "%m", "%d") if year_first else ("%d", "%m", "%Y"))
    with pytest.raises(BadInput):
        pseudonym.checked(f"P {day.strftime(written)}")


@pytest.mark.parametrize("case_id", ["", "../x", "a/b", "x" * 65, "a b", "case-1961-03-12", ".hidden"])
def test_ids_that_are_paths_or_dates_are_refused(case_id: str) -> None:
    with pytest.raises(BadInput):
        pseudonym.checked_id(case_id)
