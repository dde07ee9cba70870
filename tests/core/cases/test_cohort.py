"""Rows of cohorts: members in one go, rows that are replaced and go with their case, on both engines."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.cases.store import CaseStore
from core.doors.cohort import Kept, Places
from core.protocols import RunState
from tests.core.cases import made

KEPT = Kept("case-full", "s1", "case-full-run-2", {"brightness": 91.25}, {"cblc": 0.125, "centre": "Centre A"})


def test_a_member_tells_of_its_latest_run_and_of_the_finished_one(store: CaseStore) -> None:
    case = made.full(store)
    store.add_run(case, "third", 2, actor="a")
    store.advance_run("third", RunState.RUNNING, done=1)
    store.advance_run("third", RunState.FAILED, message="no room")
    bare = store.add_case(made.INFO, actor="a")
    cell = store.seen(case).cells[0].id
    before = store.cohort.members([case])[0]
    store.add_review(case, made.review(cell, minute=50))

    first, second = store.cohort.members([bare, "gone", case])
    assert (first.case, first.state, first.run, first.images, first.finished) == (bare, "none", "", 0, None)
    assert (second.info, second.created) == (made.INFO, store.case(case).created)
    assert (second.state, second.done, second.total, second.message) == ("failed", 1, 2, "no room")
    assert (second.run, second.images, second.kept) == ("case-full-run-2", 2, "")
    assert second.reviews == before.reviews + 1
    assert second.last_review > before.last_review
    assert second.finished == store.run(second.run).finished


def test_a_row_is_kept_replaced_and_gone_with_its_case(store: CaseStore) -> None:
    case = made.full(store)
    events = len(store.trail())
    store.cohort.keep(KEPT)
    assert store.cohort.kept([case, "gone"]) == {case: KEPT}
    assert store.cohort.members([case])[0].kept == "s1"
    other = replace(KEPT, state="s2", row={"cblc": None})
    store.cohort.keep(other)
    assert store.cohort.kept([case]) == {case: other}
    assert len(store.trail()) == events  # a cache tells the trail nothing
    store.delete_case(case, actor="a", reason="test")
    store.cohort.keep(KEPT)  # worked out while it was deleted
    assert store.cohort.kept([case]) == {}


def test_more_cases_than_a_database_takes_at_once(store: CaseStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.cases.cohort.AT_ONCE", 2)
    ids = [store.add_case(replace(made.INFO, pseudonym=f"P-{n}"), actor="a") for n in range(5)]
    assert [one.case for one in store.cohort.members(ids[::-1])] == ids[::-1]
    for case in ids:
        store.cohort.keep(replace(KEPT, case=case))
    assert set(store.cohort.kept(ids)) == set(ids)


def test_places_are_told_each_once(store: CaseStore) -> None:
    for centre in ("south", "north", "north"):
        store.add_case(replace(made.INFO, pseudonym=centre, centre=centre), actor="a")
    assert store.cohort.places() == Places(("north", "south"), (made.INFO.scanner,), (made.INFO.stain,))


def test_rows_travel_with_no_export(store: CaseStore, elsewhere, tmp_path) -> None:
    case = made.full(store)
    store.cohort.keep(KEPT)
    other = elsewhere()
    assert other.cohort.kept([other.import_case(store.export_case(case, tmp_path / "c.zip"), actor="b")]) == {}
