"""Every page holds the notice, and opens without a case, without pictures, without an error."""

import pytest

from pages.components import notices
from tests.pages.conftest import words


@pytest.mark.parametrize("name", ["", "upload", "case", "models", "about"])
def test_every_page_says_research_use_only(opened, name):
    assert notices.RESEARCH_USE in words(opened(name))


def test_the_limits_are_written_down(opened):
    at = opened("about")
    said = " ".join(block.value for block in at.markdown)
    assert "low share is not a negative finding" in said
    assert "never saw a healthy control" in said
    assert "Promonocyte" in words(at)


def test_words_for_the_next_page_are_said_once(opened):
    at = opened()
    at.session_state["frame.flash"] = "AML-0001 was deleted."
    at.run()
    assert "AML-0001 was deleted." in words(at)
    at.run()
    assert "AML-0001 was deleted." not in words(at)
