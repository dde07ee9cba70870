"""Roles, rights, and whom an identity token makes somebody."""

from __future__ import annotations

import datetime as dt
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as some

from core.people import RIGHTS, Claims, Right, Role, User, allowed, claims_of, expired, named, role_of

NOW = dt.datetime(2026, 11, 21, 12, tzinfo=dt.UTC)
TOKEN = {
    "iss": "https://id.example",
    "sub": "u-17",
    "iat": NOW.timestamp(),
    "name": "Ada Example",
    "email": "Ada@Example.org",
    "email_verified": True,
}


def test_each_role_may_do_all_that_the_one_before_may():
    for less, more in pairwise(Role):
        assert RIGHTS[less] < RIGHTS[more]
    assert RIGHTS[Role.ADMINISTRATOR] == set(Right)


@pytest.mark.parametrize("right", Right)
def test_nobody_without_a_role_may_do_anything(right: Right):
    assert not allowed(None, right)
    assert not allowed(role_of(User("s", "n", Role.ADMINISTRATOR, active=False)), right)


def test_who_may_do_what():
    assert not allowed(Role.VIEWER, Right.REVIEW)
    assert allowed(Role.READER, Right.REVIEW)
    assert not allowed(Role.READER, Right.SIGN)
    assert allowed(Role.SIGNER, Right.SIGN)
    assert not allowed(Role.SIGNER, Right.ADMINISTER)


def test_a_token_makes_somebody():
    assert claims_of(TOKEN) == Claims("https://id.example#u-17", "Ada Example", "ada@example.org", NOW)


@pytest.mark.parametrize("verified", [False, None, "true", 1])
def test_an_address_that_nobody_checked_is_none(verified: object):
    claims = claims_of(TOKEN | {"email_verified": verified})
    assert claims
    assert claims.email == ""
    assert not named("ada@example.org", claims)


@pytest.mark.parametrize("lacking", ["iss", "sub", "iat"])
def test_a_token_without_what_tells_people_apart_makes_nobody(lacking: str):
    assert claims_of({key: value for key, value in TOKEN.items() if key != lacking}) is None
    assert claims_of(TOKEN | {lacking: ""}) is None


@pytest.mark.parametrize(
    ("setting", "is_meant"),
    [
        ("", False),
        (" , ", False),
        ("ada@example.org", True),
        ("grace@example.org, ADA@example.org", True),
        ("u-17", True),
        ("https://id.example#u-17", True),
        ("https://other.example#u-17", False),
        ("u-1", False),
    ],
)
def test_who_is_named_by_the_setting(setting: str, is_meant: bool):
    claims = claims_of(TOKEN)
    assert claims
    assert named(setting, claims) is is_meant


def test_an_empty_word_in_the_setting_names_nobody():
    assert not named("a,,b", Claims("https://id.example#x", "n", "", NOW))


@given(hours=some.integers(1, 720), age=some.floats(-1, 1000))
def test_a_sign_in_ends_after_its_hours_and_never_begins_in_the_future(hours: int, age: float):
    claims = Claims("i#s", "n", "", NOW - dt.timedelta(hours=age))
    assert expired(claims, hours, NOW) is not (-5 / 60 <= age < hours)
