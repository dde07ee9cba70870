"""The cell gallery with 5,000 cells, in a real browser over the real app: first paint, and keys.

    python -m tests.benchmarks.gallery [--cells 5000] [--keys 60]

First paint: from the choice of "Cells" on the case's page, and from the moment the empty gallery is in the document,
to the first pictures of cells. A key: from the event's own time stamp to the second frame after it, so that what it
changed is drawn; naming keys reclassify a cell, move it to its new class and go on to the next. Beside it the page's
own processor time a key, saving and its answer included: the part that a busy machine does not change.

Measured once on two cores that other programs used too (load about 7), headless Chromium with software rendering,
median and 95th percentile: first pictures 0.28 and 0.37 s after the gallery is there, 1.3 and 1.9 s after "Cells" was
chosen; arrow keys 48 and 69 ms; naming keys 94 and 153 ms; undo 116 and 187 ms. The page's processor time a key was
20, 38 and 61 ms.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import tempfile
from pathlib import Path

from playwright.sync_api import CDPSession, Page, sync_playwright

from core.cases.store import CaseStore
from core.settings import Settings
from tests.e2e import prepared
from tests.e2e.conftest import BROWSERS, FLAGS

LOADS = 7
NAMING = "nlbsmpeyta"
WATCH = """
(() => {
  document.addEventListener("click", (event) => { window.clicked = event.timeStamp; }, true);
  window.keys = [];
  document.addEventListener("keydown", (event) => {
    const pressed = event.timeStamp;
    if (event.key === "Control") return;
    requestAnimationFrame(() => requestAnimationFrame(() => window.keys.push(performance.now() - pressed)));
  }, true);
})();
"""
CHOSEN, MADE = "“Cells” chosen → pictures", "gallery there → pictures"


def measured(cells: int, keys: int) -> dict[str, list[float]]:
    found: dict[str, list[float]] = {CHOSEN: [], MADE: []}
    made: list[str] = []

    def fill(store: CaseStore, settings: Settings) -> None:
        made.append(prepared.many(store, settings, cells=cells))

    with (
        tempfile.TemporaryDirectory() as folder,
        prepared.house(Path(folder), fill) as server,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(
            executable_path=next(filter(None, map(shutil.which, BROWSERS)), None), args=FLAGS
        )
        address = server.url(f"/case?case={made[0]}")
        for load in range(LOADS + 1):
            context = browser.new_context(viewport={"width": 1280, "height": 900})
            context.add_init_script(WATCH)
            page = context.new_page()
            page.goto(address)
            page.get_by_role("tab", name="Cells").click(timeout=120_000)
            board = page.locator(".board[data-painted]")
            board.wait_for(timeout=120_000)
            painted, made_at = (float(board.get_attribute(name) or 0) for name in ("data-painted", "data-made"))
            if load:  # the first fills the server's caches
                found[CHOSEN].append(painted - page.evaluate("window.clicked"))
                found[MADE].append(painted - made_at)
            if load == LOADS:
                _pressed(found, "arrow key", page, ["ArrowRight", "ArrowDown"], keys)
                _pressed(found, "naming key", page, list(NAMING), keys)
                _pressed(found, "undo", page, ["Control+z"], keys // 2)
            context.close()
        browser.close()
    return found


def _pressed(found: dict[str, list[float]], what: str, page: Page, names: list[str], times: int) -> None:
    page.locator(".list").focus()
    page.wait_for_timeout(1500)
    page.evaluate("window.keys.length = 0")
    browser = page.context.new_cdp_session(page)
    browser.send("Performance.enable", {"timeDomain": "threadTicks"})
    before = _worked(browser)
    for number in range(times):
        page.keyboard.press(names[number % len(names)])
        page.wait_for_timeout(120)  # as a quick reader does
    page.wait_for_timeout(500)
    found[what] = [float(value) for value in page.evaluate("window.keys")]
    found[f"{what}, page's CPU"] = [(_worked(browser) - before) * 1000 / times]


def _worked(browser: CDPSession) -> float:
    """Seconds of processor time that the page's main thread has worked: what other programs do does not count."""
    metrics = {one["name"]: one["value"] for one in browser.send("Performance.getMetrics")["metrics"]}
    return float(metrics["TaskDuration"])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cells", type=int, default=5000)
    parser.add_argument("--keys", type=int, default=60)
    given = parser.parse_args()
    for name, values in measured(given.cells, given.keys).items():
        p95 = sorted(values)[max(0, round(0.95 * len(values)) - 1)]
        print(f"{name:28} median {statistics.median(values):6.0f} ms   p95 {p95:6.0f} ms   ({len(values)} times)")


if __name__ == "__main__":
    main()
