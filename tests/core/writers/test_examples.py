"""What a language model is shown is what the guard lets through."""

from __future__ import annotations

import pytest

from core.evaluate.summaries.made import KINDS, cases
from core.writers import examples, guard, sending
from tests.core.writers import golden


def told(asked):
    return examples.examples(sending.offered(asked))


@pytest.mark.parametrize("name", golden.CASES)
def test_the_guard_lets_every_example_through(name):
    asked = golden.CASES[name]()
    for text in told(asked):
        assert guard.judged(text, asked, "m").sentence, text


def test_there_is_one_of_every_kind_of_fact():
    said = " ".join(text for case in cases(len(KINDS)) for text in told(case.asked))
    for id in (
        "cblc.ratio",
        "criteria.icc",
        "me.ratio",
        "cell.label",
        "cell.cd",
        ".above}",
        ".diameter}",
        "odd_share}",
    ):
        assert id in said
    assert "Segmented neutrophils make up {class.segmented.share}, " in said
    assert "The largest class is segmented neutrophils, at {class.segmented.share}." in said


def test_nothing_is_shown_of_what_is_withheld_or_not_there():
    withheld = golden.CASES["withheld"]()
    assert not [text for text in told(withheld) if "share" in text]
    assert examples.examples(()) == ()


def test_a_refused_sentence_has_an_example_on_its_own_fact():
    facts = sending.offered(golden.CASES["marrow"]())
    assert examples.like("The ratio runs to {me.ratio}, they say.", facts) == "The M:E ratio is {me.ratio}."
    assert examples.like("Nothing of {case.note}.", facts) == ""
