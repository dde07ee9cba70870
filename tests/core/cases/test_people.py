"""Users and their roles in the store, on both engines."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from core.cases.store import CaseStore
from core.errors import Conflict, NotFound
from core.people import Claims, Role

AT = dt.datetime(2026, 11, 21, 12, tzinfo=dt.UTC)
ADA = Claims("https://id.example#1", "Ada Example", "ada@example.org", AT)
BEN = Claims("https://id.example#2", "Ben Example", "", AT)


def actions(store: CaseStore) -> list[tuple[str, str]]:
    return [(event.action, event.actor) for event in store.trail()]


def test_who_is_met_first_has_no_role(store: CaseStore):
    user = store.people.meet(ADA)
    assert (user.role, user.active, user.actor, user.seen) == (None, True, "ada@example.org", AT)
    assert store.people.meet(ADA) == user
    assert actions(store) == [("user.met", "ada@example.org")]
    assert store.verify_trail() == 1


def test_a_setting_makes_the_first_administrator_also_later(store: CaseStore):
    store.people.meet(ADA)
    assert store.people.meet(ADA, administrator=True).role is Role.ADMINISTRATOR
    store.people.meet(ADA, administrator=True)
    assert actions(store)[1:] == [("user.role", "setting 'administrators'")]
    assert store.people.one(ADA.subject) == store.people.meet(ADA)


def test_roles_are_given_and_told(store: CaseStore):
    store.people.meet(ADA, administrator=True)
    ben = store.people.meet(BEN)
    assert ben.actor == BEN.subject
    assert store.people.give(ben.subject, Role.SIGNER, actor="ada@example.org").role is Role.SIGNER
    assert not store.people.activate(ben.subject, False, actor="ada@example.org").active
    store.people.activate(ben.subject, False, actor="ada@example.org")
    last = store.trail()[-2:]
    assert [dict(event.detail) for event in last] == [
        {"user": ben.actor, "was": None, "now": "signer"},
        {"user": ben.actor, "was": True, "now": False},
    ]
    assert [user.name for user in store.people.all()] == ["Ada Example", "Ben Example"]
    assert store.verify_trail() == len(store.trail())


@pytest.mark.parametrize("how", ["give", "activate"])
def test_the_last_administrator_stays(store: CaseStore, how: str):
    store.people.meet(ADA, administrator=True)
    value = Role.SIGNER if how == "give" else False
    with pytest.raises(Conflict, match="Make somebody else"):
        getattr(store.people, how)(ADA.subject, value, actor="ada@example.org")
    user = store.people.one(ADA.subject)
    assert user
    assert (user.role, user.active) == (Role.ADMINISTRATOR, True)
    store.people.meet(BEN)
    store.people.give(BEN.subject, Role.ADMINISTRATOR, actor="ada@example.org")
    getattr(store.people, how)(ADA.subject, value, actor="ada@example.org")
    with pytest.raises(Conflict, match="last one"):
        store.people.activate(BEN.subject, False, actor="ben")
    assert store.verify_trail() == len(store.trail())


def test_a_name_in_the_trail_is_never_given_twice(store: CaseStore):
    store.people.meet(ADA)
    store.people.meet(replace(ADA, email="new@example.org", name="Ada Married", at=AT + dt.timedelta(hours=1)))
    other = store.people.meet(replace(BEN, email="ada@example.org"))
    assert other.actor == BEN.subject
    ada = store.people.one(ADA.subject)
    assert ada
    assert (ada.actor, ada.email, ada.name) == ("ada@example.org", "new@example.org", "Ada Married")
    assert actions(store)[1] == ("user.signed_in", "ada@example.org")


def test_a_very_long_subject_can_act(store: CaseStore):
    long = replace(BEN, subject="https://id.example#" + "x" * 400)
    assert len(store.people.meet(long).actor) <= 200
    assert store.people.meet(replace(long, subject=long.subject + "y")).actor != store.people.meet(long).actor


def test_nobody_is_changed_who_was_never_here(store: CaseStore):
    assert store.people.one("nobody") is None
    with pytest.raises(NotFound):
        store.people.give("nobody", Role.VIEWER, actor="a")
