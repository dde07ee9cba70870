"""Names are found as whole words, the longest first, and mean what the case means by them."""

from __future__ import annotations

import pytest

from core.writers import subjects
from tests.core.writers import golden

KNOWN = subjects.names(golden.smear(golden.HAEMATOPOIESIS, golden.MARROW).facts)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Blasts and blast equivalents", ["blasts"]),
        ("Blasts, and myelocytes", ["class.blast", "class.myelocyte"]),
        ("blastoma, erythroblastosis, CD161", []),
        ("{class.blast.share}", []),
        ("Blast equivalents", ["class.blast"]),
        ("WHO 5th ed. 2022 or WHO", ["who", "who"]),
        ("CBLC-3, the early-cell composite", ["cblc", "cblc"]),
        ("Others", []),
    ],
)
def test_a_name_is_a_whole_word_and_the_longest_that_stands_there(text, found):
    assert [one.subject for one in subjects.mentions(text, KNOWN)] == found
