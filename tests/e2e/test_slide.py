"""A whole slide in the browser: zoomed, a region drawn, looked at until enough, its ratio settling, its cells."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from core.cases.store import CaseStore, open_store
from core.records import CaseInfo, Modality, Specimen
from core.settings import Settings
from core.slides.fields import Region
from tests import slide_of_discs
from tests.e2e import prepared
from tests.e2e.conftest import Server, serving
from tests.e2e.looking import accessible, box, fits, in_scheme, settled, steady, until
from tests.e2e.stand_ins import held

pytestmark = pytest.mark.browser
SEEN = 180  # seconds in which a busy machine has looked at all fields
LOOKS = ((1280, "light"), (1024, "dark"), (768, "light"))
INFO = CaseInfo("AML-0420", Specimen.BLOOD, Modality.SMEAR)


@pytest.fixture(scope="module")
def cases() -> dict[str, str]:
    return {}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, cases: dict[str, str]) -> Iterator[Server]:
    folder = Path(tmp_path_factory.mktemp("slide"))
    slide_of_discs.made(folder / "discs.tif", 7000, 5200)
    slide_of_discs.made(folder / "given.tif", 4400, 3000)
    store: CaseStore = open_store(Settings(data=str(folder)))
    try:
        cases["slide"] = store.add_case(INFO, actor="test")
        store.slides.add(cases["slide"], folder / "discs.tif", actor="test")
    finally:
        store.close()
    env = {"HEMABOARD_DATA": str(folder), "HEMABOARD_DEMO": "false", "HEMABOARD_FIELDS_PER_STEP": "1"}
    with serving(folder, env, module="tests.e2e.stand_ins") as started:
        yield started


def viewer(page: Page) -> Locator:
    """The slide with every tile in view on it."""
    page.locator(".viewer[data-there=true]").wait_for()
    return page.locator(".viewer")


def dragged(page: Page, place: Locator, start: tuple[float, float], end: tuple[float, float]) -> None:
    """From and to: parts of the width and height."""
    area = box(place)
    (x0, y0), (x1, y1) = ((area["x"] + area["width"] * x, area["y"] + area["height"] * y) for x, y in (start, end))
    page.mouse.move(x0, y0)
    page.mouse.down()
    page.mouse.move((x0 + x1) / 2, (y0 + y1) / 2)
    page.mouse.move(x1, y1)
    page.mouse.up()


def test_a_slide_is_looked_at_from_its_regions_to_its_cells(
    server: Server, browser: Browser, cases: dict[str, str]
) -> None:
    with prepared.person(server, browser, f"/slide?case={cases['slide']}", width=1280) as page:
        slide = viewer(page)
        settled(page)
        canvas = slide.locator("canvas.large")
        zoomed_by_wheel(page, slide, canvas)
        drawn_moved_and_removed(page, slide, canvas)
        page.get_by_text("a width of the interval").click()
        page.get_by_label("Width from end to end, percentage points").fill("50")
        page.get_by_label("Width from end to end, percentage points").press("Enter")
        expect(page.get_by_text("It ends when the interval is 50 points wide")).to_be_visible()
        accessible(page)
        with held(server.data):
            page.get_by_role("button", name="Start the analysis").click()
            expect(page.get_by_text("No counted cell yet.")).to_be_visible()
            expect(page.get_by_role("button", name="Cancel analysis")).to_be_visible()
        expect(page.get_by_role("heading", name="What was found")).to_be_visible(timeout=1000 * SEEN)
        expect(page.get_by_text("planned fields of slide 1 were looked at")).to_be_visible()
        expect(page.locator(".hb-settling .plot .course")).to_be_visible()
        slide = viewer(page)
        expect(slide.get_by_role("group", name="Classes whose cells are shown")).to_contain_text("blast")
        a_cell_is_named_under_the_pointer(page, slide)
        for width, scheme in LOOKS:
            page.set_viewport_size({"width": width, "height": 900})
            page.emulate_media(color_scheme=scheme)
            in_scheme(page, scheme)
            settled(page)
            fits(page, f"{width} {scheme}")
        accessible(page)
        page.get_by_role("link", name="Go on to the case").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("AML-0420")
        expect(page.get_by_text("planned fields of slide 1 were looked at")).to_be_visible()


def test_a_slide_given_as_a_picture_is_set_up_by_finger_left_cancelled_gone_on_with_and_ended(
    server: Server, browser: Browser
) -> None:
    with prepared.person(server, browser, "/upload", width=1024) as page:
        taken_over(page, server.data / "given.tif")
        with fingers(page) as touch, kept_by(server, page) as kept:
            by_finger(viewer(page), touch, kept)
        regions = page.locator(".viewer .side [data-region]")
        drawn = regions.all_inner_texts()
        page.reload()
        expect(page.get_by_text("The regions as you left them")).to_be_visible()
        viewer(page)
        assert regions.all_inner_texts() == drawn
        with held(server.data, after=4):
            settled(page)
            page.get_by_role("button", name="Start the analysis").click()
            expect(page.get_by_text(re.compile(r"counted cells?, [1-5] of 6 fields"))).to_be_visible()
            page.get_by_role("button", name="Cancel analysis").click()
            page.get_by_role("button", name="Go on where it stopped").click()
            page.get_by_role("button", name="End here and count what was seen").click()
            expect(page.get_by_text("It ends after the fields at hand")).to_be_visible()
        expect(page.get_by_role("heading", name="What was found")).to_be_visible(timeout=1000 * SEEN)
        expect(page.get_by_text("not: a person ended it")).to_be_visible()


def taken_over(page: Page, file: Path) -> None:
    """It becomes a case and its slide with the bytes that were given."""
    page.locator("input[type=file]").set_input_files(file)
    expect(page.locator(".hb-file").filter(has_text="given.tif")).to_contain_text("pyramidal TIFF, 4")
    page.get_by_role("radio", name="Peripheral blood").click()
    page.get_by_label("Pseudonym").fill("AML-0421")
    page.get_by_label("Pseudonym").press("Enter")
    page.get_by_role("button", name="Store and go on to the slide").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Whole slide: AML-0421")


Touch = Callable[..., None]
"""Fingers on the screen, each (x, y); then where they are moved to. All of them leave it there."""


@contextmanager
def fingers(page: Page) -> Iterator[Touch]:
    client = page.context.new_cdp_session(page)
    client.send("Emulation.setTouchEmulationEnabled", {"enabled": True, "maxTouchPoints": 2})

    def touch(*ways: tuple[tuple[float, float], ...]) -> None:
        kinds = ["touchStart", *["touchMove"] * (len(ways[0]) - 1)]
        for step, kind in enumerate(kinds):
            points = [{"x": way[step][0], "y": way[step][1], "id": n} for n, way in enumerate(ways)]
            client.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
        client.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})

    try:
        yield touch
    finally:
        client.send("Emulation.setTouchEmulationEnabled", {"enabled": False})
        client.detach()


Kept = Callable[[], tuple[Region, ...]]


@contextmanager
def kept_by(server: Server, page: Page) -> Iterator[Kept]:
    """What the store holds of the page's regions."""
    settings = Settings(data=str(server.data))
    case = parse_qs(urlsplit(page.url).query)["case"][0]
    with closing(open_store(settings)) as store:
        (slide,) = store.slides.slides(case)
        yield lambda: store.slides.drafts.kept(case, slide.id, actor=settings.user) or ()


def by_finger(slide: Locator, touch: Touch, kept: Kept) -> None:
    """A region is added in the middle, let go of, picked by a tap, stretched by its corner; another is drawn over the
    whole slide; two fingers zoom."""
    regions = slide.locator(".side [data-region]")
    there = steady(regions.count)
    slide.get_by_role("button", name="Add one in view").click()
    expect(regions).to_have_count(there + 1)
    added, area = regions.last, box(slide.locator("canvas.large"))
    until(lambda: len(kept()) == there + 1)
    before = kept()

    def at(across: float, down: float) -> tuple[float, float]:
        return area["x"] + across * area["width"], area["y"] + down * area["height"]

    touch((at(0.02, 0.02),))
    expect(added).to_have_attribute("aria-pressed", "false")
    touch((at(0.5, 0.5),))
    expect(slide.locator(".side [aria-pressed=true]")).to_have_count(1)
    added.click()
    size, area = added.inner_text(), box(slide.locator("canvas.large"))  # the list may have had the page scrolled
    corner = at(0.7, 0.7)
    touch((corner, (corner[0] + 20, corner[1] + 15), (corner[0] + 60, corner[1] + 40)))
    until(lambda: added.inner_text() != size)
    until(lambda: kept() != before)
    slide.get_by_role("button", name="Draw a region").click()
    area = box(slide.locator("canvas.large"))
    touch((at(0.02, 0.03), at(0.5, 0.5), at(0.98, 0.97)))
    expect(regions).to_have_count(there + 2)
    until(lambda: len(kept()) == there + 2)
    expect(slide.get_by_role("button", name="Zoom out")).to_be_disabled()
    area = box(slide.locator("canvas.large"))
    near = [at(0.45, 0.9), at(0.4, 0.9), at(0.3, 0.9)], [at(0.55, 0.9), at(0.6, 0.9), at(0.7, 0.9)]
    touch(*(tuple(way) for way in near))
    expect(slide.get_by_role("button", name="Zoom out")).to_be_enabled()


def a_cell_is_named_under_the_pointer(page: Page, slide: Locator) -> None:
    """Discs lie 180 pixels apart in what was looked at, which may be anywhere: the pointer goes over it place by place.

    The page may still be moving: where the slide lies is asked again at every place.
    """
    tip, parts = slide.locator(".tip"), [k / 10 for k in range(1, 10)]
    places = itertools.cycle(itertools.product(parts, parts))

    def met() -> bool:
        area, (across, down) = box(slide.locator("canvas.large")), next(places)
        for further in range(0, 60, 5):
            page.mouse.move(area["x"] + across * area["width"], area["y"] + down * area["height"] + further)
            if tip.is_visible():
                return True
        return False

    until(met)  # the cells come after the tiles
    expect(tip).to_have_text(re.compile("blast|segmented|lymphocyte|promyelocyte|smudge|monocyte"))


def zoomed_by_wheel(page: Page, slide: Locator, canvas: Locator) -> None:
    """Zooming out can go no further while the whole slide is in view."""
    out, area = slide.get_by_role("button", name="Zoom out"), box(canvas)
    expect(out).to_be_disabled()
    page.mouse.move(area["x"] + 200, area["y"] + 200)
    page.mouse.move(area["x"] + 260, area["y"] + 230)
    for _ in range(6):
        page.mouse.wheel(0, -240)
    expect(out).to_be_enabled()
    page.locator(".viewer[data-there=true]").wait_for()
    page.get_by_role("button", name="Whole slide", exact=True).click()
    expect(out).to_be_disabled()


def drawn_moved_and_removed(page: Page, slide: Locator, canvas: Locator) -> None:
    """One region by the mouse, one by the keyboard, which then goes again."""
    regions = slide.locator(".side [data-region]")
    there = steady(regions.count)
    page.get_by_role("button", name="Draw a region").click()
    dragged(page, canvas, (0.02, 0.03), (0.98, 0.97))
    expect(regions).to_have_count(there + 1)
    expect(regions.last).to_contain_text("drawn here")
    size = regions.last.inner_text()
    canvas.focus()
    page.keyboard.press("Shift+ArrowLeft")
    until(lambda: regions.last.inner_text() != size)
    page.keyboard.press("r")
    expect(regions).to_have_count(there + 2)
    page.keyboard.press("Delete")
    expect(regions).to_have_count(there + 1)
    expect(page.get_by_text("of the 12 that cover the slide")).to_be_visible()
