"""Who may come in, and what the frame shows of them."""

from __future__ import annotations

import datetime as dt

import pytest
from streamlit.testing.v1 import AppTest

from core.people import Claims, Role
from core.records import CaseInfo
from pages.components import resources, who
from tests.pages.conftest import FRAME, House, words

NOW = dt.datetime.now(dt.UTC)
ADA = Claims("https://id.example#1", "Ada Example", "ada@example.org", NOW)
TOKEN = {
    "is_logged_in": True,
    "iss": "https://id.example",
    "sub": "1",
    "iat": NOW.timestamp(),
    "name": "Ada Example",
    "email": "ada@example.org",
    "email_verified": True,
}


def seen_by(token: dict[str, object] | None) -> AppTest:
    """The worklist for who brought this token; None: nothing to sign in with is configured."""
    at = AppTest.from_file(FRAME, default_timeout=120)
    at.user = {} if token is None else token
    at.run()
    assert not at.exception, at.exception
    return at


def titles(at: AppTest) -> list[str]:
    return [title.value for title in at.title]


@pytest.fixture
def somebody(house: House, marrow: CaseInfo) -> House:
    who.forget()
    house.case(marrow)
    return house


def test_without_a_provider_there_is_a_local_user_who_is_called_so(somebody: House):
    at = seen_by(None)
    assert titles(at) == ["Worklist"]
    assert "local user" in words(at)
    assert "not signed in: what is signed here says “unauthenticated”" in words(at)
    assert somebody.store.people.all() == []


@pytest.mark.usefixtures("somebody")
def test_who_has_not_signed_in_sees_no_case():
    at = seen_by({"is_logged_in": False})
    assert titles(at) == ["Sign in"]
    assert "AML-0147" not in words(at)
    assert [button.label for button in at.button] == ["Sign in"]


def test_who_is_new_is_made_known_and_sees_no_case(somebody: House):
    at = seen_by(TOKEN)
    assert titles(at) == ["Signed in, without a role yet"]
    assert "AML-0147" not in words(at)
    assert [button.label for button in at.button] == ["Sign out"]
    assert [(user.actor, user.role) for user in somebody.store.people.all()] == [("ada@example.org", None)]


def test_a_role_opens_the_door_and_its_end_closes_it(somebody: House):
    somebody.store.people.meet(ADA)
    somebody.store.people.meet(Claims("i#2", "Grace", "", NOW), administrator=True)
    somebody.store.people.give(ADA.subject, Role.VIEWER, actor="grace")
    at = seen_by(TOKEN)
    assert titles(at) == ["Worklist"]
    assert "<b>Ada Example</b><span>viewer</span>" in words(at)
    assert "AML-0147" in words(at)
    somebody.store.people.activate(ADA.subject, False, actor="grace")
    who.forget()
    at.run()
    assert titles(at) == ["Your account is not active"]
    assert "AML-0147" not in words(at)


def test_a_session_ends(somebody: House):
    somebody.store.people.meet(ADA, administrator=True)
    at = seen_by(TOKEN | {"iat": (dt.datetime.now(dt.UTC) - dt.timedelta(hours=11.9)).timestamp()})
    assert titles(at) == ["Worklist"]
    at = seen_by(TOKEN | {"iat": (NOW - dt.timedelta(hours=12.1)).timestamp()})
    assert titles(at) == ["Your session has ended"]
    assert "AML-0147" not in words(at)


def test_a_token_that_names_nobody_opens_nothing(somebody: House):
    assert titles(seen_by(TOKEN | {"sub": ""})) == ["Who are you?"]
    assert somebody.store.people.all() == []


@pytest.mark.usefixtures("somebody")
def test_named_administrators_and_nothing_to_sign_in_with_open_nothing(monkeypatch):
    monkeypatch.setenv("HEMABOARD_ADMINISTRATORS", "ada@example.org")
    resources.settings.cache_clear()
    assert titles(seen_by(None)) == ["Nobody can sign in"]


def test_the_setting_makes_an_administrator(somebody: House, monkeypatch):
    monkeypatch.setenv("HEMABOARD_ADMINISTRATORS", "ADA@example.org")
    resources.settings.cache_clear()
    at = seen_by(TOKEN)
    assert titles(at) == ["Worklist"]
    assert somebody.store.people.all()[0].role is Role.ADMINISTRATOR
    assert seen_by(TOKEN | {"sub": "9", "email_verified": False}).title[0].value == "Signed in, without a role yet"


def test_a_button_drawn_before_a_role_was_taken_does_nothing_after(somebody: House):
    def page() -> None:
        import streamlit as st

        from core.errors import HemaboardError
        from core.people import Right
        from pages.components import who

        st.write(who.refusal(Right.SIGN) or "open")
        if st.button("Sign off"):
            try:
                who.check(Right.SIGN)
                st.write("signed")
            except HemaboardError as problem:
                st.write(str(problem))

    somebody.store.people.meet(ADA, administrator=True)
    grace = somebody.store.people.meet(Claims("i#2", "Grace", "", NOW), administrator=True)
    somebody.store.people.give(ADA.subject, Role.SIGNER, actor=grace.actor)
    at = AppTest.from_function(page, default_timeout=120)
    at.user = TOKEN
    assert at.run().markdown[0].value == "open"
    somebody.store.people.give(ADA.subject, Role.READER, actor=grace.actor)
    who.forget()
    at.button[0].click().run()
    said = [block.value for block in at.markdown]
    assert said[0] == "This needs the role signer; yours is reader."
    assert "signed" not in said
    assert "a role that may not" in said[1]


def test_an_idle_screen_asks_whether_its_session_ended(somebody: House):
    somebody.store.people.meet(ADA, administrator=True)
    at = seen_by(TOKEN)
    at.user = TOKEN | {"iat": (NOW - dt.timedelta(hours=13)).timestamp()}
    at.run()  # as the watching fragment does once a minute
    assert titles(at) == ["Your session has ended"]
