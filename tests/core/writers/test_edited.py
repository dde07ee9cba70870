"""A person's edits: what was typed is marked, what was left is not, and nothing is marked that code printed."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.summaries import PERSON, Sentence, told
from core.writers import edited
from core.writers.template import Template
from tests.core.writers import golden

ASKED = golden.smear()
BEFORE = Template().write(ASKED)
LINES = {part: [one.text for one in getattr(BEFORE, part)] for part in edited.PARTS}
ALL = [(part, number) for part in edited.PARTS for number in range(len(LINES[part]))]


def changed(part: str, number: int, text: str, before=BEFORE):
    """The one sentence after its line was changed."""
    lines = {name: [one.text for one in getattr(before, name)] for name in edited.PARTS}
    lines[part][number] = text
    return getattr(edited.edited(before, lines, ASKED), part)[number]


def marked(sentence: Sentence) -> list[str]:
    return [sentence.text[start:end] for start, end in sentence.by_hand]


def test_what_nobody_touched_stays_as_it_was():
    after = edited.edited(BEFORE, LINES, ASKED)
    assert after == BEFORE
    assert edited.changes(BEFORE, after).words == "no sentence changed"


@pytest.mark.parametrize(
    ("was", "now", "found"),
    [
        ("CBLC-3 is 32.0 % [27.1–37.4].", "CBLC-3 is 33.0 % [27.1–37.4].", ["33.0"]),
        ("CBLC-3 is 32.0 % [27.1–37.4].", "CBLC-3 is likely 32.0 % [27.1–37.4].", []),
        ("Lymphocytes 32 %, blasts 12 %.", "Lymphocytes 12 %, blasts 32 %.", ["12", "32"]),
        ("Lymphocytes 32 %.", "Lymphocytes are a third; CD16 was not seen.", ["third"]),
        ("Lymphocytes 32 %.", "Lymphocytes 32 % of seventy-five.", ["seventy-five"]),
        ("Lymphocytes 32 %.", "Lymphocytes ½, ٣, 三 and 5blasts of 32 %.", ["½", "٣", "三", "5blasts"]),
        ("Lymphocytes 32 %.", "Several lymphocytes of CBLC-3 and NPM1.", []),
        ("Lymphocytes 32 %.", "Lymphocytes 32.5 %.", ["32.5"]),
        ("Lymphocytes 32 %.", "Lymphocytes 32 % 32 %.", ["32"]),
        ("", "New: 1:3 of 27.1-37.4.", ["1:3", "27.1", "37.4"]),
    ],
)
def test_a_number_that_was_typed_is_marked(was, now, found):
    sentence = edited._sentence(Sentence(was, ("class.lymphocyte.share",)), now, ASKED, {})
    assert marked(sentence) == found
    assert sentence.origin == PERSON
    assert told(sentence).count("†") == len(found)
    assert told(sentence).replace("†", "") == now


def test_a_mark_stays_until_the_line_is_again_as_it_was_written():
    part, number = "sentences", 0
    first = BEFORE.sentences[0]
    typed = changed(part, number, f"{first.text} 99")
    assert marked(typed) == ["99"]
    after = replace(BEFORE, sentences=(typed, *BEFORE.sentences[1:]))
    assert marked(changed(part, number, f"{typed.text} Good.", after)) == ["99"]
    lines = LINES | {part: [first.text, *LINES[part][1:]]}
    assert edited.edited(after, lines, ASKED).sentences[0].origin == PERSON
    assert edited.edited(after, lines, ASKED, [BEFORE]).sentences[0] == first


def test_a_line_about_other_facts_is_the_persons_who_types_it_again():
    """Somebody copies from an outdated version: its numbers are not those of the case as it is."""
    old = replace(BEFORE, content="0" * 64, sentences=(Sentence("Blasts make up 99.9 %.", ("class.blast.share",)),))
    told_now = LINES | {"sentences": [*LINES["sentences"], "Blasts make up 99.9 %."]}
    typed = edited.edited(BEFORE, told_now, ASKED, [old]).sentences[-1]
    assert (typed.origin, marked(typed)) == (PERSON, ["99.9"])
    same = edited.edited(BEFORE, told_now, ASKED, [replace(old, content=BEFORE.content)]).sentences[-1]
    assert same == old.sentences[0]


def test_lines_may_come_and_go():
    lines = LINES | {"sentences": ["", "  Mine   alone: 7.  ", *LINES["sentences"][1:]], "checks": []}
    after = edited.edited(BEFORE, lines, ASKED)
    assert after.sentences[0].text == "Mine alone: 7."
    assert after.sentences[1:] == BEFORE.sentences[1:]
    assert after.checks == ()
    assert after.alerts == BEFORE.alerts
    found = edited.changes(BEFORE, after)
    assert (found.changed, found.added, found.removed, found.numbers) == (1, 0, len(BEFORE.checks), 1)


def test_only_facts_whose_printed_value_still_stands_are_kept():
    at = next(n for n, one in enumerate(BEFORE.sentences) if one.facts == ("cblc.ratio",) or "cblc.ratio" in one.facts)
    text = BEFORE.sentences[at].text
    assert "cblc.ratio" in changed("sentences", at, f"{text} Indeed.").facts
    gone = "".join("9" if c.isdigit() else c for c in text)
    assert changed("sentences", at, gone).facts == ()


typed = st.text(st.sampled_from("0123456789.,:% –-½三aBé†"), min_size=1, max_size=8)


@settings(max_examples=60, deadline=None)
@given(where=st.sampled_from(ALL), at=st.integers(0, 400), new=typed, cut=st.integers(0, 6))
def test_whatever_is_typed_no_number_passes_as_the_codes_that_it_did_not_print(where, at, new, cut):
    part, number = where
    text = LINES[part][number]
    at = min(at, len(text))
    line = " ".join((text[:at] + new + text[at + cut :]).split())
    if not line:
        return
    sentence = changed(part, number, line)
    stands = edited.numbers(sentence.text)
    assert set(sentence.by_hand) <= set(stands)
    printed = Counter(text[a:b] for a, b in edited.numbers(text))
    own = Counter(sentence.text[a:b] for a, b in stands if (a, b) not in sentence.by_hand)
    assert own <= printed  # a number without a mark is one that was there, and no oftener
    assert sentence == BEFORE.__getattribute__(part)[number] or sentence.origin == PERSON


@settings(max_examples=40, deadline=None)
@given(where=st.sampled_from(ALL), digit=st.integers(1, 9))
def test_another_digit_is_always_marked(where, digit):
    part, number = where
    text = LINES[part][number]
    spots = [spot for spot in edited.numbers(text) if text[spot[0]].isdigit()]
    if not spots:
        return
    start, _ = spots[digit % len(spots)]
    other = str((int(text[start]) + digit) % 10)
    sentence = changed(part, number, text[:start] + other + text[start + 1 :])
    assert any(a <= start < b for a, b in sentence.by_hand)
    assert len(sentence.by_hand) == 1
