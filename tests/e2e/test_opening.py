"""From one page to another while the first refreshes by itself: the page that comes must survive it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from playwright.sync_api import Browser, expect

from core.cases.store import CaseStore
from core.decode import read as decode
from core.settings import Settings
from tests import fakes
from tests.e2e.conftest import Server
from tests.e2e.prepared import SMEAR, house, person

pytestmark = pytest.mark.browser
TRIES = 3  # with a button instead of a link about every second try lost the page


def fill(store: CaseStore, settings: Settings) -> None:
    """Cases that wait their turn, so that the worklist looks again every 1.5 s and a case's page every 0.8 s."""
    for number in range(4):
        case_id = store.add_case(replace(SMEAR, pseudonym=f"WAITS-{number}"), actor="x")
        field = fakes.upload(np.full((64, 64, 3), 200 + number, np.uint8))
        store.add_images(case_id, decode.images([field], settings, SMEAR.modality).images, actor="x")
        store.add_run(case_id, f"{case_id}-1", 1, actor="x")


@pytest.fixture(scope="module")
def waiting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with house(tmp_path_factory.mktemp("opening"), fill) as server:
        yield server


def test_a_case_opens_at_once_from_a_list_that_refreshes(waiting: Server, browser: Browser) -> None:
    for _ in range(TRIES):
        with person(waiting, browser) as page:
            rows = page.locator("[class*=st-key-row-]")
            expect(rows).to_have_count(4)
            page.get_by_role("textbox", name="Search").fill("WAITS-1")
            page.get_by_role("textbox", name="Search").press("Enter")
            expect(rows).to_have_count(1)
            rows.get_by_role("link", name="Open", exact=True).click()
            expect(page.get_by_role("heading", level=1)).to_have_text("WAITS-1")
            page.wait_for_timeout(2500)  # three refreshes: it was the second that lost the page
            expect(page.get_by_role("heading", level=1)).to_have_text("WAITS-1")
