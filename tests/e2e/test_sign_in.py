"""Signing in as people do: with a real OpenID Connect provider on this machine, and no request anywhere else."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e import prepared
from tests.e2e.conftest import Server, Watch, origin, watched
from tests.e2e.looking import settled
from tests.provider import Provider, provider

pytestmark = pytest.mark.browser

PEOPLE = {
    "1": {"name": "Ada Admin", "email": "ada@example.org", "email_verified": True},
    "2": {"name": "Vic Viewer", "email": "vic@example.org", "email_verified": True},
    "3": {"name": "Late Comer", "email": "late@example.org", "email_verified": True},
}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, Provider]]:
    """A server whose people sign in; Ada administers by setting."""
    home = tmp_path_factory.mktemp("home")
    (home / ".streamlit").mkdir()
    with provider(PEOPLE) as ours:
        ours.age["3"] = 13 * 3600
        (home / ".streamlit" / "secrets.toml").write_text(ours.secrets())
        env = {"HOME": str(home), "HEMABOARD_ADMINISTRATORS": "ada@example.org"}
        with prepared.house(tmp_path_factory.mktemp("data"), prepared.finished, **env) as server:
            yield server, ours


@contextmanager
def somebody(site: tuple[Server, Provider], browser: Browser, path: str = "/") -> Iterator[Page]:
    """A browser of one's own; besides the app it may ask the provider, and nobody else."""
    server, ours = site
    watch = Watch(origin(server.address))
    try:
        yield watched(server, browser, watch)(path)
    finally:
        watch.close()
    assert {origin(url) for url in watch.outside} <= {origin(ours.address)}
    assert watch.errors == []


def sign_in(page: Page, name: str) -> None:
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("link", name=name).click()
    page.locator(".hb-ruo").wait_for()


def test_roles_open_doors_and_buttons(site: tuple[Server, Provider], browser: Browser) -> None:
    with somebody(site, browser, "/case") as stranger:
        expect(stranger.get_by_role("heading", name="Sign in")).to_be_visible()
        expect(stranger.get_by_test_id("stSidebarNav")).to_have_count(0)
        sign_in(stranger, "Vic Viewer")
        expect(stranger.get_by_role("heading", name="without a role yet")).to_be_visible()
        with somebody(site, browser) as ada:
            sign_in(ada, "Ada Admin")
            expect(ada.get_by_role("heading", name="Worklist")).to_be_visible()
            expect(ada.locator(".hb-who")).to_contain_text("administrator")
            ada.get_by_role("link", name="Administration").click()
            row = ada.locator("[class*=st-key-row-user]", has_text="Vic Viewer")
            expect(row).to_contain_text("may do nothing yet")
            settled(ada)
            row.get_by_role("combobox", name="Role of Vic Viewer").click()
            ada.get_by_role("option", name="viewer").click()
            expect(row).to_contain_text("sees cases, boards and figures")
        stranger.reload()
        expect(stranger.get_by_role("heading", name="Worklist")).to_be_visible()
        expect(stranger.locator(".hb-who")).to_contain_text("Vic Viewer")
        expect(stranger.get_by_text(prepared.SMEAR.pseudonym, exact=True)).to_be_visible()
        expect(stranger.get_by_role("link", name="Administration")).to_have_count(0)
        stranger.get_by_role("button", name="Sign out").click()
        expect(stranger.get_by_role("heading", name="Sign in")).to_be_visible()
        expect(stranger.get_by_text(prepared.SMEAR.pseudonym)).to_have_count(0)


def test_a_sign_in_of_yesterday_is_over(site: tuple[Server, Provider], browser: Browser) -> None:
    with somebody(site, browser) as page:
        sign_in(page, "Late Comer")
        expect(page.get_by_role("heading", name="Your session has ended")).to_be_visible()
        expect(page.get_by_text(prepared.SMEAR.pseudonym)).to_have_count(0)
