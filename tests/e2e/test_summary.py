"""A summary as a person makes it: bytes looked at, sent, watched while it comes, edited, cancelled, taken up again."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from core.cases.store import CaseStore, open_store
from core.doors.words import Kind
from core.settings import Settings
from core.summaries import PERSON
from tests.core.writers.endpoint import Heard, event, reply, serving
from tests.e2e import looking, prepared
from tests.e2e.conftest import Server

pytestmark = pytest.mark.browser
FIRST = reply(
    ["CBLC-3 is {cblc.ratio}.", "Blasts are high at {class.blast.share}.", "Blasts make up {class.blast.share}."]
)
SECOND = reply(["{adequacy.counted} were counted."])
PATIENCE = 120_000  # ms
HELD = 500  # seconds an answer may be held back, by the model and by whoever waits for it


@dataclass
class Model:
    """A language model that says half of its first answer and waits until it is let go on."""

    heard: Heard = field(default_factory=Heard)
    go_on: threading.Event = field(default_factory=threading.Event)

    def __call__(self, handler: BaseHTTPRequestHandler) -> None:
        again = len(self.heard.tables[-1]["messages"]) > 2
        said = SECOND if again else FIRST
        half = said.rindex('{"text"')
        handler.send_response(200)
        handler.send_header("content-type", "text/event-stream")
        handler.end_headers()
        try:
            event(handler, {"content": said[:half]}, None)
            self.go_on.wait(HELD)
            event(handler, {"content": said[half:]}, None)
            event(handler, {}, "stop")
            handler.wfile.write(b"data: [DONE]\n\n")
        except OSError:  # who asked has gone
            return


@pytest.fixture(scope="module")
def model() -> Iterator[Model]:
    asked = Model()
    with serving(asked) as asked.heard:
        yield asked
        asked.go_on.set()


@pytest.fixture(scope="module")
def site(model: Model, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    told = {
        "HEMABOARD_LANGUAGE_MODEL_URL": model.heard.url, "HEMABOARD_LANGUAGE_MODEL": "tiny",
        "HEMABOARD_LANGUAGE_MODEL_TIMEOUT_S": str(HELD),
    }  # fmt: skip
    with prepared.house(
        tmp_path_factory.mktemp("data"), prepared.finished, HEMABOARD_USER="Dr Weber", **told
    ) as server:
        yield server


def card(page: Page) -> Locator:
    return page.locator(".st-key-box-summary")


def part(page: Page, name: str) -> None:
    card(page).get_by_role("radio", name=name, exact=True).click()


def version(page: Page, number: int) -> None:
    """The page shows that version, and has come to rest."""
    expect(card(page).get_by_text(f"version {number}", exact=True)).to_be_visible(timeout=PATIENCE)
    looking.settled(page)


def opened(page: Page) -> None:
    page.get_by_role("tab", name="Summary").click()
    expect(card(page).locator(".hb-summary").first).to_be_visible(timeout=PATIENCE)
    looking.settled(page)


def sent(page: Page) -> None:
    part(page, "Write anew")
    card(page).get_by_role("button", name="Send and write").click(timeout=PATIENCE)
    expect(card(page).get_by_text("The language model writes")).to_be_visible(timeout=PATIENCE)


def test_bytes_are_seen_then_sent_watched_edited_and_cancelled(site: Server, model: Model, browser: Browser) -> None:
    with closing(open_store(Settings(data=str(site.data)))) as store:
        (row,) = store.cases()
        with prepared.person(site, browser, f"/case?case={row.id}") as page:
            opened(page)
            expect(card(page)).to_contain_text("not kept: made from the case just now")
            assert store.words.versions(row.id) == []

            part(page, "Write anew")
            card(page).get_by_text("What will be sent").click()
            shown = card(page).locator("code").first
            expect(shown).to_contain_text('"store":false', timeout=PATIENCE)
            seen = shown.text_content()
            assert model.heard.bodies == []
            card(page).get_by_role("button", name="Send and write").click()

            # It comes, and another person's page answers meanwhile.
            expect(card(page)).to_contain_text("1 sentence let through, 1 refused", timeout=PATIENCE)
            expect(card(page).locator(".hb-summary li")).to_have_count(1)
            assert seen == model.heard.bodies[0].decode()
            with prepared.person(site, browser, "/about") as other:
                expect(other.get_by_role("heading", level=1)).to_be_visible(timeout=PATIENCE)
            model.go_on.set()
            version(page, 1)
            expect(card(page)).to_contain_text("Blasts make up ")
            expect(card(page)).not_to_contain_text("Blasts are high")
            assert [one.sent for one in store.words.exchanges(row.id, 1)] == model.heard.bodies

            part(page, "Edit")
            found = card(page).get_by_label("Found")
            expect(found).to_be_visible(timeout=PATIENCE)
            lines = found.input_value().splitlines()
            found.fill("\n".join([*lines, "I count 17 more."]))
            card(page).get_by_role("button", name="Keep as a new version").click()
            version(page, 2)
            expect(card(page).locator("mark")).to_have_text("17†")

            model.go_on.clear()
            sent(page)
            expect(card(page)).to_contain_text("1 sentence let through", timeout=PATIENCE)
            card(page).get_by_role("button", name="Cancel").click()
            expect(card(page)).to_contain_text("Cancelled: written by the template. What stood before stays.",
                                               timeout=PATIENCE)  # fmt: skip
            version(page, 2)
            expect(card(page).locator("mark")).to_have_text("17†")

            part(page, "Versions")
            rows = card(page).locator(".hb-table.versions tbody tr")
            expect(rows).to_have_count(3, timeout=PATIENCE)
            expect(rows.nth(1)).to_contain_text("numbers typed by hand: 1")
            expect(rows.nth(1)).to_contain_text("stands")
            for name in ("Write anew", "Versions"):
                part(page, name)
                looking.settled(page)
                looking.fits(page, name)
                looking.accessible(page, name)
        _kept(store, row.id)


def _kept(store: CaseStore, case_id: str) -> None:
    """Written, edited, tried in vain: all three lie in the store, bound by the trail."""
    kinds = [(one.kind, one.summary.writer, one.actor) for one in store.words.versions(case_id)]
    assert kinds == [
        (Kind.WRITTEN, "tiny", "Dr Weber"), (Kind.EDITED, "tiny", "Dr Weber"), (Kind.TRIED, "template", "Dr Weber"),
    ]  # fmt: skip
    assert store.words.versions(case_id)[1].summary.sentences[-1].origin == PERSON
    assert store.verify_trail() == len(store.trail())


def test_an_edit_voids_the_signature_and_fits_a_narrow_dark_screen(site: Server, browser: Browser) -> None:
    with closing(open_store(Settings(data=str(site.data)))) as store:
        (row,) = store.cases()
        with prepared.person(site, browser, f"/review?case={row.id}") as page:
            page.get_by_role("button", name="Sign this content").click(timeout=PATIENCE)
            expect(page.locator(".hb-signature")).to_contain_text("Signed", timeout=PATIENCE)
        number = len(store.words.versions(row.id)) + 1
        with prepared.person(site, browser, f"/case?case={row.id}", width=768, scheme="dark") as page:
            opened(page)
            part(page, "Edit")
            area = card(page).get_by_label("To check")
            expect(area).to_be_visible(timeout=PATIENCE)
            looking.settled(page)
            looking.accessible(page, "Edit")
            area.fill("Look again.")
            card(page).get_by_role("button", name="Keep as a new version").click()
            version(page, number)
            expect(page.locator(".hb-signature")).to_contain_text("the summary is another", timeout=PATIENCE)
            looking.fits(page)
