"""The cohort's page in a real browser: an outlier is named and opened, the table is taken away, nothing leaves."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from playwright.sync_api import Browser, expect

from core.cases.store import CaseStore
from core.settings import Settings
from tests.core.cohort import made
from tests.e2e.conftest import Server
from tests.e2e.looking import accessible, box, fits, settled
from tests.e2e.prepared import finished, house, person

pytestmark = pytest.mark.browser


def fill(store: CaseStore, settings: Settings) -> None:
    """Rows of 40 cases as they are kept, and one case that was really seen and whose row nobody has worked out."""
    made.crowd(store, settings, 40)
    finished(store, settings, fields=6)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with house(tmp_path_factory.mktemp("cohort"), fill) as server:
        yield server


def test_a_cohort_is_looked_through_and_taken_away(served: Server, browser: Browser, tmp_path: Path) -> None:
    with person(served, browser, "/cohort") as page:
        expect(page.get_by_text("43 cases")).to_be_visible()
        expect(page.get_by_text(re.compile("41 analysed, 1 failed"))).to_be_visible()  # the last row was made aside
        expect(page.get_by_text("Median over cases", exact=True)).to_be_visible()
        settled(page)
        page.get_by_role("radio", name="Outliers").click()
        expect(page.get_by_text(re.compile("^1 case of 41, named below"))).to_be_visible()
        settled(page)
        accessible(page)
        fits(page)

        page.get_by_role("radio", name="Table").click()
        settled(page)
        with page.expect_download() as taken:
            page.get_by_role("button", name="Parquet").click()
        file = tmp_path / "cohort.parquet"
        taken.value.save_as(file)
        held = {row["pseudonym"]: row for row in pq.read_table(file).to_pylist()}
        assert (held["K-0007"]["blasts"], held["K-0007"]["scanner"]) == (0.75, "S1")
        assert (held["F-1"]["state"], held["F-1"]["blasts"]) == ("failed", None)
        assert held["AML-0147"]["counted"] > 50

        page.get_by_role("radio", name="Outliers").click()
        page.get_by_role("link", name="Open K-0007").click()
        expect(page).to_have_url(re.compile("/case\\?case=crowd-0007"))


def test_a_click_on_a_dot_names_its_case(served: Server, browser: Browser) -> None:
    with person(served, browser, "/cohort") as page:
        expect(page.get_by_text(re.compile("41 analysed"))).to_be_visible()
        settled(page)
        page.get_by_role("radio", name="Outliers").click()
        chart = page.locator(".st-key-box-cohort-funnel .js-plotly-plot")
        expect(chart).to_be_visible()
        settled(page)
        page.get_by_role("heading", name=re.compile("by the number of cells")).scroll_into_view_if_needed()
        dot = chart.locator(".scatterlayer .trace").last.locator("path.point").nth(7)
        box(dot)  # it lies still: a forced click does not wait for that
        dot.click(force=True)
        expect(page.locator(".st-key-box-cohort-funnel").get_by_role("link", name="Open K-0007")).to_be_visible()
