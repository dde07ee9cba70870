"""The page: complete, the same every time, closed to whatever comes from outside."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from core.verify.document import NOTICE
from core.verify.judge import judged
from core.verify.limits import CRITERIA, limits
from core.verify.markup import tag
from core.verify.page import page
from core.vocabulary import vocabulary
from tests.core.verify.sites import Truth, site

DATE = dt.date(2026, 11, 21)
WORDS, LIMITS = vocabulary("shipped16"), limits()


class Read(HTMLParser):
    """Elements in order, with their attributes, and the text."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.elements, self.texts, self.open = [], [], []
        self.feed(text)
        self.close()

    def handle_starttag(self, name, attributes):
        self.elements.append((name, dict(attributes)))
        self.open.append(name)

    def handle_startendtag(self, name, attributes):
        self.elements.append((name, dict(attributes)))

    def handle_endtag(self, name):
        assert self.open.pop() == name

    def handle_data(self, data):
        self.texts.append(data)


def drawn(whole=None, name="Laboratory 1"):
    whole = whole or site(Truth(cases=8))
    return page(whole, LIMITS, judged(whole, LIMITS), WORDS, DATE, name)


def test_everything_that_must_be_there_is():
    whole = site(Truth())
    text = "".join(Read(drawn(whole)).texts).replace("\xa0", " ")
    for needed in ("2026-11-21", "Laboratory 1", "d" * 64, "c" * 64, "CBLC-3", "cell-detector", "Checked by", "Go"):
        assert needed in text
    assert NOTICE in text
    assert all(criterion.name in text for criterion in CRITERIA.values())
    assert all(case.name in text for case in whole.cases)


def test_the_same_evidence_gives_the_same_page():
    assert drawn() == drawn()


def test_nothing_is_fetched_and_nothing_runs():
    text = drawn()
    read = Read(text)
    assert not read.open
    assert {name for name, _ in read.elements} & {"script", "link", "img", "iframe", "object", "form", "a"} == set()
    outside = {"src", "href", "srcset", "action"}
    assert not [a for _, attributes in read.elements for a in attributes if a in outside or a.startswith("on")]
    assert not re.search(r"url\(|@import|https?:", text)
    assert "@page" in text


EVIL = ('<script>alert("x")</script>', "\" onload='x", "</style><b>", "\u202egnp.exe", "&lt;", "a\x00b", "]]>", "{}%s")


@settings(max_examples=12, deadline=None)
@given(st.text(min_size=1, max_size=30) | st.sampled_from(EVIL))
@example('</td><img src=x onerror="x">')
def test_text_from_outside_stays_text(evil):
    whole = site(Truth(cases=2))
    tame = Read(drawn(_said(whole, "x"), "x"))
    read = Read(drawn(_said(whole, evil), evil))
    assert [name for name, _ in read.elements] == [name for name, _ in tame.elements]
    assert [sorted(attributes) for _, attributes in read.elements] == [sorted(a) for _, a in tame.elements]


def _said(whole, text):
    models = tuple(replace(stamp, name=text, notice=text, digest=text) for stamp in whole.models)
    cases = tuple(replace(c, name=text, centre=text, diagnosis=text, withheld=text) for c in whole.cases)
    return replace(whole, cases=cases, models=models, cblc_name=text, vocabulary=text, left_out={text: 2})


@settings(deadline=None)
@given(st.text(max_size=40))
def test_an_element_gives_back_its_text(text):
    shown = "".join(c if c.isprintable() or c in "\n\xa0\u2009" else "�" for c in text)
    shown = shown.replace(" %", "\xa0%").replace("≥ ", "≥\xa0")
    read = Read(tag("p", text, title=text))
    assert "".join(read.texts) == shown
    assert read.elements == [("p", {"title": shown})]


@pytest.mark.parametrize("truth", [Truth(cases=1), Truth(cases=5, withheld=1.0), Truth(missed=1.0, cases=6)])
def test_poor_evidence_makes_a_page_too(truth):
    assert "No verdict" in drawn(site(truth))


def test_changed_limits_are_told():
    changed = replace(LIMITS, changed=("odd",))
    whole = site(Truth(cases=5))
    text = page(whole, changed, judged(whole, changed), WORDS, DATE, "")
    assert "Limits changed by the site" in text
    assert "Limits changed by the site" not in drawn()
