"""A page that is being redrawn holds what was there beside what comes: for a moment a thing is there twice.

Playwright waits for what is not there yet, but what is there twice it refuses at once. Here it is waited for too: who
acts on one thing, or expects something of it, does so once it is there alone.
"""

from __future__ import annotations

import functools
import time
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Error, Locator, LocatorAssertions

from tests.e2e.looking import LATE

TWICE = "strict mode violation"
OF_ONE = (
    "bounding_box", "check", "clear", "click", "dblclick", "dispatch_event", "drag_to", "evaluate", "fill", "focus",
    "get_attribute", "hover", "inner_html", "inner_text", "input_value", "is_checked", "is_disabled", "is_enabled",
    "is_visible", "press", "press_sequentially", "screenshot", "scroll_into_view_if_needed", "select_option",
    "set_checked", "set_input_files", "text_content", "uncheck", "wait_for",
)  # fmt: skip


def patient() -> None:
    """From here on, in this process."""
    for kind, names in ((Locator, OF_ONE), (LocatorAssertions, _expected())):
        for name in names:
            known = getattr(kind, name)
            if not hasattr(known, "__wrapped__"):
                setattr(kind, name, waiting(known))


def _expected() -> list[str]:
    return [name for name in dir(LocatorAssertions) if name.startswith(("to_", "not_to_"))]


def waiting(act: Callable[..., Any], seconds: float = LATE) -> Callable[..., Any]:
    @functools.wraps(act)
    def again(*given: Any, **more: Any) -> Any:
        end = time.monotonic() + seconds
        while True:
            try:
                return act(*given, **more)
            except (Error, AssertionError) as error:
                if TWICE not in str(error) or time.monotonic() > end:
                    raise
            time.sleep(0.1)

    return again
