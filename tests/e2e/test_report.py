"""The report's day: words edited, signed, filed, downloaded, checked on the command line, and outdated by a review."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from core.cases.store import CaseStore, open_store
from core.cli.main import main
from core.records import Review, Stream
from core.settings import Settings
from tests.e2e import prepared
from tests.e2e.conftest import Server
from tests.e2e.looking import accessible, fits, loaded, settled

pytestmark = pytest.mark.browser
MINE = "Seen together with the clinic."


@pytest.fixture(scope="module")
def cases() -> dict[str, str]:
    return {}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, cases: dict[str, str]) -> Iterator[Server]:
    def fill(store: CaseStore, settings: Settings) -> None:
        cases["smear"] = prepared.finished(store, settings)
        cases["label-free"] = prepared.label_free(store, settings, fields=3)

    with prepared.house(tmp_path_factory.mktemp("data"), fill, HEMABOARD_USER="Dr Weber") as server:
        yield server


def sheet(page: Page) -> Locator:
    return page.locator(".hb-sheet img:visible")


def downloaded(page: Page, label: str, into: Path) -> Path:
    settled(page)
    with page.expect_download() as coming:
        page.get_by_role("button", name=label, exact=True).click()
    file = into / coming.value.suggested_filename
    coming.value.save_as(file)
    return file


def verified(file: Path, capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    capsys.readouterr()
    return main(["verify", str(file)]), capsys.readouterr().out


def test_a_report_is_edited_signed_filed_and_checked(
    site: Server, browser: Browser, cases: dict[str, str], tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HEMABOARD_DATA", str(site.data))
    with prepared.person(site, browser, f"/case?case={cases['smear']}") as page:
        page.get_by_test_id("stMain").get_by_role("link", name="Report", exact=True).click()
        loaded(sheet(page))
        draft = str(sheet(page).get_attribute("src"))
        settled(page)
        card = page.locator(".st-key-box-summary")
        card.get_by_role("radio", name="Edit", exact=True).click()
        text = card.get_by_label("To check")
        text.fill(f"{text.input_value()}\n{MINE}")
        card.get_by_role("button", name="Keep as a new version").click()
        expect(card.locator(".hb-summary")).to_contain_text(MINE)
        expect(sheet(page)).not_to_have_attribute("src", draft)  # the words are on paper too

        settled(page)
        page.get_by_role("link", name="Review and sign").click()
        page.get_by_role("button", name="Sign this content").click()
        expect(page.locator(".hb-signature")).to_contain_text("Signed")
        settled(page)
        page.get_by_test_id("stMain").get_by_role("link", name="Report", exact=True).click()
        expect(page.get_by_role("heading", name="Report: AML-0147")).to_be_visible()
        expect(page.locator(".hb-signature")).to_contain_text("Signed")
        settled(page)
        page.get_by_role("button", name="File this report").click()
        expect(page.get_by_text("the case says the same now")).to_be_visible()
        papers = [
            downloaded(page, name, tmp_path) for name in ("Report, A4", "FHIR R4 bundle", "Everything stated, JSON")
        ]
        for file in papers:
            code, said = verified(file, capsys)
            assert (code, said.startswith("now: ")) == (0, True), (file.name, said)
            assert "by Dr Weber, signed" in said

        with closing(open_store(Settings(data=str(site.data)))) as store:
            cell = store.seen(cases["smear"]).cells[0].id
            now = dt.datetime.now(dt.UTC)
            store.add_review(cases["smear"], Review(cell, "Dr Weber", now, "", "monocyte", "", True, Stream.TARGETED))
        page.reload()
        expect(page.get_by_text("1 cell was named by a person")).to_be_visible()
        expect(page.locator(".hb-signature")).to_contain_text("void")
        for file in papers:
            code, said = verified(file, capsys)
            assert (code, said.startswith("changed: ")) == (1, True), (file.name, said)
            assert "the case has changed since: 1 cell was named by a person" in said
        papers[0].write_bytes(papers[0].read_bytes().replace(b"DRAFT", b"FINAL") + b"%")
        assert verified(papers[0], capsys)[0] == 2


@pytest.mark.parametrize(("kind", "scheme", "width"), [("smear", "dark", 1024), ("label-free", "light", 768)])
def test_pages_of_either_paper_are_looked_at(
    site: Server, browser: Browser, cases: dict[str, str], kind: str, scheme: str, width: int
) -> None:
    with prepared.person(site, browser, f"/report?case={cases[kind]}", scheme=scheme, width=width) as page:
        loaded(sheet(page))
        settled(page)
        page.get_by_role("radio", name="Letter", exact=True).click()
        expect(page.locator(".hb-sheet.letter")).to_be_visible()
        settled(page)
        page.get_by_role("radio", name="Page 2", exact=True).click()
        expect(sheet(page)).to_have_attribute("alt", "Page 2 of 3 of the report, on Letter")
        loaded(sheet(page))
        fits(page)
        accessible(page)
