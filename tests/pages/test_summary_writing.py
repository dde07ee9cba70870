"""Summaries in the making: whatever happens in their thread ends in a version with a plain word, or is told."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from core.cases.store import CaseStore, open_store
from core.doors.words import Kind, Version, standing
from core.settings import Settings
from core.writers import guard
from core.writers.template import Template
from pages.components import summary_writing
from tests.core.cases import made
from tests.core.writers import golden
from tests.core.writers.endpoint import reply, serving, streamed

ASKED = golden.smear()
GOOD = reply(["CBLC-3 is {cblc.ratio}.", "{adequacy.counted} were counted."])


@pytest.fixture(autouse=True)
def anew():
    summary_writing._of_case.clear()
    summary_writing._turns.cache_clear()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[CaseStore]:
    opened = open_store(Settings(data=str(tmp_path)))
    made.full(opened)
    yield opened
    opened.close()


def near(store: CaseStore, url: str) -> Settings:
    return replace(store.settings, language_model_url=url, language_model="tiny")


def start(store: CaseStore, settings: Settings) -> summary_writing.Writing:
    return summary_writing.start(store, settings, "case-full", ASKED, "dr a")


def ended(store: CaseStore, writing: summary_writing.Writing) -> Version:
    assert writing.wait(240)
    return store.words.versions("case-full")[-1]


def test_it_is_written_once_however_many_ask(store: CaseStore) -> None:
    with serving(streamed(GOOD, pause=0.05)) as heard:
        first = start(store, near(store, heard.url))
        assert start(store, near(store, heard.url)) is first is summary_writing.of("case-full")
        version = ended(store, first)
        assert len(heard.bodies) == 1
        assert start(store, near(store, heard.url)) is not first
        ended(store, summary_writing.of("case-full"))
    assert (version.kind, version.summary.writer, version.actor) == (Kind.WRITTEN, "tiny", "dr a")
    assert len(first.heard.passed) == 2
    assert first.take_problem() is None


def test_cancelled_it_ends_with_the_templates_words_and_what_was_sent(store: CaseStore) -> None:
    with serving(streamed(GOOD, pause=0.4)) as heard:
        writing = start(store, near(store, heard.url))
        while not writing.heard.characters:
            assert not writing.wait(0.01)
        writing.cancel()
        version = ended(store, writing)
    assert (version.kind, version.summary.note) == (Kind.TRIED, "Cancelled: written by the template.")
    assert [one.sent for one in store.words.exchanges("case-full", 1)] == heard.bodies


def test_leave_that_was_taken_back_meanwhile_sends_nothing(store: CaseStore) -> None:
    far = replace(near(store, "https://api.example.org/v1"), send_remote=True)
    store.words.allow_host("api.example.org", actor="ada")
    store.words.allow_host("", actor="ada")
    version = ended(store, start(store, far))
    assert (version.kind, version.summary.writer) == (Kind.TRIED, "template")
    assert "an administrator has not turned it on" in version.summary.note
    assert store.words.exchanges("case-full", 1) == []


def test_what_nobody_foresaw_ends_in_the_templates_words_too(store: CaseStore, monkeypatch) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("a defect")

    monkeypatch.setattr(guard, "judged", broken)
    with serving(GOOD) as heard:
        version = ended(store, start(store, near(store, heard.url)))
    assert (version.kind, version.summary.note) == (Kind.TRIED, summary_writing.UNFORESEEN)


def test_a_case_that_was_deleted_meanwhile_is_told(store: CaseStore) -> None:
    with serving(streamed(GOOD, pause=0.1)) as heard:
        writing = start(store, near(store, heard.url))
        store.delete_case("case-full", actor="dr a", reason="test")
        assert writing.wait(240)
    problem = writing.take_problem()
    assert problem is not None
    assert "case-full" in str(problem)
    assert writing.take_problem() is None
    assert store.verify_trail() == len(store.trail())


def test_words_that_somebody_kept_meanwhile_stay(store: CaseStore) -> None:
    with serving(streamed(GOOD, pause=0.1)) as heard:
        writing = summary_writing.start(store, near(store, heard.url), "case-full", ASKED, "dr a", 0)
        theirs = store.words.add("case-full", Template().write(ASKED), Kind.WRITTEN, actor="dr b")
        version = ended(store, writing)
    assert (version.kind, version.summary.note) == (Kind.TRIED, summary_writing.OVERTAKEN)
    assert standing(store.words.versions("case-full")) == theirs
    assert [one.sent for one in store.words.exchanges("case-full", 2)] == heard.bodies
    assert writing.take_problem() is None
