"""The worklist, many cases by a table, and two runs side by side, in a real browser and without any network's run."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from core.cases.store import CaseStore
from core.protocols import RunState
from core.records import Specimen
from core.settings import Settings
from tests import fakes
from tests.e2e.conftest import Server
from tests.e2e.looking import fits, loaded, settled
from tests.e2e.prepared import SMEAR, finished, house, person

pytestmark = pytest.mark.browser

DISCS = [(60.0, 60.0, 20.0, "blast"), (140.0, 120.0, 18.0, "lymphocyte")]
MANIFEST = """folder,pseudonym,specimen,um_per_px
case-1,NEW-1,blood,0.11
case-2,AML-0147,marrow,
case-3,jo@clinic.org,spleen,
../case-4,NEW-4,blood,
"""


def fill(store: CaseStore, settings: Settings) -> None:
    """One case with two runs of which the second called every blast a promyelocyte; thirty without pictures."""
    for number in range(30):
        store.add_case(replace(SMEAR, pseudonym=f"OLD-{number:02d}", specimen=list(Specimen)[number % 2]), actor="x")
    case_id = finished(store, settings, fields=2)
    seen = store.seen(case_id)
    calls = tuple(replace(c, label="promyelocyte") if c.label == "blast" else c for c in seen.calls)
    store.add_run(case_id, "again", 2, actor="x")
    store.advance_run("again", RunState.RUNNING, done=0)
    better = replace(seen.models[1], digest="e" * 64)
    again = replace(seen, calls=tuple(replace(c, model="e" * 64) for c in calls), models=(seen.models[0], better))
    store.add_seen(case_id, "again", again)
    store.advance_run("again", RunState.DONE, done=2)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with house(tmp_path_factory.mktemp("worklist"), fill) as server:
        yield server


def search(page: Page, words: str) -> None:
    settled(page)
    box = page.get_by_role("textbox", name="Search")
    box.fill(words)
    box.press("Enter")


def test_cases_are_found_tagged_noted_and_their_filter_is_saved(served: Server, browser: Browser) -> None:
    with person(served, browser) as page:
        rows = page.locator("[class*=st-key-row-]")
        expect(rows).to_have_count(25)
        page.get_by_role("button", name="Next", exact=True).first.click()
        expect(page.get_by_text("26–31 of 31 cases")).to_be_visible()
        search(page, "old-0")
        expect(rows).to_have_count(10)

        for place in (0, 1):
            settled(page)
            rows.nth(place).get_by_role("checkbox").press("Space")  # by keyboard
        expect(page.get_by_text("2 cases chosen")).to_be_visible()
        settled(page)
        page.get_by_role("button", name="Tags", exact=True).click()
        page.get_by_role("combobox", name=re.compile("Tag")).last.fill("pilot study")
        page.keyboard.press("Enter")
        page.get_by_role("button", name="Add to all").click()
        expect(rows.locator(".hb-tag.word", has_text="pilot study")).to_have_count(2)

        search(page, "pilot")
        expect(rows).to_have_count(2)
        settled(page)
        page.get_by_role("button", name="Saved filters").click()
        page.get_by_label("Save the filters as").fill("the pilots")
        page.get_by_role("button", name="Save", exact=True).click()
        expect(page.get_by_role("button", name="Saved filters (1)")).to_be_visible()

        settled(page)
        rows.nth(0).get_by_role("button", name="More").click()
        dialog = page.get_by_role("dialog")
        dialog.get_by_label("New note").fill("born 3.5.1961")
        dialog.get_by_role("button", name="Add the note").click()
        expect(dialog.get_by_text("The note holds a date.")).to_be_visible()
        settled(page)
        dialog.get_by_label("New note").fill("smudges in field 3")
        dialog.get_by_role("button", name="Add the note").click()
        expect(dialog.locator(".hb-note")).to_contain_text("smudges in field 3")
        page.keyboard.press("Escape")
        expect(rows.nth(0).get_by_role("button", name="Notes (1)")).to_be_visible()


def test_a_table_of_many_cases_is_shown_row_by_row_first(served: Server, browser: Browser, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "batch.zip", "w") as archive:
        for number in (1, 2, 3):
            archive.writestr(f"case-{number}/field.png", fakes.png(fakes.field(DISCS, seed=50 + number)))
        archive.writestr("manifest.csv", MANIFEST)
    with person(served, browser, "/upload") as page:
        page.get_by_role("radio", name="Many cases, by a table").click()
        with page.expect_download() as template:
            page.get_by_role("button", name="Template").click()
        assert Path(template.value.path()).read_text(encoding="utf-8").startswith("file,folder,pseudonym,specimen")
        page.get_by_role("radio", name="A ZIP").click()
        plain = page.locator("input[type=file]:not([webkitdirectory])")
        expect(plain).to_have_count(2)
        plain.nth(1).set_input_files(tmp_path / "batch.zip")
        lines = page.locator(".hb-file")
        expect(lines).to_have_count(4)
        expect(lines.nth(0)).to_contain_text("Ready")
        expect(lines.nth(1)).to_contain_text("There is already a case of AML-0147")
        expect(lines.nth(2)).to_contain_text("an e-mail address")
        expect(lines.nth(3)).to_contain_text("one that leads out of it")
        start = page.get_by_role("button", name="Store 2 cases and start the analyses")
        expect(start).to_be_disabled()
        page.get_by_text("I have looked at the 1 row with a remark").click()
        expect(start).to_be_enabled()


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (768, "dark")])
def test_two_runs_stand_side_by_side(served: Server, browser: Browser, width: int, scheme: str) -> None:
    with person(served, browser, "/", width=width, scheme=scheme) as page:
        search(page, "AML-0147")
        row = page.locator("[class*=st-key-row-]")
        expect(row).to_have_count(1)
        expect(row.get_by_text("other models")).to_be_visible()
        row.get_by_role("button", name="More").click()
        page.get_by_role("tab", name="Analysis").click()
        page.get_by_role("link", name="Compare old and new").click()
        expect(page.get_by_role("heading", name="Calls that changed")).to_be_visible()
        expect(page.get_by_role("row").filter(has_text="Promyelocyte").last).to_be_visible()
        crop = page.locator(".hb-grid img").first
        crop.scroll_into_view_if_needed()
        loaded(crop)
        fits(page)
