"""The trail browsed, cases kept or due, control slides: on both engines."""

from __future__ import annotations

import datetime as dt
import time
from dataclasses import replace

import pytest
import sqlalchemy as sa

from core.cases import trail
from core.cases.store import CaseStore
from core.doors.laboratory import Expected, Wanted
from core.errors import BadInput, Conflict, NotFound
from core.protocols import RunState
from core.records import Domain
from tests.core.cases import made

FUTURE = dt.datetime.now(dt.UTC) + dt.timedelta(days=3650)


@pytest.fixture
def busy(store: CaseStore) -> CaseStore:
    """Two cases, many events."""
    made.full(store, case_id="one")
    store.add_case(made.INFO, actor="dr b", case_id="two")
    return store


def test_pages_join_to_the_whole_trail_backwards(busy: CaseStore):
    history = busy.laboratory.history
    before, found = None, []
    while page := history.page(Wanted(), before=before, limit=3):
        assert len(page) <= 3
        found += page
        before = page[-1].number
    assert [(e.number, e.hash, e.at) for e in reversed(found)] == [(e.number, e.hash, e.at) for e in busy.trail()]
    assert [e.number for e in history.all(Wanted())] == [e.number for e in busy.trail()]


def test_filters_narrow_alike_whether_paged_counted_or_exported(busy: CaseStore):
    history, events = busy.laboratory.history, busy.trail()
    middle = events[len(events) // 2].at
    for wanted in (
        Wanted(case="one"),
        Wanted(actor="dr b"),
        Wanted(action="run.done"),
        Wanted(case="one", actor="dr a", action="cell.reviewed"),
        Wanted(since=middle),
        Wanted(until=middle),
        Wanted(actor="nobody"),
    ):
        told = [
            e.number
            for e in events
            if (not wanted.case or e.case == wanted.case)
            and (not wanted.actor or e.actor == wanted.actor)
            and (not wanted.action or e.action == wanted.action)
            and (wanted.since is None or e.at >= wanted.since)
            and (wanted.until is None or e.at < wanted.until)
        ]
        assert [e.number for e in history.all(wanted)] == told
        assert [e.number for e in history.page(wanted, limit=1000)] == told[::-1]
        assert history.count(wanted) == len(told)
    actors, actions = history.words()
    assert set(actors) == {e.actor for e in events}
    assert set(actions) == {e.action for e in events}


def test_a_long_trail_stays_quick(store: CaseStore):
    """Rows made by doubling a thousand: this asks how a hundred thousand are read."""
    at = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    keys = ("number", "at", "actor", "action", "case_id", "detail", "previous", "hash")
    rows = [
        (n, at + dt.timedelta(minutes=n), f"actor {n % 9}", f"cell.{n % 20}", f"case-{n % 500}", {}, "", "")
        for n in range(1000)
    ]
    table = trail.trail
    with store._database.writing() as connection:
        connection.execute(table.insert(), [dict(zip(keys, row, strict=True)) for row in rows])
        for power in range(7):
            again = sa.select(table.c.number + 1000 * 2**power, *(table.c[key] for key in keys[1:]))
            connection.execute(table.insert().from_select(keys, again))
    history = store.laboratory.history
    asked = (Wanted(), Wanted(case="case-7"), Wanted(actor="actor 3", action="cell.5"), Wanted(since=at, until=FUTURE))
    for wanted in asked:
        started = time.perf_counter()
        last = history.page(wanted, before=50_000)
        assert last
        assert history.count(wanted)
        assert time.perf_counter() - started < 10  # measured: under 0.1 s; the machine may be very busy


def test_who_was_left_alone_is_due_and_nobody_else(store: CaseStore):
    keeping = store.laboratory.keeping
    made.full(store, case_id="done")
    store.add_case(replace(made.INFO, domain=Domain.PROCEDURAL), actor="a", case_id="drawn")
    store.add_case(made.INFO, actor="a", case_id="held")
    keeping.hold("held", "court order", actor="a")
    store.add_case(made.INFO, actor="a", case_id="works")
    store.add_images("works", [made.smear(9)], actor="a")
    store.add_run("works", "r", 1, actor="a")
    found = keeping.untouched(FUTURE)
    assert [(one.case, one.held, one.running) for one in found] == [
        ("done", "", False),
        ("held", "court order", False),
        ("works", "", True),
    ]
    assert found[0].last == store.trail("done")[-1].at
    assert found[0].images == 2
    assert keeping.untouched(found[0].last) == []


def test_a_hold_stands_above_every_deletion(store: CaseStore):
    made.full(store, case_id="c")
    store.laboratory.keeping.hold("c", "study audit", actor="a")
    store.laboratory.keeping.hold("c", "study audit", actor="a")
    with pytest.raises(Conflict, match="study audit"):
        store.delete_case("c", actor="a", reason="tidying")
    assert store.case("c").images == 2
    assert [(hold.case, hold.reason) for hold in store.laboratory.keeping.holds()] == [("c", "study audit")]
    store.laboratory.keeping.release("c", actor="b")
    store.laboratory.keeping.release("c", actor="b")
    store.delete_case("c", actor="a", reason="tidying")
    assert [e.action for e in store.trail("c")][-3:] == ["case.held", "case.released", "case.deleted"]
    assert "study audit" not in str(store.trail("c"))
    assert store.verify_trail() == len(store.trail())


@pytest.mark.parametrize("reason", ["", "see Study-017", "born 1.2.1950"])
def test_a_hold_names_nobody(store: CaseStore, reason: str):
    store.add_case(replace(made.INFO, pseudonym="Study-017"), actor="a", case_id="c")
    with pytest.raises(BadInput):
        store.laboratory.keeping.hold("c", reason, actor="a")
    assert store.laboratory.keeping.holds() == []


def test_runs_of_a_control_are_measured_once(store: CaseStore):
    controls = store.laboratory.controls
    made.full(store, case_id="c")
    made.full(store, case_id="other", seeds=(3, 4))
    controls.mark("c", " L-17 ", actor="a")
    assert [(one.case, one.lot) for one in controls.marked()] == [("c", "L-17")]
    assert controls.unmeasured("L-17") == [("c", "c-run-1"), ("c", "c-run-2")]
    controls.add("c", "c-run-2", {"cblc": 0.25})
    controls.add("c", "c-run-2", {"cblc": 0.5})
    controls.add("c", "c-run-1", {"cblc": 0.75})
    assert controls.unmeasured("L-17") == []
    found = controls.measured("L-17")
    assert [(one.run, dict(one.figures)) for one in found] == [("c-run-1", {"cblc": 0.75}), ("c-run-2", {"cblc": 0.25})]
    assert found[0].at == store.run("c-run-1").finished
    controls.mark("c", "L-18", actor="a")
    assert (controls.measured("L-17"), len(controls.measured("L-18"))) == ([], 2)
    controls.unmark("c", actor="a")
    assert controls.marked() == []
    assert [e.action for e in store.trail("c")][-3:] == ["control.marked", "control.marked", "control.unmarked"]
    assert "L-17" not in str(store.trail())


@pytest.mark.parametrize("lot", ["", "a lot with words", "x" * 41, "Müller"])
def test_a_lot_is_a_number_and_no_sentence(store: CaseStore, lot: str):
    store.add_case(made.INFO, actor="a", case_id="c")
    with pytest.raises(BadInput, match="lot"):
        store.laboratory.controls.mark("c", lot, actor="a")


def test_controls_travel_with_their_case_and_go_with_it(store: CaseStore, elsewhere, tmp_path):
    made.full(store, case_id="c")
    store.laboratory.controls.mark("c", "L-17", actor="a")
    store.laboratory.controls.add("c", "c-run-1", {"blasts": 0.125})
    other = elsewhere()
    other.import_case(store.export_case("c", tmp_path / "c.zip"), actor="b")
    assert [dict(one.figures) for one in other.laboratory.controls.measured("L-17")] == [{"blasts": 0.125}]
    store.delete_case("c", actor="a", reason="a trial")
    assert store.laboratory.controls.marked() == []


def test_what_is_expected_of_a_lot_is_kept_and_told(store: CaseStore):
    controls = store.laboratory.controls
    controls.expect("L-17", "cblc", Expected(0.25, 0.02), actor="a")
    controls.expect("L-17", "cblc", Expected(0.25, 0.02), actor="a")
    controls.expect("L-17", "blasts", Expected(0.2, 0.02), actor="a")
    controls.expect("L-17", "blasts", None, actor="a")
    assert controls.expected("L-17") == {"cblc": Expected(0.25, 0.02)}
    assert [e.action for e in store.trail()] == ["control.expected"] * 3
    with pytest.raises(BadInput, match="SD above 0"):
        controls.expect("L-17", "cblc", Expected(0.25, 0.0), actor="a")
    assert store.verify_trail() == 3


def test_unknown_cases_are_refused(store: CaseStore):
    laboratory = store.laboratory
    for ask in (
        lambda: laboratory.keeping.hold("no", "why", actor="a"),
        lambda: laboratory.controls.mark("no", "L", actor="a"),
    ):
        with pytest.raises(NotFound):
            ask()


def test_the_queue_is_counted(store: CaseStore):
    now = dt.datetime.now(dt.UTC)
    assert store.laboratory.queue(now).waiting_since is None
    store.add_case(made.INFO, actor="a", case_id="c")
    for number, state in enumerate((RunState.QUEUED, RunState.QUEUED, RunState.RUNNING, RunState.FAILED)):
        store.add_run("c", f"r{number}", 1, actor="a")
        store.advance_run(f"r{number}", state)
    found = store.laboratory.queue(now)
    assert (found.queued, found.running, found.failed) == (2, 1, 1)
    assert store.laboratory.waiting(2) == [("c", "r0", "queued"), ("c", "r1", "queued")]
    assert store.laboratory.waiting(9)[2:] == [("c", "r2", "running")]
    assert found.waiting_since == store.run("r0").started
    assert store.laboratory.queue(now + dt.timedelta(days=2)).failed == 0
    kind, version, ours = store.laboratory.database()
    assert kind in ("SQLite", "PostgreSQL")
    assert version[0].isdecimal()
    assert int(ours) >= 6
