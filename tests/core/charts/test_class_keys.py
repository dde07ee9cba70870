"""One key a class: every class has its own, and what the vocabulary's file says goes first."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.charts.class_keys import DIGITS, LETTERS, keys
from core.vocabulary import CellClass, Vocabulary, vocabularies, vocabulary

WORDS = vocabulary("shipped16")


@pytest.mark.parametrize("name", vocabularies())
def test_every_class_of_a_shipped_vocabulary_has_a_key_of_its_own(name):
    words = vocabulary(name)
    assert list(keys(words)) == list(words.codes)
    assert len(set(keys(words).values())) == len(words.codes)


def test_the_files_own_key_goes_before_a_letter_that_another_class_would_like():
    bare = replace(WORDS, classes=tuple(replace(c, key="b" if c.code == "smudge" else "") for c in WORDS.classes))
    found = keys(bare)
    assert found["smudge"] == "b"
    assert found["blast"] == "l"  # b is taken
    assert found["promyelocyte"] == "p"


@given(st.lists(st.tuples(st.text(max_size=12), st.booleans()), max_size=60))
def test_no_key_is_given_twice_and_none_is_left_unused_in_need(classes):
    own = iter(LETTERS)
    made = tuple(
        CellClass(f"c{i}", name, name, "", "#000000", frozenset(), key=next(own, "") if keyed else "")
        for i, (name, keyed) in enumerate(classes)
    )
    found = keys(Vocabulary("some", "", "", "", made))
    assert len(set(found.values())) == len(found)
    assert len(found) == min(len(made), len(LETTERS + DIGITS))
    assert set(found.values()) <= set(LETTERS + DIGITS)
    assert all(found[c.code] == c.key for c in made if c.key)
