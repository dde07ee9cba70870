"""The summary's card on a real store, with a real HTTP server as language model."""

from __future__ import annotations

from dataclasses import replace

import pytest
from streamlit.testing.v1 import AppTest

from core import filed
from core.doors.words import Kind
from core.people import Claims, Role
from core.records import CaseInfo, Domain, Modality
from core.summaries import PERSON, Audience, Length
from pages.components import resources, summary_writing, who
from tests.core.cases import made
from tests.core.writers.endpoint import reply, serving, status
from tests.pages.conftest import FRAME, House, words
from tests.pages.test_who import ADA, TOKEN

SENTENCES = ("CBLC-3 is {cblc.ratio}.", "{adequacy.counted} were counted.", "Blasts are high at {class.blast.share}.")


@pytest.fixture(autouse=True)
def anew():
    who.forget()
    summary_writing._of_case.clear()
    summary_writing._turns.cache_clear()


def model(monkeypatch, url: str, **more: str) -> None:
    told = {"LANGUAGE_MODEL_URL": url, "LANGUAGE_MODEL": "tiny", "USER": "Dr Weber"} | more
    for name, value in told.items():
        monkeypatch.setenv(f"HEMABOARD_{name}", value)
    resources.settings.cache_clear()


def summary_of(opened, case: str) -> AppTest:
    """The case's page with its summary open."""
    at = opened("case", case=case)
    at.session_state[f"case.section.{case}"] = "Summary"
    return at.run()


def pressed(at: AppTest, label: str) -> AppTest:
    at = next(button for button in at.button if button.label == label).click().run()
    assert not at.exception, at.exception
    return at


def part(at: AppTest, case: str, name: str) -> AppTest:
    at.session_state[f"summary.part.{case}"] = name
    return at.run()


def test_the_template_tells_it_until_somebody_writes(house: House, opened, marrow: CaseInfo):
    case = house.finished(marrow)
    at = summary_of(opened, case)
    assert "not kept: made from the case just now" in words(at)
    assert "CBLC-3, the early-cell composite, is" in words(at)
    assert house.store.words.versions(case) == []
    at = part(at, case, "Write anew")
    assert not at.code  # no model: nothing is sent
    at.session_state[f"summary-audience-{case}"] = Audience.BOARD
    at.session_state[f"summary-length-{case}"] = Length.SHORT
    at = pressed(at.run(), "Write")
    (version,) = house.store.words.versions(case)
    assert (version.kind, version.summary.writer, version.actor) == (Kind.WRITTEN, "template", "local user")
    assert (version.summary.audience, version.summary.length) == (Audience.BOARD, Length.SHORT)
    assert "version 1" in words(at)


def test_a_label_free_case_has_its_summary_too(house: House, opened, marrow: CaseInfo):
    info = replace(marrow, modality=Modality.DPC, vocabulary="dpc4", domain=Domain.PROCEDURAL)
    case = house.label_free(info)
    at = opened("case", case=case)
    assert "hb-summary" in words(at)
    pressed(part(at, case, "Write anew"), "Write")
    of = filed.gather(house.store, case, resources.settings())
    assert of.summary == house.store.words.versions(case)[0].summary  # the page's facts are those that are filed


def test_the_model_is_asked_with_the_bytes_that_were_shown(house: House, opened, marrow: CaseInfo, monkeypatch):
    case = house.finished(marrow)
    with serving(reply(SENTENCES), reply(["Blasts make up {class.blast.share}."])) as heard:
        model(monkeypatch, heard.url)
        at = part(summary_of(opened, case), case, "Write anew")
        shown = at.code[0].value
        at = pressed(at, "Send and write")
    assert shown.encode() == heard.bodies[0]
    (version,) = house.store.words.versions(case)
    assert (version.kind, version.summary.writer, version.actor) == (Kind.WRITTEN, "tiny", "Dr Weber")
    assert [exchange.sent for exchange in house.store.words.exchanges(case, 1)] == heard.bodies
    assert "Blasts are high" not in words(at)
    at = part(at, case, "Versions")
    assert "Refused, and told to nobody" in words(at)
    assert "Blasts are high at {class.blast.share}." in words(at)
    assert at.code[0].value == shown


def test_a_failure_ends_in_the_templates_words_and_takes_an_edit_from_nobody(
    house: House, opened, marrow: CaseInfo, monkeypatch
):
    case = house.finished(marrow)
    with serving(status(401)) as heard:
        model(monkeypatch, heard.url)
        at = pressed(part(summary_of(opened, case), case, "Write anew"), "Send and write")
        assert "does not accept the key: written by the template." in words(at)
        assert "What stood before stays" not in words(at)
        at = part(at, case, "Edit")
        at.text_area[1].set_value("Mine alone: 7.")
        at = pressed(at, "Keep as a new version")
        at = pressed(part(at, case, "Write anew"), "Send and write")
    assert [version.kind for version in house.store.words.versions(case)] == [Kind.TRIED, Kind.EDITED, Kind.TRIED]
    assert "What stood before stays" in words(at)
    assert 'Mine alone: <mark title="typed by a person">7<sup>†</sup></mark>' in words(at)


def test_an_edit_is_a_version_with_its_numbers_marked_and_can_be_taken_back(house: House, opened, marrow: CaseInfo):
    case = house.finished(marrow)
    at = part(summary_of(opened, case), case, "Edit")
    area = next(area for area in at.text_area if area.label == "Found")
    area.set_value("\n".join([*area.value.splitlines(), "I count 12 of them, born 12.03.1961."]))
    at = pressed(at, "Keep as a new version")
    assert "The text holds a date" in words(at)
    area = next(area for area in at.text_area if area.label == "Found")
    area.set_value(area.value.replace(", born 12.03.1961", ""))
    at = pressed(at, "Keep as a new version")
    written, edited = house.store.words.versions(case)
    assert (written.kind, edited.kind, edited.parent) == (Kind.WRITTEN, Kind.EDITED, 1)
    mine = edited.summary.sentences[-1]
    assert (mine.origin, [mine.text[a:b] for a, b in mine.by_hand]) == (PERSON, ["12"])
    assert edited.summary.sentences[:-1] == written.summary.sentences
    assert 'I count <mark title="typed by a person">12<sup>†</sup></mark> of them.' in words(at)
    assert filed.gather(house.store, case, resources.settings()).summary == edited.summary
    at = part(at, case, "Versions")
    assert "sentences: 1 added; numbers typed by hand: 1" in words(at)
    at.selectbox(key=f"summary.version.{case}").select(1).run()
    at = pressed(at, "Take this version up again")
    assert house.store.words.versions(case)[-1].summary == written.summary
    assert "I count" not in words(at)


def test_after_a_review_the_words_are_outdated_and_that_is_said(house: House, opened, marrow: CaseInfo):
    case = house.finished(marrow)
    at = pressed(part(summary_of(opened, case), case, "Write anew"), "Write")
    assert "Outdated" not in words(at)
    house.store.add_review(case, made.review(house.store.seen(case).cells[0].id, "monocyte"))
    at = summary_of(opened, case)
    assert "was written from other facts: the case has changed since" in words(at)
    assert "not kept: made from the case just now" in words(at)
    at = part(at, case, "Versions")
    assert '<span class="hb-tag stale">outdated</span>' in words(at)
    assert ">stands<" not in words(at)
    assert not [button for button in at.button if button.label.startswith("Take this") and not button.disabled]


def test_somebody_else_who_came_between_is_not_overwritten(house: House, opened, marrow: CaseInfo):
    case = house.finished(marrow)
    at = part(summary_of(opened, case), case, "Edit")
    area = next(area for area in at.text_area if area.label == "Found")
    area.set_value("Mine alone.")
    of = filed.gather(house.store, case, resources.settings())
    house.store.words.add(case, of.summary, Kind.WRITTEN, actor="somebody else")
    at = pressed(at, "Keep as a new version")
    assert len(house.store.words.versions(case)) == 1
    assert "Version 1 of it" in words(at)


def test_who_may_only_see_writes_nothing(house: House, marrow: CaseInfo):
    case = house.finished(marrow)
    grace = Claims("https://id.example#2", "Grace", "", ADA.at)
    house.store.people.meet(grace, administrator=True)
    house.store.people.meet(ADA)
    house.store.people.give(ADA.subject, Role.VIEWER, actor="grace")
    at = AppTest.from_file(FRAME, default_timeout=120)
    at.user = TOKEN
    at.run()
    at.switch_page("case.py")
    at.query_params["case"] = case
    at.run()
    at.session_state[f"case.section.{case}"] = "Summary"
    at = part(at, case, "Write anew")
    assert not at.exception, at.exception
    assert "CBLC-3, the early-cell composite, is" in words(at)
    assert next(button for button in at.button if button.label == "Write").disabled
    at = part(at, case, "Edit")
    assert all(area.disabled for area in at.text_area if area.label in ("Found", "Uncertain", "To check"))


def test_an_administrator_turns_sending_on_for_one_machine(house: House, opened, marrow: CaseInfo, monkeypatch):
    case = house.finished(marrow)
    assert "None is set up" in words(opened("administration"))
    model(monkeypatch, "https://api.example.org/v1")
    at = opened("administration")
    assert at.toggle[0].disabled
    assert "The setting send_remote is false" in words(at)
    model(monkeypatch, "https://api.example.org/v1", SEND_REMOTE="true")
    shown = words(part(summary_of(opened, case), case, "Write anew"))
    assert "an administrator has not turned it on" in shown
    at = opened("administration")
    at.toggle[0].set_value(True).run()
    assert house.store.words.allowed_host() == "api.example.org"
    assert house.store.trail()[-1].action == "sending.allowed"
    assert "Summaries may be written by api.example.org" in words(at)
    shown = part(summary_of(opened, case), case, "Write anew")
    assert any(button.label == "Send and write" for button in shown.button)
    at.toggle[0].set_value(False).run()
    assert house.store.words.allowed_host() == ""
    model(monkeypatch, "http://127.0.0.1:9/v1")
    assert "It runs on this machine" in words(opened("administration"))


def test_who_asked_before_somebody_else_wrote_overwrites_nothing(house: House, opened, marrow: CaseInfo):
    case = house.finished(marrow)
    store = resources.store()
    at = pressed(part(summary_of(opened, case), case, "Write anew"), "Write")
    at = part(at, case, "Write anew")
    theirs = store.words.add(case, store.words.versions(case)[0].summary, Kind.CHOSEN, actor="dr b", parent=1)
    at = pressed(at, "Write")
    assert store.words.versions(case)[-1] == theirs
    assert "Expected the summary as it was when you began" in words(at)
