"""An answer that is still coming: what is whole and good is told, in whatever pieces it comes."""

from __future__ import annotations

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from core.writers.partial import Partial
from tests.core.writers import golden
from tests.core.writers.endpoint import reply

ASKED = golden.smear()
GOOD = ("CBLC-3 is {cblc.ratio}.", "{adequacy.counted} were counted.")
BAD = 'Blasts are "high" at {class.blast.share}.'


@settings(max_examples=40, deadline=None)
@given(cuts=st.lists(st.integers(1, 40), min_size=1, max_size=30))
def test_in_whatever_pieces_it_comes_the_same_is_told(cuts):
    whole = reply([GOOD[0], BAD, GOOD[1]])
    found, at, before = Partial(ASKED, "tiny"), 0, 0
    for cut in [*cuts, len(whole)]:
        at = min(at + cut, len(whole))
        found.hear(whole[:at])
        assert len(found.passed) + found.refused >= before
        before = len(found.passed) + found.refused
    assert (len(found.passed), found.refused, found.characters) == (2, 1, len(whole))
    assert found.passed[0].startswith("CBLC-3 is ")
    assert "{" not in "".join(found.passed)
    assert "high" not in "".join(found.passed)


def test_a_second_answer_adds_to_the_first_and_repeats_nothing():
    found = Partial(ASKED, "tiny")
    found.hear(reply([GOOD[0], BAD]))
    again = reply(GOOD)
    for at in range(0, len(again) + 1, 5):
        found.hear(again[:at])
    found.hear(again)
    assert len(found.passed) == 2


def test_what_is_no_sentence_breaks_nothing():
    found = Partial(ASKED, "tiny")
    for text in ("", "{", '{"text": "\\x"}', json.dumps({"text": "\ud800"}), '{"text": 5, "text": "'):
        found.hear(text)
    assert found.passed == ()
