"""Events in words: short, and nothing of them lost to a reader."""

import pytest

from core.charts import trail_words


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ({}, ""),
        ({"now": "ab" * 32}, "now: abababababab…"),
        ({"was": None, "now": True}, "was: none · now: yes"),
        ({"fields": ["note", "stain"], "um_per_px": 0.25}, "fields: note, stain · um per px: 0.25"),
        ({"reviews": ["a"] * 4}, "reviews: 4"),
        ({"counts": {"images": 2, "runs": 1}}, "counts: images 2, runs 1"),
    ],
)
def test_details_in_words(told, words):
    assert trail_words.detail(told) == words


def test_actions_in_words():
    assert trail_words.action("user.signed_in") == "user signed in"
