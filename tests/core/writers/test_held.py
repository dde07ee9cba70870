"""Which summary is told: the one that stands while it is about these facts, else the template's, and saying so."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from core import analyse
from core.doors.words import Kind, Version
from core.summaries import PERSON, Audience, Length, Sentence
from core.writers import held
from core.writers.template import Template
from tests.core.counted import info, seen
from tests.core.writers import golden

AT = dt.datetime(2026, 3, 1, 12, 30, tzinfo=dt.UTC)
READING = analyse.read(seen(golden.MIXED), (), info(), golden.WORDS)
LATER = analyse.read(seen(golden.MIXED[:4]), (), info(), golden.WORDS)
ASKED = golden.smear(audience=Audience.BOARD, length=Length.SHORT)
MINE = replace(Template().write(ASKED), sentences=(Sentence("Mine.", origin=PERSON),))


def version(number: int, summary, kind: Kind = Kind.EDITED) -> Version:
    return Version(number, AT, "dr a", kind, number - 1 or None, summary)


def test_without_a_version_the_template_tells_it_as_asked():
    found = held.now([], READING, golden.WORDS, Audience.TEACHING, Length.SHORT)
    assert found.summary == Template().write(golden.smear(audience=Audience.TEACHING, length=Length.SHORT))
    assert (found.version, found.outdated) == (None, None)


def test_the_version_that_stands_is_told_with_the_alerts_of_the_case():
    stood = version(2, replace(MINE, alerts=()))
    found = held.now([version(1, Template().write(ASKED), Kind.WRITTEN), stood], READING, golden.WORDS)
    assert found.version == stood
    assert found.summary == MINE
    assert found.summary.alerts == ASKED.alerts != ()
    assert found.outdated is None


def test_after_a_failed_try_the_templates_words_are_made_anew():
    tried = version(1, replace(Template().write(ASKED), note="No whole answer."), Kind.TRIED)
    assert held.now([tried], READING, golden.WORDS).version == tried
    later = held.now([tried], LATER, golden.WORDS)
    assert (later.version, later.outdated, later.summary.note) == (None, None, "")
    assert later.summary.audience is Audience.BOARD


def test_words_about_other_facts_are_not_told_and_that_is_said():
    stood = version(1, MINE)
    found = held.now([stood], LATER, golden.WORDS)
    assert (found.version, found.outdated) == (None, stood)
    assert "Mine." not in str(found.summary.sentences)
    assert (found.summary.writer, found.summary.audience, found.summary.length) == (
        "template", Audience.BOARD, Length.SHORT,
    )  # fmt: skip
    assert "Version 1 of 2026-03-01 12:30 UTC was written from other facts" in found.summary.note
    assert found.summary.content != MINE.content
