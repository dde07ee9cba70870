"""The page of a site verification in a real browser: asks nobody, fits a tablet, tells its verdict in both schemes."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from core.verify.judge import judged
from core.verify.limits import limits
from core.verify.page import page
from core.vocabulary import vocabulary
from tests.core.verify.sites import Truth, site
from tests.e2e.looking import LATE

pytestmark = pytest.mark.browser
WORDS, LIMITS = vocabulary("shipped16"), limits()


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (1024, "dark"), (768, "light"), (768, "dark")])
@pytest.mark.parametrize(("truth", "verdict"), [(Truth(), "Go"), (Truth(bias=0.3), "No-go")])
def test_the_page_stands_alone_and_fits(
    browser: Browser, tmp_path: Path, width: int, scheme: str, truth: Truth, verdict: str
) -> None:  # fmt: skip
    whole = site(truth)
    file = tmp_path / "verification.html"
    text = page(whole, LIMITS, judged(whole, LIMITS), WORDS, dt.date(2026, 11, 21), "A laboratory")
    file.write_text(text, encoding="utf-8")
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
    asked: list[str] = []
    errors: list[str] = []
    context.on("request", lambda request: asked.append(request.url))
    context.on("console", lambda said: errors.append(said.text) if said.type == "error" else None)
    context.on("weberror", lambda error: errors.append(str(error.error)))
    try:
        sheet = context.new_page()
        sheet.set_default_timeout(1000 * LATE)
        sheet.goto(file.as_uri())
        expect(sheet.locator(".verdict b")).to_have_text(verdict)
        expect(sheet.locator("svg.chart").first).to_be_visible()
        assert sheet.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
        assert len(sheet.pdf(format="A4")) > 10_000
    finally:
        context.close()
    assert asked == [file.as_uri()]
    assert errors == []
