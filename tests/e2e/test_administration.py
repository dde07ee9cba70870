"""A laboratory's day in a browser: a control marked, the trail filtered, verified and taken along, a case held."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e import prepared
from tests.e2e.conftest import Server
from tests.e2e.looking import settled

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    env = {"HEMABOARD_USER": "Dr Weber", "HEMABOARD_RETENTION_DAYS": "365"}
    with prepared.house(tmp_path_factory.mktemp("data"), prepared.finished, **env) as server:
        yield server


def test_a_day_in_the_laboratory(site: Server, browser: Browser) -> None:
    with prepared.person(site, browser, "/control") as page:
        _control(page)
        page.get_by_role("link", name="Audit trail").click()
        _trail(page)
        page.get_by_role("link", name="Administration").click()
        _hold(page)
        page.get_by_role("link", name="Health").click()
        expect(page.get_by_text("Hemaboard makes no backups")).to_be_visible()
        expect(page.get_by_text("Everything that Hemaboard needs works.")).to_be_visible()


def _control(page: Page) -> None:
    expect(page.get_by_text("No control yet.")).to_be_visible()
    settled(page)
    page.get_by_role("combobox", name="Case").click()
    page.get_by_role("option", name=prepared.SMEAR.pseudonym).click()
    page.get_by_label("Lot", exact=True).fill("L-2026/17")
    page.get_by_role("button", name="Mark as control").click()
    expect(page.get_by_text("Being established")).to_be_visible()
    expect(page.locator(".js-plotly-plot")).to_have_count(8)


def _trail(page: Page) -> None:
    page.get_by_role("button", name="Verify", exact=True).click()
    expect(page.get_by_text("each as it was written. Checked at")).to_be_visible()
    settled(page)
    page.get_by_role("combobox", name="What").click()
    page.get_by_role("option", name="control marked").click()
    expect(page.get_by_text("1 event · page 1 of 1")).to_be_visible()
    expect(page.locator(".hb-table.trail")).to_contain_text("Dr Weber")
    with page.expect_download() as started:
        page.get_by_role("button", name="Export 1 event as CSV").click()
    content = Path(started.value.path()).read_text(encoding="utf-8")
    (line,) = csv.DictReader(io.StringIO(content))
    assert (line["actor"], line["action"]) == ("Dr Weber", "control.marked")
    assert "L-2026/17" not in content


def _hold(page: Page) -> None:
    expect(page.get_by_text("Nobody signs in at this site")).to_be_visible()
    page.get_by_role("tab", name="Keeping cases").click()
    expect(page.get_by_text("nothing happened for 365 days")).to_be_visible()
    settled(page)
    page.get_by_role("combobox", name="Case").click()
    page.get_by_role("option", name=prepared.SMEAR.pseudonym).click()
    page.get_by_label("Reason").fill("study audit")
    page.get_by_role("button", name="Place a hold").click()
    expect(page.get_by_role("button", name="Release")).to_be_visible()
