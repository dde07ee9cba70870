"""What of a slide was not looked at, wherever its numbers are read."""

from __future__ import annotations

from core import facts_slide
from pages.components import notices, resources


def shown(case_id: str, run_id: str) -> None:
    found = resources.coverage(case_id, run_id)
    if found is not None:
        notices.say("note", facts_slide.said(found), "What was looked at")
