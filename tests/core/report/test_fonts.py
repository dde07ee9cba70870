"""Letters: those that are there are kept, those that are not are refused, and both fonts have the same."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import BadInput
from core.report import fonts


@given(st.text(max_size=30))
def test_a_text_is_printable_or_refused(text):
    try:
        kept = fonts.checked(text)
    except BadInput:
        return
    assert all(one == "\n" or ord(one) in fonts.ready() for one in kept)
    assert all(one in kept or one in fonts.SPACES for one in unicodedata.normalize("NFC", text))


@given(st.text(alphabet=st.characters(min_codepoint=0x20, max_codepoint=0x7E)))
def test_plain_letters_are_left_as_they_are(text):
    assert fonts.checked(text) == text


def test_letters_that_were_typed_in_two_parts_become_one():
    assert fonts.checked("e\u0301") == "é"


def test_the_message_says_where_what_and_what_to_do():
    with pytest.raises(BadInput, match=r"in the note; found '漢' .*Spell it"):
        fonts.checked("漢字", "the note")


def test_the_fonts_are_small_and_come_with_their_licence():
    assert sum(path.stat().st_size for path in fonts.FOLDER.iterdir()) < 1_000_000
    assert "SIL Open Font License" in (fonts.FOLDER / "OFL.txt").read_text(encoding="utf-8")
