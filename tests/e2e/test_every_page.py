"""Every page in the table of contents: width, colour scheme, accessibility, and no word to the outside."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from core.cases.store import CaseStore
from core.settings import Settings
from tests.e2e import prepared
from tests.e2e.conftest import ROOT, Server

pytestmark = pytest.mark.browser

LOOKS = ((1280, "light"), (1024, "dark"), (768, "light"), (768, "dark"))
OF_A_CASE = ("case", "review", "board", "compare")  # pages that show one case when ?case=… names it
NAMED = re.compile(r'st\.Page\("(\w+)\.py"')
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


def _settled(page: Page) -> None:
    page.get_by_role("heading", level=1).first.wait_for()
    page.wait_for_function("!document.querySelector('[data-testid=stStatusWidget]')")
    page.wait_for_timeout(300)


def _grave(found: dict[str, Any]) -> list[str]:
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


@pytest.mark.parametrize("name", pages())
def test_a_page_fits_and_can_be_used_by_everybody(
    name: str, server: Server, browser: Browser, cases: dict[str, str]
) -> None:
    shown = ["/" if name == "worklist" else f"/{name}"]
    if name in OF_A_CASE:
        shown = [f"/{name}?case={case_id}" for case_id in cases.values()]
    for path in shown:
        with prepared.person(server, browser, path, width=LOOKS[0][0], scheme=LOOKS[0][1]) as page:
            _settled(page)
            for width, scheme in LOOKS:
                page.set_viewport_size({"width": width, "height": 900})
                page.emulate_media(color_scheme=scheme)
                page.wait_for_timeout(250)
                where = f"{path} {width} {scheme}"
                main = page.locator("[data-testid=stMain]")
                assert main.evaluate("main => main.scrollWidth - main.clientWidth") <= 0, where
                assert page.evaluate("getComputedStyle(document.querySelector('.stApp')).colorScheme") == scheme, where
                if (width, scheme) in (LOOKS[0], LOOKS[-1]):
                    assert _grave(Axe().run(page).response) == [], where
