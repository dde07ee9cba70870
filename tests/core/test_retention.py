"""What is due goes with a tombstone; what is held, runs or belongs to nobody stays."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace

import pytest

from core import retention
from core.cases.store import CaseStore, open_store
from core.records import CaseInfo, Domain, Specimen
from core.settings import Settings

INFO = CaseInfo("P-1", Specimen.BLOOD)
LATER = dt.datetime.now(dt.UTC) + dt.timedelta(days=100)


@pytest.fixture
def settings(tmp_path) -> Settings:
    return Settings(data=str(tmp_path), retention_days=90)


@pytest.fixture
def store(settings: Settings) -> Iterator[CaseStore]:
    opened = open_store(settings)
    for name in ("old", "held", "runs"):
        opened.add_case(replace(INFO, pseudonym=f"P-{name}"), actor="a", case_id=name)
    opened.add_case(replace(INFO, domain=Domain.PROCEDURAL), actor="a", case_id="drawn")
    opened.laboratory.keeping.hold("held", "study audit", actor="a")
    opened.add_run("runs", "r", 1, actor="a")
    yield opened
    opened.close()


def test_the_preview_says_what_would_happen_and_does_nothing(store: CaseStore, settings: Settings):
    plan = retention.preview(store, settings, LATER)
    assert [[one.case for one in group] for group in (plan.due, plan.held, plan.running)] == [
        ["old"],
        ["held"],
        ["runs"],
    ]
    assert plan.since == LATER - dt.timedelta(days=90)
    assert len(store.cases()) == 4


def test_nothing_is_due_before_its_time_or_without_a_time(store: CaseStore, settings: Settings):
    soon = dt.datetime.now(dt.UTC) + dt.timedelta(days=89)
    assert retention.preview(store, settings, soon).due == ()
    assert retention.preview(store, replace(settings, retention_days=0), LATER) == retention.Preview(0, None)
    assert retention.apply(store, replace(settings, retention_days=0), actor="a", now=LATER).deleted == ()
    assert len(store.cases()) == 4


def test_what_is_due_goes_and_leaves_a_tombstone(store: CaseStore, settings: Settings):
    done = retention.apply(store, settings, actor="dr a", now=LATER)
    assert done == retention.Done(("P-old",), ())
    assert {row.id for row in store.cases()} == {"held", "runs", "drawn"}
    last = store.trail("old")[-1]
    assert (last.action, last.actor, last.detail["reason"]) == (
        "case.deleted", "dr a", "retention: untouched for 90 days",
    )  # fmt: skip
    assert store.verify_trail() == len(store.trail())


def test_a_hold_that_comes_between_is_heeded(store: CaseStore, settings: Settings):
    store.add_case(replace(INFO, pseudonym="P-other"), actor="a", case_id="other")

    def place_a_hold(step: str, done: int, total: int) -> None:  # noqa: ARG001
        if done == 1:
            store.laboratory.keeping.hold("other", "study audit", actor="b")

    done = retention.apply(store, settings, actor="a", now=LATER, tell=place_a_hold)
    assert done.deleted == ("P-old",)
    assert done.kept == ("P-other: one that is held (study audit)",)
    assert store.case("other")


def test_a_touched_case_starts_anew(store: CaseStore, settings: Settings):
    store.amend_case("old", replace(INFO, pseudonym="P-old", note="seen again"), actor="a")
    last = store.trail("old")[-1].at
    assert [one.case for one in retention.preview(store, settings, last + dt.timedelta(days=91)).due] == ["old"]
    assert retention.preview(store, settings, last + dt.timedelta(days=90)).due == ()
