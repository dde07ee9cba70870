"""From one page to another while the first refreshes by itself: the page that comes must survive it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from playwright.sync_api import Browser, expect

from core.cases.store import CaseStore
from core.protocols import RunState
from core.settings import Settings
from tests.e2e.conftest import Server
from tests.e2e.prepared import SMEAR, house, person

pytestmark = pytest.mark.browser
CASES = 4
TRIES = 3


def fill(store: CaseStore, _: Settings) -> None:
    """Runs that never end: their state says that somebody works on them, so that pages go on refreshing."""
    for number in range(CASES):
        case_id = store.add_case(replace(SMEAR, pseudonym=f"RUNS-{number}"), actor="x")
        store.add_run(case_id, f"{case_id}-1", 1, actor="x")
        store.advance_run(f"{case_id}-1", RunState.RUNNING, done=0)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with house(tmp_path_factory.mktemp("opening"), fill) as server:
        yield server


def test_a_case_opens_at_once_from_a_list_that_refreshes(running: Server, browser: Browser) -> None:
    """With a button in place of the link, about every third try lost the page on a loaded machine."""
    for _ in range(TRIES):
        with person(running, browser) as page:
            rows = page.locator("[class*=st-key-row-]")
            expect(rows).to_have_count(CASES)
            page.get_by_role("textbox", name="Search").fill("RUNS-1")
            page.get_by_role("textbox", name="Search").press("Enter")
            expect(rows).to_have_count(1)
            rows.get_by_role("link", name="Open", exact=True).click()
            expect(page.get_by_role("heading", level=1)).to_have_text("RUNS-1")
            page.wait_for_timeout(2500)  # three refreshes of the page that came: the second one lost it
            expect(page.get_by_role("heading", level=1)).to_have_text("RUNS-1")
