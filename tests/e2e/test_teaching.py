"""Learning to name cells in a real browser: by keyboard, revealed at once, kept, scored; decks; the composite."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from core.cases.store import CaseStore
from core.records import Domain, Review
from core.settings import Settings
from tests.e2e import prepared
from tests.e2e.conftest import Server
from tests.e2e.looking import accessible, box, fits, loaded, settled, until

pytestmark = pytest.mark.browser

# Whether the reveal stands there when the key's own turn ends: no server, no timer, no frame lies between.
IN_ITS_TURN = """key => {
  const find = (place) => { for (const e of place.querySelectorAll('*')) {
    if (e.classList.contains('right') && e.closest('.quiz')) return e;
    const inside = e.shadowRoot && find(e.shadowRoot); if (inside) return inside; } };
  document.body.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, composed: true, cancelable: true }));
  return Boolean(find(document).querySelector('.verdict'));
}"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A case of photographs (as far as the app knows) and a synthetic one, every cell of both named by somebody."""

    def fill(store: CaseStore, settings: Settings) -> None:
        for info in (prepared.SMEAR, replace(prepared.SMEAR, pseudonym="Drawn", domain=Domain.PROCEDURAL)):
            case_id = prepared.finished(store, settings, info, fields=3)
            now = dt.datetime.now(dt.UTC)
            calls = store.seen(case_id).calls
            store.add_reviews(case_id, [Review(c.cell, "Dr Ahrens", now, c.label, c.label, "", True) for c in calls])

    with prepared.house(Path(tmp_path_factory.mktemp("teaching")), fill, HEMABOARD_USER="a learner") as started:
        yield started


@pytest.fixture
def page(server: Server, browser: Browser) -> Iterator[Page]:
    with prepared.person(server, browser, "/teaching") as opened:
        opened.locator(".choices").wait_for()
        yield opened


def _named(page: Page, key: str) -> None:
    page.keyboard.press(key)
    page.locator(".verdict").wait_for()


def _practised(page: Page, title: str) -> None:
    """Chosen, and the practice before it gone."""
    before = page.locator(".quiz").get_attribute("data-made")
    settled(page)
    chosen = page.get_by_role("combobox", name="Practice")
    chosen.click()
    chosen.fill(title)
    page.get_by_role("option", name=title).click()
    page.locator(f'.quiz:not([data-made="{before}"])').wait_for()
    expect(page.locator(".quiz")).to_have_count(1)


def test_a_cell_is_named_by_key_revealed_at_once_kept_and_scored(page: Page) -> None:
    loaded(page.locator(".stage img"))
    expect(page.locator(".choices button")).to_have_count(16)
    for number, key in enumerate(("b", "b", "m", "l", "l")):  # no cell is a monocyte: one answer at least is wrong
        if number:
            _named(page, key)
        else:
            assert page.evaluate(IN_ITS_TURN, key)
        expect(page.locator(".who")).to_have_text("Reviewed by Dr Ahrens.")
        expect(page.locator(".right")).to_contain_text("What the model called it")
        expect(page.locator(".beside img").nth(2)).to_be_visible()
        page.keyboard.press("Enter")
        page.locator(".choices").wait_for()
    expect(page.locator(".tally")).to_contain_text(re.compile(r"\d of 5 right at first sight"))

    page.get_by_role("radio", name="Score").click()  # what was answered is in the store, not in the page
    expect(page.get_by_text("of 5 cells; 95 % interval")).to_be_visible()
    page.locator(".matrix table").wait_for()
    wrong = page.locator(".matrix button.wrong")
    right = page.locator(".matrix button.right")
    until(lambda: sum(int(count) for count in [*wrong.all_inner_texts(), *right.all_inner_texts()]) == 5)
    settled(page)
    wrong.first.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".hb-grid.teaching img")).to_have_count(int(wrong.first.inner_text()))
    expect(page.get_by_role("heading", name=re.compile(r"cells?: \w+.*, named"))).to_be_visible()
    expect(page.locator(".js-plotly-plot")).to_be_visible()
    accessible(page)


def test_the_quiz_is_used_without_a_mouse(page: Page) -> None:
    page.keyboard.press("?")
    expect(page.locator(".help")).to_be_visible()
    page.keyboard.press("?")
    expect(page.locator(".help")).to_be_hidden()
    whole = page.locator(".stage img").evaluate("picture => picture.style.transform")
    page.keyboard.press("+")
    until(lambda: page.locator(".stage img").evaluate("picture => picture.style.transform") != whole)
    page.keyboard.press("Shift+F")
    expect(page.locator(".stage .ring")).to_be_visible()
    expect(page.locator("[data-do=field]")).to_have_attribute("aria-pressed", "true")
    page.locator(".choices button").nth(3).focus()
    page.keyboard.press("Enter")  # a focused class is chosen by Enter
    page.locator(".verdict").wait_for()
    expect(page.locator(".next")).to_be_visible()
    page.keyboard.press("ArrowRight")
    page.locator(".choices").wait_for()
    accessible(page)


def test_drawn_cells_without_end_are_marked_and_scored_apart(page: Page) -> None:
    _practised(page, "Drawn cells without end (synthetic)")
    expect(page.locator(".tag.synthetic")).to_be_visible()
    expect(page.locator(".stage img")).to_have_attribute("src", re.compile("/api/drawn/cell/"))
    for _ in range(2):
        _named(page, "x")
        expect(page.locator(".who")).to_have_text("Drawn by a program as this class.")
        expect(page.get_by_text("No model looked at this cell.")).to_be_visible()
        page.keyboard.press("Enter")
        page.locator(".choices").wait_for()
    expect(page.locator(".tally")).to_contain_text(re.compile(r"of 2 drawn cells right at first sight"))
    page.get_by_role("radio", name="Score").click()
    page.get_by_role("radio", name="Drawn cells (synthetic)").click()
    expect(page.get_by_text("of 2 cells; 95 % interval")).to_be_visible()


def test_a_deck_is_built_named_through_and_gone_when_closed(page: Page) -> None:
    page.get_by_role("radio", name="Decks").click()
    settled(page)
    page.get_by_role("combobox", name="Cases").click()
    page.get_by_role("option", name=re.compile("^AML-0147")).click()
    page.keyboard.press("Escape")
    page.get_by_label("Name").fill("Two to name")
    page.get_by_label("Cells at most").fill("2")
    page.get_by_label("Cells at most").press("Tab")
    expect(page.get_by_text("36 cells fit the choice")).to_be_visible()
    page.get_by_role("button", name="Build the deck").click()
    expect(page.get_by_text("“Two to name” was built: 2 cells.")).to_be_visible()

    page.get_by_role("radio", name="Quiz").click()
    expect(page.locator(".quiz")).to_have_count(1)
    _practised(page, "Two to name · 2")
    expect(page.locator(".tally")).to_contain_text("0 of 2 cells met")
    for met in (1, 2):
        page.locator(".choices").wait_for()
        page.locator(".choices button", has_text="smudge").click()
        expect(page.locator(".tally")).to_contain_text(f"{met} of 2 cells met")
        page.locator(".next").click()
    page.get_by_role("radio", name="Decks").click()
    page.get_by_role("button", name="Close", exact=True).click()
    expect(page.get_by_role("button", name="Open again")).to_be_visible()


@pytest.mark.parametrize(("width", "scheme"), [(1024, "dark"), (768, "light")])
def test_the_quiz_fits_a_tablet(server: Server, browser: Browser, width: int, scheme: str) -> None:
    with prepared.person(server, browser, "/teaching", width=width, scheme=scheme) as page:
        page.locator(".choices").wait_for()
        loaded(page.locator(".stage img"))
        settled(page)
        before = box(page.locator(".stage"))
        _named(page, "b")
        assert box(page.locator(".stage")) == before  # the cell stays where it is
        fits(page)
        until(lambda: page.locator(".quiz").evaluate("quiz => quiz.scrollWidth <= quiz.clientWidth"))
