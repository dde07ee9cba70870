"""Rows of cohorts: members in one go, rows that are replaced and go with their case, on both engines."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from core.cases.store import CaseStore, open_store
from core.doors.cohort import Kept, Places
from core.protocols import RunState
from core.settings import Settings
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


def test_what_ran_the_networks_of_a_run_is_read_from_the_trail(
    store: CaseStore, tmp_path: Path, settings: Settings
) -> None:
    """Of that run alone, each engine once; and of a case that was brought, from what it brought along."""
    store.add_case(made.INFO, actor="a", case_id="c")
    first, second = made.smear(1), made.smear(2)
    store.add_images("c", [first, second], actor="a")
    for run, ran in (("old", ("torch 2", "torch 2")), ("new", ("openvino 1", "torch 2")), ("bare", ("", ""))):
        store.add_run("c", run, 2, actor="a")
        for picture, engine in zip((first, second), ran, strict=True):
            seen = made.seen(picture, 2)
            store.add_seen("c", run, replace(seen, models=tuple(replace(m, engine=engine) for m in seen.models)))
        store.advance_run(run, RunState.DONE, 2)
    names = {model.name for model in store.seen("c", "new").models}
    expected = {
        "old": dict.fromkeys(names, ("torch 2",)),
        "new": dict.fromkeys(names, ("openvino 1", "torch 2")),
        "bare": {},
    }
    assert {run: store.cohort.engines("c", run) for run in expected} == expected
    assert store.cohort.engines("gone", "old") == {}
    file = store.export_case("c", tmp_path / "out.zip")
    other = open_store(replace(settings, data=str(tmp_path / "other"), database_url=""))
    other.import_case(file, actor="b")
    assert {run: other.cohort.engines("c", run) for run in expected} == expected
    other.close()
