"""A smear's page as a person uses it: sections, the field viewer, and what links them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from core.cases.store import CaseStore
from core.settings import Settings
from tests.e2e import prepared
from tests.e2e.conftest import Server
from tests.e2e.looking import accessible, fits, loaded, settled, steady, until
from tests.e2e.looking import box as lies

pytestmark = pytest.mark.browser

SECTIONS = ("Overview", "Differential", "Cells", "Fields", "Details")
SCALE = "viewer => viewer.viewer.view.scale"
PLACE = "viewer => [viewer.viewer.view.x, viewer.viewer.view.y]"


@pytest.fixture(scope="module")
def case() -> dict[str, str]:
    return {}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, case: dict[str, str]) -> Iterator[Server]:
    def fill(store: CaseStore, settings: Settings) -> None:
        case["id"] = prepared.finished(store, settings)

    with prepared.house(Path(tmp_path_factory.mktemp("smear")), fill) as started:
        yield started


def section(page: Page, name: str) -> None:
    page.get_by_role("tab", name=name).click()
    expect(page.get_by_role("tab", name=name)).to_have_attribute("aria-selected", "true")


def viewer(page: Page) -> Locator:
    """The viewer with a field in it."""
    found = page.locator(".viewer")
    expect(found).to_have_count(1)  # that of the section before has gone
    expect(found.locator(".told")).to_be_hidden()
    expect(found.locator(".classes button").first).to_be_visible()
    return found


def test_every_section_fits_and_is_accessible(server: Server, browser: Browser, case: dict[str, str]) -> None:
    for width, scheme in ((1280, "light"), (768, "dark")):
        with prepared.person(server, browser, f"/case?case={case['id']}", width=width, scheme=scheme) as page:
            for name in SECTIONS:
                section(page, name)
                settled(page)
                fits(page, f"{name} {width}")
                if width == 768:
                    accessible(page, name)


def test_sections_are_reached_by_keyboard(server: Server, browser: Browser, case: dict[str, str]) -> None:
    with prepared.person(server, browser, f"/case?case={case['id']}") as page:
        page.get_by_role("tab", name="Overview").focus()
        page.keyboard.press("ArrowRight")
        page.keyboard.press("Enter")
        expect(page.get_by_role("tab", name="Differential")).to_have_attribute("aria-selected", "true")
        row = page.get_by_role("button", name="Show the cells called Blast")
        row.focus()
        page.keyboard.press("Enter")
        expect(page.get_by_role("tab", name="Cells")).to_have_attribute("aria-selected", "true")
        expect(page.locator(".board")).to_be_visible()


def test_a_class_a_field_and_a_cell_lead_to_one_another(server: Server, browser: Browser, case: dict[str, str]) -> None:
    with prepared.person(server, browser, f"/case?case={case['id']}") as page:
        section(page, "Differential")
        page.locator("tr[data-pick=lymphocyte]").click()
        expect(page.get_by_role("tab", name="Cells")).to_have_attribute("aria-selected", "true")
        expect(page.locator(".board .filters [aria-pressed=true]")).to_contain_text("lymphocyte")

        section(page, "Fields")
        held = viewer(page)
        page.locator("tr[data-pick]").nth(3).click()
        expect(held.locator("select")).to_have_js_property("selectedIndex", 3)
        expect(held.locator(".told")).to_be_hidden()

        held.locator("canvas").focus()
        page.keyboard.press("n")
        expect(held.locator(".side .crop")).to_be_visible()
        called = held.locator(".side h4").text_content() or ""
        held.get_by_role("button", name="Find it in the gallery").click()
        expect(page.get_by_role("tab", name="Cells")).to_have_attribute("aria-selected", "true")
        again = viewer(page)  # below the gallery, at the same cell
        expect(again.locator("select")).to_have_js_property("selectedIndex", 3)
        expect(again.locator(".side h4")).to_have_text(called)

        page.locator(".board").get_by_role("button", name="Show in its field").scroll_into_view_if_needed()
        page.locator(".board .list [role=option]").last.click()
        page.locator(".board").get_by_role("button", name="Show in its field").click()
        expect(viewer(page).locator("canvas")).to_be_in_viewport()


def test_the_viewer_zooms_pans_hides_and_shows(server: Server, browser: Browser, case: dict[str, str]) -> None:
    with prepared.person(server, browser, f"/case?case={case['id']}") as page:
        section(page, "Fields")
        held = viewer(page)
        stage = held.locator("canvas")
        stage.scroll_into_view_if_needed()
        expect(held.locator(".scale")).to_have_text("scale unknown")
        settled(page)
        box = lies(stage)
        whole = steady(lambda: held.evaluate(SCALE))
        middle = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        page.mouse.move(middle[0] - 5, middle[1])
        page.mouse.move(*middle)
        page.mouse.wheel(0, -600)
        until(lambda: held.evaluate(SCALE) > whole * 1.5)
        before = steady(lambda: held.evaluate(PLACE))
        page.mouse.down()
        page.mouse.move(middle[0] - 60, middle[1] - 40, steps=4)
        page.mouse.up()
        moved = steady(lambda: held.evaluate(PLACE))
        assert moved[0] < before[0] - 30
        assert moved[1] < before[1] - 20
        held.get_by_role("button", name="Whole field").click()
        until(lambda: abs(held.evaluate(SCALE) - whole) < 1e-6)
        expect(held.get_by_role("button", name="Zoom out")).to_be_disabled()

        cell = held.evaluate("v => { const [a, b, c, d] = v.viewer.cells[0].box; return [(a + c) / 2, (b + d) / 2] }")
        at = held.evaluate(
            "(v, [x, y]) => { const w = v.viewer.view; return [w.x + x * w.scale, w.y + y * w.scale] }", cell
        )
        stage.click(position={"x": at[0], "y": at[1]})
        loaded(held.locator(".side .crop"))
        expect(held.locator(".side .chances dt").first).to_be_visible()

        name = held.locator(".side h4").inner_text().lower()
        chip = held.locator(".classes button", has_text=name)
        chip.click()
        expect(chip).to_have_attribute("aria-pressed", "false")
        page.keyboard.press("Escape")
        stage.click(position={"x": at[0], "y": at[1]})
        expect(held.locator(".side .crop")).to_have_count(0)  # a hidden cell cannot be picked
        held.get_by_role("button", name="Show all").click()
        expect(chip).to_have_attribute("aria-pressed", "true")


def test_what_was_looked_at_stays_when_a_section_was_left(
    server: Server, browser: Browser, case: dict[str, str]
) -> None:
    with prepared.person(server, browser, f"/case?case={case['id']}") as page:
        section(page, "Fields")
        held = viewer(page)
        held.get_by_role("button", name="Next field").click()
        expect(held.locator(".told")).to_be_hidden()
        held.get_by_role("button", name="Zoom in").click()
        scale = steady(lambda: held.evaluate(SCALE))
        section(page, "Details")
        expect(page.locator(".viewer")).to_have_count(0)
        section(page, "Fields")
        held = viewer(page)
        expect(held.locator("select")).to_have_js_property("selectedIndex", 1)
        until(lambda: abs(held.evaluate(SCALE) - scale) < 1e-3 * scale)
