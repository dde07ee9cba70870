"""A label-free case as a reader works on it: a lasso picks cells, views are switched, a cut-off is moved."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace

import pytest
from playwright.sync_api import Browser, Page, expect

from core.records import Domain
from tests.e2e import prepared
from tests.e2e.conftest import Server
from tests.e2e.looking import box, fits, settled, until

pytestmark = pytest.mark.browser

SHAPE = "canvas => canvas.width / canvas.height"


@pytest.fixture(scope="module")
def cases() -> dict[str, str]:
    return {}


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory, cases: dict[str, str]) -> Iterator[Server]:
    def fill(store, settings) -> None:
        cases["drawn"] = prepared.label_free(store, settings)
        person = replace(prepared.LABEL_FREE, pseudonym="DPC-0099", domain=Domain.REAL)
        cases["person"] = prepared.label_free(store, settings, person)

    with prepared.house(tmp_path_factory.mktemp("label-free"), fill) as server:
        yield server


def lassoed(page: Page, plot) -> None:
    """Around everything: the points' places are the data's business, not this test's."""
    settled(page)
    place = box(plot.locator(".nsewdrag").first)
    x, y = place["x"] + place["width"] / 2, place["y"] + place["height"] / 2
    across, down = 0.49 * place["width"], 0.49 * place["height"]
    corners = [(math.copysign(1, a), math.copysign(1, b)) for a, b in ((-1, -1), (1, -1), (1, 1), (-1, 1), (-1, -1))]
    page.mouse.move(x - across, y - down)
    page.mouse.down()
    for right, low in corners[1:]:
        page.mouse.move(x + right * across, y + low * down, steps=4)
    page.mouse.up()


def test_a_lasso_picks_cells_views_switch_and_the_cut_off_moves(
    house: Server, browser: Browser, cases: dict[str, str]
) -> None:
    with prepared.person(house, browser, f"/case?case={cases['drawn']}") as page:
        board = page.locator(".board[data-painted]")
        expect(board).to_be_visible()
        expect(board.locator(".tile").first).to_contain_text("convolutions 30")
        lassoed(page, page.locator(".st-key-box-scatter .js-plotly-plot"))
        expect(board.locator(".notes")).to_contain_text("cells picked elsewhere")
        board.get_by_role("button", name="Show all").click()
        expect(board.locator(".notes")).to_be_hidden()

        picture = board.locator(".tile canvas").first
        until(lambda: picture.evaluate(SHAPE) == pytest.approx(5, rel=0.02))
        board.get_by_label("Picture", exact=True).select_option("phase")
        until(lambda: picture.evaluate(SHAPE) == 1)  # both sides in one look: they change one after the other
        expect(board.locator("option", has_text="saliency: not here")).to_be_disabled()

        slider = page.get_by_role("slider", name="Move the cut-off")
        slider.focus()
        slider.press("ArrowRight")
        expect(page.get_by_text(", entered")).to_be_visible()
        for shape in ("Ridges", "Histograms"):
            page.get_by_role("radio", name=shape).click()
            expect(page.locator(".st-key-box-marker .js-plotly-plot")).to_have_count(1)


def test_a_persons_case_withholds_markers_and_still_picks_cells(
    house: Server, browser: Browser, cases: dict[str, str]
) -> None:
    with prepared.person(house, browser, f"/case?case={cases['person']}", width=768, scheme="dark") as page:
        expect(page.locator(".hb-withheld")).to_contain_text("learned from simulated cells")
        expect(page.locator(".st-key-box-scatter .ytitle")).to_have_text("Area, pixels")
        page.get_by_role("button", name="Show these cells").click()
        expect(page.locator(".board .notes")).to_contain_text("Only the 76 cells picked elsewhere")
        fits(page)
