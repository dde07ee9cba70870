"""The laboratory's pages on a real store: what they show, and to whom."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.cases.controls import Controls
from core.people import Claims, Role
from core.records import CaseInfo
from pages.components import control_lots, resources, who
from tests.pages.conftest import FRAME, House, words
from tests.pages.test_who import ADA, TOKEN


@pytest.fixture(autouse=True)
def anew():
    who.forget()
    control_lots._out.clear()


@pytest.fixture
def grace(house: House) -> Claims:
    """An administrator who did all that these tests need done before."""
    claims = Claims("https://id.example#2", "Grace", "", dt.datetime.now(dt.UTC))
    house.store.people.meet(claims, administrator=True)
    return claims


def as_somebody(page: str) -> AppTest:
    at = AppTest.from_file(FRAME, default_timeout=120)
    at.user = TOKEN
    at.run()
    at.switch_page(f"{page}.py")
    at.run()
    assert not at.exception, at.exception
    return at


def test_the_trail_is_listed_verified_and_paged(house: House, opened, marrow: CaseInfo):
    for _ in range(60):
        house.store.amend_case(house.case(marrow), marrow, actor="a")
    at = opened("trail")
    assert "<b>60 events</b>" in words(at)
    assert "page 1 of 2" in words(at)
    assert [code.value for code in at.code] == [f"60 {house.store.trail_head()[1]}"]
    next(button for button in at.button if button.label == "Older").click().run()
    assert "page 2 of 2" in words(at)
    next(button for button in at.button if button.label == "Verify").click().run()
    assert "60 events, each as it was written" in words(at)


def test_a_forged_trail_is_told(house: House, opened, marrow: CaseInfo):
    house.case(marrow)
    with house.store._database.writing() as connection:
        connection.exec_driver_sql("drop trigger trail_no_update")
        connection.exec_driver_sql("update trail set actor = 'somebody else'")
    at = opened("trail")
    next(button for button in at.button if button.label == "Verify").click().run()
    assert "The trail does not verify" in words(at)
    assert "event 1" in words(at)


def test_filters_of_the_trail_say_when_nothing_matches(house: House, opened, marrow: CaseInfo):
    house.case(marrow)
    at = opened("trail")
    at.text_input(key="trail.case").input("no such case").run()
    assert "No event matches." in words(at)


@pytest.mark.parametrize("page", ["trail", "administration"])
@pytest.mark.usefixtures("grace")
def test_who_does_not_administer_finds_no_such_page(house: House, page: str):
    house.store.people.meet(ADA)
    house.store.people.give(ADA.subject, Role.SIGNER, actor="grace")
    at = AppTest.from_file(str(Path(FRAME).parent / f"{page}.py"), default_timeout=120)
    at.user = TOKEN  # the page itself, as if the frame had let it through
    at.run()
    assert not at.exception
    assert "This needs the role administrator; yours is signer." in words(at)
    assert not at.button


def test_roles_are_given_on_the_page(house: House, grace: Claims):
    house.store.people.meet(ADA, administrator=True)
    at = as_somebody("administration")
    assert "Ada Example" in words(at)
    assert "last sign-in" in words(at)
    box = next(box for box in at.selectbox if box.label == "Role of Grace")
    box.select(Role.READER).run()
    user = house.store.people.one(grace.subject)
    assert user
    assert user.role is Role.READER
    own = next(box for box in at.selectbox if box.label == "Role of Ada Example")
    own.select(Role.VIEWER).run()
    assert "Make somebody else an administrator first." in words(at)
    ada = house.store.people.one(ADA.subject)
    assert ada
    assert ada.role is Role.ADMINISTRATOR


def test_retention_and_holds(house: House, opened, marrow: CaseInfo, monkeypatch):
    house.case(marrow)
    assert "Everything is kept" in words(opened("administration"))
    monkeypatch.setenv("HEMABOARD_RETENTION_DAYS", "30")
    resources.settings.cache_clear()
    at = opened("administration")
    assert "nothing happened for 30 days" in words(at)
    case = house.store.cases()[0].id
    box = next(box for box in at.selectbox if box.label == "Case")
    box.select(case)
    next(field for field in at.text_input if field.label == "Reason").input("study audit")
    next(button for button in at.button if button.label == "Place a hold").click().run()
    assert "study audit" in words(at)
    next(button for button in at.button if button.label == "Release").click().run()
    assert "study audit" not in words(at)


def test_a_control_is_marked_measured_and_charted(house: House, opened, marrow: CaseInfo):
    house.finished(marrow, fields=1, doubts=True)
    at = opened("control")
    assert "No control yet." in words(at)
    next(box for box in at.selectbox if box.label == "Case").select(house.store.cases()[0].id)
    next(field for field in at.text_input if field.label == "Lot").input("L-17")
    next(button for button in at.button if button.label == "Mark as control").click().run()
    assert not at.exception
    assert "Being established" in words(at)
    assert "establishing: 1 of the first 10 runs" in words(at)
    assert len(at.get("plotly_chart")) == 8


def test_out_of_control_is_said_where_cases_are_read(house: House, opened, marrow: CaseInfo, monkeypatch):
    house.finished(marrow, fields=1)
    case = house.store.cases()[0].id
    controls = house.store.laboratory.controls
    controls.mark(case, "L-17", actor="a")
    assert "Control out of control" not in words(opened())
    with control_lots._measuring:  # the run is measured aside: wait for it
        (run,) = controls.measured("L-17")
    days = [run.figures["cells"] + offset for offset in (0, 1, -1, 0.5, -0.5, 0, 1, -1, 0.5, -0.5, 9)]
    later = [replace(run, figures={"cells": value}, at=run.at + dt.timedelta(days=n)) for n, value in enumerate(days)]
    monkeypatch.setattr(Controls, "measured", lambda _self, _lot: later)
    control_lots._out.clear()
    assert "Control out of control" in words(opened())
    assert "Lot L-17: Counted cells per field." in words(opened())
    at = opened("control")
    assert "Lot L-17 is out of control" in words(at)
    assert "one run beyond 3 SD" in words(at)


def test_health_says_what_works(opened):
    at = opened("health")
    assert "Database" in words(at)
    assert "Model cell-detector" in words(at)
    assert "Hemaboard makes no backups" in words(at)
