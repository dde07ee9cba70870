"""Does the background decide? A case is tested, watched, read, and a test is cancelled, in the browser."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from core.cases.store import CaseStore, open_store
from core.settings import Settings
from tests.e2e import prepared
from tests.e2e.conftest import Server, serving
from tests.e2e.looking import accessible, fits, in_scheme, loaded, settled
from tests.e2e.stand_ins import held

pytestmark = pytest.mark.browser
CANCELLED = re.compile(r"It was cancelled by local user, .*; nothing of it was kept\.")
TESTED = 180  # seconds in which a busy machine has tested 72 cells
LOOKS = ((1280, "light"), (1024, "dark"), (768, "light"))


@pytest.fixture(scope="module")
def cases() -> dict[str, str]:
    return {}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, cases: dict[str, str]) -> Iterator[Server]:
    folder = Path(tmp_path_factory.mktemp("robustness"))
    settings = Settings(data=str(folder))
    store: CaseStore = open_store(settings)
    try:
        cases["smear"] = prepared.finished(store, settings)
    finally:
        store.close()
    env = {"HEMABOARD_DATA": str(folder), "HEMABOARD_DEMO": "false"}
    with serving(folder, env, module="tests.e2e.stand_ins") as started:
        yield started


def test_a_case_is_tested_and_the_cells_that_changed_are_listed(
    server: Server, browser: Browser, cases: dict[str, str]
) -> None:
    with prepared.person(server, browser, f"/robustness?case={cases['smear']}", width=1280) as page:
        expect(page.get_by_text("Not tested yet")).to_be_visible()
        with held(server.data):
            page.get_by_role("button", name="Test the surroundings").click()
            expect(page.get_by_text("The test is running")).to_be_visible()
        expect(page.get_by_role("heading", name="How far each number moves")).to_be_visible(timeout=1000 * TESTED)
        expect(page.get_by_text("The test is running")).to_have_count(0)
        expect(page.get_by_role("row", name="All classes")).to_contain_text("72 of 72")
        cells = page.locator(".hb-turned")
        expect(cells).to_have_count(6)
        masked = cells.first.locator("figure.flipped").last
        expect(masked).to_contain_text("Masked out")
        masked.scroll_into_view_if_needed()  # pictures out of sight are not fetched
        loaded(masked.locator("img"))
        for width, scheme in LOOKS:
            page.set_viewport_size({"width": width, "height": 900})
            page.emulate_media(color_scheme=scheme)
            in_scheme(page, scheme)
            settled(page)
            fits(page, f"{width} {scheme}")
        accessible(page)
        page.get_by_role("link", name="Show it in its field").first.click()
        expect(page.get_by_role("heading", level=1)).to_have_text("AML-0147")
        expect(page.get_by_role("heading", name="Where it lies in its field")).to_be_visible()


def test_a_test_under_way_is_cancelled(server: Server, browser: Browser, cases: dict[str, str]) -> None:
    with prepared.person(server, browser, f"/robustness?case={cases['smear']}", width=1280) as page:
        with held(server.data):
            page.get_by_role("button", name="Draw the curves").click()
            expect(page.get_by_text("The test is running")).to_be_visible()
            page.get_by_role("button", name="Cancel the test").click()
            expect(page.get_by_text(CANCELLED)).to_be_visible()  # the cells at hand have not ended
        expect(page.get_by_text("The test is running")).to_have_count(0)
        expect(page.get_by_role("button", name="Draw the curves")).to_be_enabled()
