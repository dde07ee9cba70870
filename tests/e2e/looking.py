"""What is measured on a page rather than read. Each look is repeated until it is so: no page is done at once, and on
a busy machine it takes seconds. What is expected may be late there; it may not be missing.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, TypeVar

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import FloatRect, Locator, Page, expect

T = TypeVar("T")

LATE = 120  # seconds
MENDING = 60  # seconds after which a fault of the page's look is one: it was not merely being drawn
STEADY = 0.2  # seconds, and
LOOKS = 4  # looks in them at least: a browser that is busy answers none of them sooner
# Nothing runs, and nothing that was there before still waits to go.
AT_REST = """() => document.querySelector(
  '[data-testid=stApp][data-test-script-state=notRunning][data-test-connection-state=CONNECTED]')
  && !document.querySelector('[data-stale=true]')"""
# What Streamlit draws and we cannot mend. Each entry: the rule, and what all its places have in their markup.
NOT_OURS = {
    "list": ("stSidebarNav",),
    "listitem": ("stSidebarNav", "st-emotion-cache"),
    "svg-img-alt": ("stVegaLiteChart", "js-plotly-plot", "main-svg"),
    "color-contrast": ("stCaptionContainer", "stMetricDelta"),
    "empty-table-header": ("glide", "stDataFrame"),
    "scrollable-region-focusable": ("stSidebarContent", "stMain"),
    "aria-progressbar-name": ("stProgress",),
}
GRAVE = ("serious", "critical")


def until(true: Callable[[], object], seconds: float = LATE) -> None:
    """Look again until `true()` is true; what it said last is told if it never is."""
    end = time.monotonic() + seconds
    while not (said := true()):
        assert time.monotonic() < end, f"still {said!r} after {seconds} s"
        time.sleep(0.05)


def settled(page: Page) -> None:
    """Drawn to its end: before a list is opened, or anything is measured or dragged."""
    page.get_by_test_id("stApp").wait_for()
    page.wait_for_function(AT_REST)


def steady(look: Callable[[], T]) -> T:
    """What `look` sees, once it has seen the same for a while."""
    seen, since, alike, end = look(), time.monotonic(), 1, time.monotonic() + LATE
    while time.monotonic() - since < STEADY or alike < LOOKS:
        time.sleep(0.05)
        now = look()
        alike += 1
        if now != seen:
            assert time.monotonic() < end, f"never at rest: {seen!r}, then {now!r}"
            seen, since, alike = now, time.monotonic(), 1
    return seen


def box(place: Locator) -> FloatRect:
    """Where it lies on the screen, once it lies still."""
    place.scroll_into_view_if_needed()
    until(place.bounding_box)  # for a moment it may have none: it is being drawn anew
    found = steady(place.bounding_box)
    assert found is not None, "it is not on the page"
    return found


def loaded(picture: Locator) -> None:
    until(lambda: picture.evaluate("picture => picture.complete && picture.naturalWidth > 0"))


def fits(page: Page, where: str = "") -> None:
    """Nothing makes the page scroll sideways."""
    main = page.get_by_test_id("stMain")
    over = steady(lambda: main.evaluate("main => main.scrollWidth - main.clientWidth"))
    assert over <= 0, f"{where or page.url} is {over} pixels too wide"


def in_scheme(page: Page, scheme: str) -> None:
    expect(page.locator(".stApp")).to_have_css("color-scheme", scheme)


def accessible(page: Page, where: str = "") -> None:
    """No grave fault that axe finds, save Streamlit's own."""
    faultless(lambda: grave(Axe().run(page).response), where or page.url)


def faultless(look: Callable[[], list[Any]], where: str) -> None:
    """`look` finds nothing; not at once, since what is still fading in has not its colours yet."""
    end = time.monotonic() + MENDING
    while found := look():
        assert time.monotonic() < end, (where, found)
        time.sleep(0.3)


def grave(found: dict[str, Any]) -> list[str]:
    told = []
    for violation in found["violations"]:
        if violation["impact"] not in GRAVE:
            continue
        excused = NOT_OURS.get(violation["id"], ())
        places = [
            node
            for node in violation["nodes"]
            if not any(mark in f"{node['html']} {node['target']}" for mark in excused)
        ]
        told += [
            f"{violation['id']}: {node['target']} {node['html'][:200]} {node['failureSummary'][:200]}"
            for node in places
        ]
    return told
