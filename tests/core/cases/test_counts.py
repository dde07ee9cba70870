"""Counts made elsewhere: appended, bound by the trail, whole after a journey, gone with their case."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa

from core.cases.database import Database
from core.cases.store import CaseStore
from core.doors.counts import Count, Kind, standing
from core.errors import BadInput, NotFound, RefusedFile, TrailBroken
from core.settings import Settings
from tests.core.cases import made
from tests.core.cases.test_archive import edited, rewritten
from tests.core.cases.test_trail import by_hand

AT = dt.datetime(2026, 11, 21, 9, 30, tzinfo=dt.UTC)
FLOW = Count(Kind.FLOW, 0.183, 20_000, "CD45/SSC gate of Prof. Nachname", AT, "dr a")
MANUAL = Count(Kind.MANUAL, 0.21, 200, "", AT, "dr b")


def entered(store: CaseStore) -> str:
    case = made.full(store)
    for count in (FLOW, MANUAL, Count(Kind.FLOW, 0.138, None, "digits swapped", AT, "dr a")):
        store.counts.enter(case, count)
    return case


def test_a_newer_count_of_the_same_kind_stands_and_the_older_stays_on_record(store: CaseStore) -> None:
    case = entered(store)
    held = store.counts.entered(case)
    assert [(count.number, count.kind, count.blasts) for count in held] == [
        (1, Kind.FLOW, 0.183), (2, Kind.MANUAL, 0.21), (3, Kind.FLOW, 0.138),
    ]  # fmt: skip
    assert held[0].note == FLOW.note
    assert held[0].at == AT
    assert [count.number for count in standing(held)] == [3, 2]
    store.counts.enter(case, Count(Kind.FLOW, None, None, "of another patient", AT, "dr a"))
    assert [count.number for count in standing(store.counts.entered(case))] == [2]


@pytest.mark.parametrize(
    "wrong",
    [
        Count(Kind.FLOW, 1.2, 100, "", AT, "a"),
        Count(Kind.FLOW, float("nan"), 100, "", AT, "a"),
        Count(Kind.MANUAL, 0.2, 0, "", AT, "a"),
        Count(Kind.MANUAL, 0.2, 100, "x" * 301, AT, "a"),
        Count(Kind.MANUAL, 0.2, 100, "\0", AT, "a"),
    ],
)
def test_what_cannot_be_is_refused_and_leaves_nothing(store: CaseStore, wrong: Count) -> None:
    case = made.full(store)
    before = len(store.trail())
    with pytest.raises(BadInput):
        store.counts.enter(case, wrong)
    assert store.counts.entered(case) == []
    assert len(store.trail()) == before


def test_a_case_that_is_not_there_has_no_counts(store: CaseStore) -> None:
    for act in (lambda: store.counts.enter("nowhere", FLOW), lambda: store.counts.entered("nowhere")):
        with pytest.raises(NotFound):
            act()


def test_the_trail_tells_the_deed_without_number_or_note_and_finds_a_change_by_hand(
    store: CaseStore, settings: Settings
) -> None:
    case = entered(store)
    events = [event for event in store.trail(case) if event.action == "count.entered"]
    assert [event.detail["kind"] for event in events] == ["flow", "manual", "flow"]
    assert "Nachname" not in str([event.detail for event in events])
    assert "0.183" not in str([event.detail for event in events])
    assert store.verify_trail() == len(store.trail())
    database = Database(settings)
    with pytest.raises(sa.exc.DBAPIError, match="append-only"), database.writing() as connection:
        connection.execute(sa.text("update counts_entered set blasts = 0.5"))
    database.close()
    by_hand(settings, "delete from counts_entered where number = 2")
    with pytest.raises(TrailBroken):
        store.verify_trail()


def test_counts_travel_with_their_case_and_go_with_it(
    store: CaseStore, elsewhere: Callable[[], CaseStore], tmp_path: Path
) -> None:
    case = entered(store)
    file = store.export_case(case, tmp_path)
    other = elsewhere()
    other.import_case(file, actor="them")
    assert other.counts.entered(case) == store.counts.entered(case)
    assert other.verify_trail() == len(other.trail())
    store.delete_case(case, actor="dr a", reason="test")
    assert store.verify_trail() == len(store.trail())
    with pytest.raises(NotFound):
        store.counts.entered(case)


def test_an_export_with_an_impossible_count_is_refused(
    store: CaseStore, elsewhere: Callable[[], CaseStore], tmp_path: Path
) -> None:
    file = store.export_case(entered(store), tmp_path / "whole.zip")
    change = edited("case.json", lambda content: content["counts_entered"][0].update(blasts=7.0))
    forged = rewritten(file, tmp_path / "forged.zip", change, honest=True)
    with pytest.raises(RefusedFile):
        elsewhere().import_case(forged, actor="them")
