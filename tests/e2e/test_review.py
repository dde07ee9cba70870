"""Review as people do it: a blinded sample by keyboard, two observers, a signature and what voids it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from core.cases.store import open_store
from core.doors.review import Deed
from core.records import Stream
from core.settings import Settings
from tests.e2e import prepared
from tests.e2e.conftest import Server
from tests.e2e.looking import fits, settled

pytestmark = pytest.mark.browser
DRAWN = 4


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with prepared.house(tmp_path_factory.mktemp("data"), prepared.finished, HEMABOARD_USER="Dr Weber") as server:
        yield server


@pytest.fixture
def review(site: Server, browser: Browser) -> Iterator[Callable[..., Page]]:
    with closing(open_store(Settings(data=str(site.data)))) as store:
        (row,) = store.cases()
    opened = []

    def page(**look: object) -> Page:
        opened.append(prepared.person(site, browser, f"/review?case={row.id}", **look))
        found = opened[-1].__enter__()
        expect(found.locator(".hb-signature")).to_be_visible()
        return found

    yield page
    for one in opened:
        one.__exit__(None, None, None)


def part(page: Page, name: str) -> None:
    page.get_by_role("radio", name=name, exact=True).or_(page.get_by_role("button", name=name, exact=True)).click()


def declared(page: Page, label: str) -> None:
    settled(page)
    number = page.get_by_label(label)
    number.fill(str(DRAWN))
    number.press("Tab")
    page.get_by_test_id("stBaseButton-primaryFormSubmit").click()


def cells(page: Page) -> Locator:
    return page.get_by_role("listbox", name="Cells").get_by_role("option")


def read(page: Page, keys: str) -> None:
    """Name the cells of the gallery one after another, each by its key."""
    expect(cells(page)).to_have_count(len(keys))
    settled(page)
    cells(page).first.click()
    for key in keys:
        page.keyboard.press(key)


def test_a_blinded_sample_two_observers_and_a_signature(site: Server, review: Callable[..., Page]) -> None:
    page = review()
    expect(page.locator(".hb-signature")).to_contain_text("Draft")

    part(page, "Random sample")
    declared(page, "Cells to read (declared now, then kept to)")
    expect(page.get_by_text(f"0 of {DRAWN} declared cells read")).to_be_visible()
    expect(cells(page).filter(has_text="not named")).to_have_count(DRAWN)  # no call is sent before it is revealed
    read(page, "bbsl")
    expect(page.get_by_role("heading", name="Three ways to the same share")).to_be_visible()
    expect(page.get_by_role("cell", name="random sample", exact=True)).to_have_count(2)
    page.get_by_role("button", name="Reveal the machine").click()
    expect(page.get_by_role("heading", name="Changed minds")).to_be_visible()

    part(page, "Two observers")
    declared(page, "Cells for each observer")
    read(page, "bbsl")
    expect(page.get_by_text(f"first observer: {DRAWN} of {DRAWN}")).to_be_visible()
    part(page, "second observer")
    expect(cells(page).filter(has_text="not named")).to_have_count(DRAWN)  # what the other said is not sent
    read(page, "bbsm")
    page.get_by_role("button", name="End the round and compare", exact=True).click()
    expect(page.get_by_text("3 of 4 cells that both read")).to_be_visible()
    read(page, "m")  # the one in dispute
    part(page, "History")
    expect(page.get_by_role("cell", name="settled", exact=False).first).to_be_visible()

    part(page, "Sign-off")
    page.get_by_role("button", name="Sign this content").click()
    banner = page.locator(".hb-signature")
    expect(banner).to_contain_text("Signed")
    expect(banner).to_contain_text("Dr Weber")
    expect(banner).to_contain_text("unauthenticated")

    with closing(open_store(Settings(data=str(site.data)))) as store:
        (row,) = store.cases()
        said = store.reviews(row.id)
        random = [one for one in said if one.stream is Stream.RANDOM]
        assert len(random) == DRAWN
        assert all(not one.saw_call and one.probability for one in random)
        assert {one.actor for one in said if one.stream is Stream.OBSERVER} == {
            "Dr Weber, first observer",
            "Dr Weber, second observer",
        }
        assert [one.now for one in said if one.stream is Stream.ADJUDICATED] == ["monocyte"]
        assert [one.deed for one in store.review.signatures(row.id)] == [Deed.SIGNED]
        store.verify_trail()


def test_a_change_from_elsewhere_voids_the_signature_before_everybody(
    site: Server, review: Callable[..., Page]
) -> None:
    with closing(open_store(Settings(data=str(site.data)))) as store:
        (row,) = store.cases()
        page = review(width=768, scheme="dark")
        expect(page.locator(".hb-signature")).to_contain_text("Signed")
        cell = store.seen(row.id).cells[-1].id
        said = store.reviews(row.id)[0]
        store.add_review(row.id, prepared.replace(said, cell=cell, stream=Stream.TARGETED, probability=None))
    page.reload()
    expect(page.locator(".hb-signature")).to_contain_text("Signature void")
    expect(page.locator(".hb-signature")).to_contain_text("1 review was added")
    page.get_by_role("button", name="Reopen").click()
    page.get_by_label("Why is the case reopened?").fill("a cell was looked at again")
    page.get_by_role("button", name="Take the signature back").click()
    expect(page.locator(".hb-signature")).to_contain_text("a cell was looked at again")
    fits(page)
