"""How the browser tests look: what is there twice for a moment is waited for, what stays twice is refused."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Error, Locator, Page, expect

from tests.e2e.single import waiting

pytestmark = pytest.mark.browser
TWO = "<button>go</button><button id=old>go</button>"
SOON = "<script>setTimeout(() => document.querySelector('#old').remove(), 700)</script>"


@pytest.fixture
def page(browser: Browser) -> Page:
    return browser.new_page()


def test_what_is_there_twice_for_a_moment_is_waited_for(page: Page) -> None:
    button = page.get_by_role("button")
    page.set_content(TWO + SOON)
    button.click()
    page.set_content(TWO + SOON)
    expect(button).to_have_text("go")
    page.set_content(TWO + SOON)
    expect(button).not_to_have_text("stop")
    page.set_content(TWO + SOON)
    assert button.inner_text() == "go"


def test_what_stays_twice_is_refused(page: Page) -> None:
    page.set_content(TWO)
    with pytest.raises(Error, match="strict mode violation"):
        waiting(Locator.click.__wrapped__, 0.3)(page.get_by_role("button"))
