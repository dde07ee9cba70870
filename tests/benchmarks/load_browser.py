"""A real browser beside the crowd: what a person sees, from a click to what it shows."""

from __future__ import annotations

import shutil
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from playwright.sync_api import Error, Page, sync_playwright

from tests.e2e.conftest import BROWSERS, FLAGS

WAIT = 120_000  # milliseconds


@dataclass
class Seen:
    seconds: dict[str, list[float]] = field(default_factory=dict)
    errors: Counter[str] = field(default_factory=Counter)

    @contextmanager
    def timed(self, kind: str) -> Iterator[None]:
        began = time.perf_counter()
        yield
        self.seconds.setdefault(f"in a browser: {kind}", []).append(time.perf_counter() - began)


@contextmanager
def looking(address: str, case: str, first: int, browsers: int) -> Iterator[Seen]:
    """Browsers that go round until the end of the block, signed in as the readers from `first` on."""
    seen, ended = Seen(), threading.Event()
    threads = [
        threading.Thread(target=_looks, args=(address, case, first + number, seen, ended), daemon=True)
        for number in range(browsers)
    ]
    for thread in threads:
        thread.start()
    try:
        yield seen
    finally:
        ended.set()
        for thread in threads:
            thread.join(WAIT / 1000)


def _looks(address: str, case: str, reader: int, seen: Seen, ended: threading.Event) -> None:
    with sync_playwright() as playwright:
        path = next(filter(None, map(shutil.which, BROWSERS)), None)
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        page = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
        page.set_default_timeout(WAIT)
        page.on("pageerror", lambda error: seen.errors.update([f"in a browser: {str(error)[:120]}"]))
        try:
            page.goto(address)
            page.get_by_role("button", name="Sign in").click()
            page.get_by_role("link", name=f"Reader {reader}", exact=True).click()
            page.get_by_role("heading", name="Worklist").wait_for()
            while not ended.is_set():
                _round(page, f"{address}case?case={case}", seen)
        except Error as error:
            if not ended.is_set():
                seen.errors[f"in a browser: {str(error)[:120]}"] += 1
        browser.close()


def _round(page: Page, address: str, seen: Seen) -> None:
    with seen.timed("the case opened → its gauge"):
        page.goto(address)
        page.locator(".hb-gauge, .hb-card").first.wait_for()
    with seen.timed("“Cells” chosen → pictures"):
        page.get_by_role("tab", name="Cells").click()
        page.locator(".board[data-painted]").wait_for()
    page.locator(".list").focus()
    for key in ("n", "l", "b"):
        with seen.timed("a key that names a cell → saved"):
            page.keyboard.press(key)
            page.wait_for_function(
                "() => [...document.querySelectorAll('*')].some(e => (e.shadowRoot || e).querySelector?.('.saved')"
                "?.textContent === 'All changes saved.')"
            )
    page.wait_for_timeout(1500)
