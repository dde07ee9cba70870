"""The cell gallery as a reader uses it: keys, mouse, undo, the review queue; every edit once in the store."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, WebSocket, expect

from core import labels
from core.cases.store import CaseStore, open_store
from core.records import Review
from core.settings import Settings
from tests.e2e import prepared
from tests.e2e.conftest import Server
from tests.e2e.looking import faultless, fits, settled, steady, until

pytestmark = pytest.mark.browser

Opened = Callable[..., Page]
AT_ONCE = """(list, keys) => {
  for (const key of keys) list.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, composed: true }));
}"""
FIELDS = {"keys": 2, "mouse": 2, "burst": 3, "queue": 2}  # of twelve cells each


@pytest.fixture(scope="module")
def cases() -> dict[str, str]:
    return {}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, cases: dict[str, str]) -> Iterator[Server]:
    def fill(store: CaseStore, settings: Settings) -> None:
        cases.update({name: prepared.finished(store, settings, fields=some) for name, some in FIELDS.items()})

    with prepared.house(Path(tmp_path_factory.mktemp("gallery")), fill, HEMABOARD_USER="Dr Weber") as started:
        yield started


@contextmanager
def kept(server: Server) -> Iterator[CaseStore]:
    store = open_store(Settings(data=str(server.data)))
    try:
        yield store
    finally:
        store.close()


def reviews(server: Server, case_id: str) -> list[Review]:
    with kept(server) as store:
        return store.reviews(case_id)


def gallery(opened: Opened, case_id: str, **look: object) -> Page:
    page = opened(f"/case?case={case_id}", **look)
    page.get_by_role("tab", name="Cells").click()
    page.locator(".board[data-painted]").wait_for()
    return page


def saved(page: Page) -> None:
    expect(page.locator(".saved")).to_have_text("All changes saved.")


def chip(page: Page, name: str) -> str:
    return page.locator(".chip").filter(has_text=name).locator("b").inner_text()


def test_keys_name_cells_undo_takes_back_and_the_page_follows(opened: Opened, server: Server, cases: dict) -> None:
    page = gallery(opened, cases["keys"])
    blasts = int(chip(page, "blasts"))
    strip = page.get_by_role("status", name="Shares now")
    expect(strip).to_contain_text("0 reviewed")
    page.locator(".list").focus()
    page.keyboard.press("Home")
    page.keyboard.press("n")  # a blast becomes a band neutrophil, and the next cell is in question
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")  # the name that stands is confirmed
    saved(page)
    until(lambda: (chip(page, "band neutrophils"), int(chip(page, "blasts"))) == ("1", blasts - 1))
    first, second = reviews(server, cases["keys"])
    assert (first.actor, first.was, first.now, first.saw_call) == ("Dr Weber", "blast", "band", True)
    assert (second.was, second.now) == ("blast", "blast")
    expect(strip).to_contain_text("2 reviewed")  # without another key or click

    page.keyboard.press("Control+z")
    page.keyboard.press("Control+z")
    saved(page)
    expect(page.locator(".chip").filter(has_text="band neutrophils")).to_have_count(0)
    after = reviews(server, cases["keys"])
    assert [review.reason for review in after[2:]] == [labels.TAKEN_BACK] * 2  # appended, never overwritten
    assert labels.last(after) == {}
    page.keyboard.press("Control+y")
    saved(page)
    assert [review.now for review in labels.last(reviews(server, cases["keys"])).values()] == ["band"]


def test_the_mouse_picks_ranges_and_frames_and_one_key_names_them_all(
    opened: Opened, server: Server, cases: dict
) -> None:
    page = gallery(opened, cases["mouse"])
    tiles = page.locator(".tile")
    picked = page.locator(".tile[aria-selected=true]")
    tile = lambda place: page.locator(f'.tile[aria-posinset="{place}"]')  # noqa: E731
    tile(1).click()
    tile(4).click(modifiers=["Shift"])
    expect(picked).to_have_count(4)
    tile(2).click(modifiers=["ControlOrMeta"])
    expect(picked).to_have_count(3)
    page.keyboard.press("m")
    saved(page)
    assert [review.now for review in reviews(server, cases["mouse"])] == ["monocyte"] * 3
    expect(page.locator(".chip").filter(has_text="monocytes")).to_contain_text("3")

    settled(page)  # figures above the gallery have followed
    start, end = steady(lambda: (tile(1).bounding_box(), tile(3).bounding_box()))  # together: nothing scrolls between
    assert start
    assert end
    page.mouse.move(start["x"] + 10, start["y"] + 10)
    page.mouse.down()
    page.mouse.move(end["x"] + 20, end["y"] + 30, steps=4)
    page.mouse.up()
    expect(picked).to_have_count(3)
    page.keyboard.press("Escape")
    expect(picked).to_have_count(0)
    page.keyboard.press("Control+a")
    expect(page.locator(".picked")).to_contain_text("24 selected")
    tiles.first.hover()
    expect(page.locator(".hover")).to_contain_text("Diameter")


def test_thirty_keys_at_once_arrive_each_once_in_few_batches(opened: Opened, server: Server, cases: dict) -> None:
    sent: list[int] = []
    page = gallery(opened, cases["burst"])
    page.on("websocket", lambda socket: _counted(socket, sent))
    page.reload()
    page.get_by_role("tab", name="Cells").click()
    page.locator(".board[data-painted]").wait_for()
    page.get_by_label("Group by").select_option("none")
    page.locator(".list").focus()
    page.keyboard.press("Home")
    settled(page)
    before = len(sent)
    keys = "bnsmlpeyta" * 3
    page.locator(".list").evaluate(AT_ONCE, list(keys))  # from here, each key might take as long as a batch waits
    saved(page)
    messages = len(sent) - before
    said = reviews(server, cases["burst"])
    codes = {"b": "blast", "n": "band", "s": "segmented", "m": "monocyte", "l": "lymphocyte", "p": "promyelocyte",
             "e": "eosinophil", "y": "myelocyte", "t": "metamyelocyte", "a": "basophil"}  # fmt: skip
    assert [review.now for review in said] == [codes[key] for key in keys]
    assert len({review.cell for review in said}) == 30
    assert messages <= 15  # no rerun per keystroke


def _counted(socket: WebSocket, sent: list[int]) -> None:
    socket.on("framesent", lambda _: sent.append(1))


def test_the_review_queue_counts_down_and_reference_cells_lie_beside(
    opened: Opened, server: Server, cases: dict
) -> None:
    page = gallery(opened, cases["queue"])
    queue = page.locator(".chip.queue")
    expect(queue).to_contain_text("0 of 12")
    queue.click()
    expect(page.locator(".picked")).to_contain_text("12 of 24")
    page.get_by_label("Why").fill("clear lobes")
    page.locator(".list").focus()
    page.keyboard.press("Home")
    for _ in range(3):
        page.keyboard.press("Enter")
    saved(page)
    expect(queue).to_contain_text("3 of 12")
    expect(page.locator(".progress")).to_contain_text("3 of 12 reviewed")
    assert {review.reason for review in reviews(server, cases["queue"])} == {"clear lobes"}
    expect(page.locator(".others .row").first).to_be_visible()
    expect(page.locator(".others .other").nth(2)).to_be_visible()
    page.locator(".ground").click()
    expect(page.locator(".ground")).to_have_attribute("aria-pressed", "false")
    page.keyboard.press("Tab")
    _accessible(page)


def test_the_gallery_is_accessible_and_says_its_keys_on_a_dark_tablet(opened: Opened, cases: dict) -> None:
    page = gallery(opened, cases["queue"], width=768, scheme="dark")
    _accessible(page)
    page.locator(".list").focus()
    page.keyboard.press("?")
    dialog = page.get_by_role("dialog", name="Keys and mouse")
    expect(dialog).to_contain_text("promyelocyte")
    _accessible(page)
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    until(lambda: page.locator(".list").evaluate("list => list.getRootNode().activeElement === list"))
    fits(page)


def _accessible(page: Page) -> None:
    faultless(lambda: _faults(page), page.url)


def _faults(page: Page) -> list[object]:
    found = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "best-practice"]}).response["violations"]
    return [
        (violation["id"], node["target"], node["failureSummary"])
        for violation in found
        if violation["impact"] in ("serious", "critical")
        for node in violation["nodes"]
        if re.search(r"board|tile|chip|side", str(node["target"]) + node["html"][:200])
    ]
