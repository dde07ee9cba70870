"""Every page in the table of contents: width, colour scheme, accessibility, and no word to the outside."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from core.cases.store import CaseStore
from core.settings import Settings
from tests.e2e import prepared
from tests.e2e.conftest import ROOT, Server
from tests.e2e.looking import accessible, fits, in_scheme, settled

pytestmark = pytest.mark.browser

LOOKS = ((1280, "light"), (1024, "dark"), (768, "light"), (768, "dark"))
OF_A_CASE = (
    "case",
    "review",
    "robustness",
    "report",
    "board",
    "compare",
)  # pages that show one case when ?case=… names it
NAMED = re.compile(r'st\.Page\("(\w+)\.py"')


def pages() -> list[str]:
    """Their addresses; the worklist is what opens without any."""
    return NAMED.findall((ROOT / "pages" / "frame.py").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def cases() -> dict[str, str]:
    return {}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, cases: dict[str, str]) -> Iterator[Server]:
    def fill(store: CaseStore, settings: Settings) -> None:
        cases["smear"] = prepared.finished(store, settings)
        cases["label-free"] = prepared.label_free(store, settings)

    with prepared.house(Path(tmp_path_factory.mktemp("every-page")), fill) as started:
        yield started


@pytest.mark.parametrize("name", pages())
def test_a_page_fits_and_can_be_used_by_everybody(
    name: str, server: Server, browser: Browser, cases: dict[str, str]
) -> None:
    shown = ["/" if name == "worklist" else f"/{name}"]
    if name in OF_A_CASE:
        shown = [f"/{name}?case={case_id}" for case_id in cases.values()]
    for path in shown:
        with prepared.person(server, browser, path, width=LOOKS[0][0], scheme=LOOKS[0][1]) as page:
            page.get_by_role("heading", level=1).first.wait_for()
            expect(page).to_have_title(re.compile(r"^\w.+ · Hemaboard$"))  # which page, and of no patient
            for width, scheme in LOOKS:
                page.set_viewport_size({"width": width, "height": 900})
                page.emulate_media(color_scheme=scheme)
                where = f"{path} {width} {scheme}"
                in_scheme(page, scheme)
                settled(page)
                fits(page, where)
                if (width, scheme) in (LOOKS[0], LOOKS[-1]):
                    accessible(page, where)
