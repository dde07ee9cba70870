"""The cohort's page on a real store: what is shown of many cases, and what is said of those without a result."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable
from dataclasses import replace

import pytest
from streamlit.testing.v1 import AppTest

from core.cohort import rows
from core.records import CaseInfo, Review
from pages.components import cohort_rows, resources, state
from tests.core.cohort import made
from tests.pages.conftest import House, words


def test_no_case_at_all_is_said(opened: Callable[..., AppTest]) -> None:
    assert "No case matches" in words(opened("cohort"))


def test_rows_are_worked_out_aside_and_again_after_a_review(
    house: House, opened: Callable[..., AppTest], marrow: CaseInfo
) -> None:
    case = house.finished(marrow, doubts=True)
    at = opened("cohort")
    assert "to go; what is done is shown already" in words(at)
    _wait()
    at.run()
    assert "1 analysed" in words(at)
    before = at.session_state[state.COHORT_NUMBER]
    blast = next(call.cell for call in house.store.seen(case).calls if call.label == "blast")
    house.store.add_review(case, Review(blast, "dr a", dt.datetime.now(dt.UTC), "blast", "lymphocyte"))
    kept = house.store.cohort.kept([case])[case].row
    at.run()
    _wait()
    at.run()
    assert house.store.cohort.kept([case])[case].row["blasts_count"] == kept["blasts_count"] - 1
    assert before == "blasts"


def test_what_was_amended_is_told_of_cases_without_a_result_too(
    house: House, opened: Callable[..., AppTest], marrow: CaseInfo
) -> None:
    case = house.store.add_case(marrow, actor="a")
    at = opened("cohort")
    at.session_state[state.COHORT_SECTION] = "Missing"
    at.run()
    assert f"Open {marrow.pseudonym}" in _links(at)
    house.store.amend_case(case, replace(marrow, pseudonym="AML-0200"), actor="a")
    at.run()
    assert "Open AML-0200" in _links(at)


def _links(at: AppTest) -> list[str]:
    return [link.proto.label for link in at.get("page_link")]


def _wait() -> None:
    end = time.monotonic() + 60
    while cohort_rows.filler._thread is not None and cohort_rows.filler._thread.is_alive():
        assert time.monotonic() < end
        time.sleep(0.02)


def test_every_section_tells_what_it_must(house: House, opened: Callable[..., AppTest]) -> None:
    made.crowd(house.store, resources.settings(), 40)
    at = opened("cohort")
    assert not at.exception
    assert "<b>42 cases</b>: 40 analysed, 1 failed, 1 not analysed" in words(at)
    assert "2 cases not in these charts" in words(at)
    told = {}
    for section in ("Outliers", "Drift", "Missing", "Table"):
        at.session_state[state.COHORT_SECTION] = section
        at.run()
        assert not at.exception, at.exception
        told[section] = words(at)
    assert "1 case of 40, named below the chart" in told["Outliers"]
    assert "75.0 %" in told["Outliers"]
    assert "Being established" in told["Drift"]  # 26 and 13 cases of a scanner
    assert "could not be read" in told["Missing"]
    assert "42 rows" in told["Table"]
    assert "blasts_effective_n" in told["Table"]


def test_filters_restrict_the_cases_and_are_remembered(house: House, opened: Callable[..., AppTest]) -> None:
    made.crowd(house.store, resources.settings(), 12, unfinished=False)
    at = opened("cohort")
    at.selectbox(key=state.COHORT_SCANNER).select("S2").run()
    assert "<b>4 cases</b>" in words(at)
    at.switch_page("about.py")
    at.run()
    at.switch_page("cohort.py")
    at.run()
    assert "<b>4 cases</b>" in words(at)
    at.session_state[state.COHORT_SECTION] = "Outliers"
    at.run()
    assert "Too few cases to judge any" in words(at)


def test_a_case_that_goes_wrong_is_told_stops_no_other_and_is_tried_again(
    house: House, opened: Callable[..., AppTest], marrow: CaseInfo, monkeypatch: pytest.MonkeyPatch
) -> None:
    good, bad = (house.finished(replace(marrow, pseudonym=f"AML-{n}"), doubts=True) for n in (301, 302))
    usual = rows.made
    with monkeypatch.context() as wrong:
        wrong.setattr(rows, "made", lambda store, settings, one: usual(store, settings, one if one.case == good else 0))
        opened("cohort")
        _wait()
        at = opened("cohort")
        assert set(house.store.cohort.kept([good, bad])) == {good}
        assert "1 case could not be counted" in words(at)
        assert "AML-302: the section Missing says why" in words(at)
        at.session_state[state.COHORT_SECTION] = "Missing"
        at.run()
        assert "not foreseen (AttributeError)" in words(at)
    monkeypatch.setattr(cohort_rows, "AGAIN", 0.0)
    at.run()
    _wait()
    at.run()
    assert set(house.store.cohort.kept([good, bad])) == {good, bad}
    assert "could not be counted" not in words(at)


def test_another_engine_is_told_beside_the_drift(house: House, opened: Callable[..., AppTest]) -> None:
    ids = made.crowd(house.store, resources.settings(), 12, unfinished=False)
    for case, kept in house.store.cohort.kept(ids).items():
        engine = "torch 2" if case < ids[6] else "openvino 1"
        house.store.cohort.keep(replace(kept, row={**kept.row, "classifier_engine": engine}))
    at = opened("cohort")
    at.session_state[state.COHORT_SECTION] = "Drift"
    at.run()
    assert not at.exception, at.exception
    assert "Engine of the classifier openvino 1 from K-0006 on, torch 2 before" in words(at)
