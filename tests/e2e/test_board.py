"""A tumour board as a room sees it: made on the page, opened by its link, stepped through by keys, nothing written."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
from playwright.sync_api import Browser, expect

from core.cases.store import CaseStore, open_store
from core.doors.board import Board, Layout, Shown
from core.records import Findings
from core.settings import Settings
from tests.e2e import prepared
from tests.e2e.conftest import Server
from tests.e2e.looking import fits, in_scheme, loaded, settled, until

pytestmark = pytest.mark.browser
AUER = replace(prepared.SMEAR, findings=Findings(auer_rods=True))


def shown(store: CaseStore, case: str, cells: int = 3) -> Shown:
    seen = store.seen(case)
    return Shown(case, tuple(cell.id for cell in seen.cells[:cells]), (seen.images[0].id,))


@pytest.fixture(scope="module")
def links() -> dict[str, str]:
    return {}


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory, links: dict[str, str]) -> Iterator[Server]:
    def fill(store: CaseStore, settings: Settings) -> None:
        first = prepared.finished(store, settings, AUER)
        second = prepared.label_free(store, settings, fields=3)
        again = prepared.finished(store, settings, prepared.SMEAR)
        for title, layout, cases in (
            ("Two", Layout.TWO, (first, second)), ("Course", Layout.SERIAL, (first, again)),
        ):  # fmt: skip
            board = Board(title, layout, tuple(shown(store, case) for case in cases))
            links[title] = f"/board?board={store.board.add(board, actor='dr a')}"

    with prepared.house(tmp_path_factory.mktemp("board"), fill) as server:
        yield server


def events(house: Server) -> int:
    store = open_store(Settings(data=str(house.data)))
    try:
        return store.verify_trail()
    finally:
        store.close()


def test_a_board_is_made_and_its_link_only_reads(house: Server, browser: Browser) -> None:
    with prepared.person(house, browser, "/board") as page:
        page.get_by_label("Title").fill("Ward two")
        page.get_by_label("Title").press("Enter")
        settled(page)
        page.get_by_role("combobox", name="Case").click()
        page.get_by_role("option", name=re.compile("AML-0147")).first.click()
        page.keyboard.press("Escape")  # the list stays open, and nothing behind it can be reached
        page.get_by_role("button", name="Make the board").click()
        expect(page.locator(".hb-case", has_text="Ward two")).to_be_visible()
        row = page.locator("[class*=st-key-row-]").filter(has_text="Ward two")
        link = str(row.get_by_role("link", name="Show").get_attribute("href")).split("/")[-1]
    before = events(house)
    with prepared.person(house, browser, f"/{link}") as page:
        expect(page.get_by_role("heading", name="Case A")).to_be_visible()
        expect(page.get_by_test_id("stSidebar")).to_be_hidden()
        expect(page.get_by_test_id("stHeader")).to_be_hidden()
        expect(page.locator(".stepper figure")).to_be_visible()
        figure = page.locator(".hb-figure b").first
        until(lambda: figure.evaluate("e => parseFloat(getComputedStyle(e).fontSize)") >= 40)  # from the last row
        settled(page)
        assert "AML-0147" not in page.content()
        expect(page.locator("button:not(.stepper button):visible, input:visible")).to_have_count(0)
    assert events(house) == before


@pytest.mark.parametrize(("scheme", "width"), [("dark", 1280), ("light", 768)])
def test_arrow_keys_step_through_both_cases(
    house: Server, browser: Browser, links: dict[str, str], scheme: str, width: int
) -> None:
    with prepared.person(house, browser, links["Two"], scheme=scheme, width=width) as page:
        expect(page.get_by_text("Exclude APL urgently")).to_be_visible()
        count = page.locator(".stepper .count")
        expect(count).to_have_text("1 of 4")
        expect(page.locator(".stepper figure")).to_have_count(2)
        picture = page.locator(".stepper img").first
        first = str(picture.get_attribute("src"))
        page.keyboard.press("ArrowRight")
        expect(count).to_have_text("2 of 4")
        expect(picture).not_to_have_attribute("src", first)
        page.keyboard.press("ArrowLeft")
        page.keyboard.press("ArrowLeft")
        expect(count).to_have_text("1 of 4")
        page.keyboard.press("End")
        expect(count).to_have_text("4 of 4")
        expect(page.locator(".stepper figure polygon").first).to_be_attached()
        page.keyboard.press("o")
        expect(page.locator(".stepper figure polygon")).to_have_count(0)
        loaded(picture)
        in_scheme(page, scheme)
        fits(page)


def test_a_course_over_time(house: Server, browser: Browser, links: dict[str, str]) -> None:
    with prepared.person(house, browser, links["Course"]) as page:
        expect(page.locator(".js-plotly-plot")).to_have_count(2)
        expect(page.get_by_role("heading", name="Blasts and blast equivalents")).to_be_visible()
        expect(page.get_by_text("(Sample 1)")).to_be_visible()  # whose alert it is
        expect(page.locator(".stepper .count")).to_have_text("1 of 8")
        page.keyboard.press("End")
        expect(page.locator(".stepper figcaption")).to_contain_text("Sample 2")
        settled(page)
        assert "AML-0147" not in page.content()
