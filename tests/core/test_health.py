"""What works and what does not is told apart, and nothing that fails keeps the rest from being told."""

from __future__ import annotations

import datetime as dt
from collections import namedtuple
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as some

from core import health
from core.cases.store import CaseStore, open_store
from core.errors import BadSettings
from core.health import GIGABYTE, State
from core.protocols import RunState
from core.records import CaseInfo, ModelCard, Specimen
from core.settings import Settings

NOW = dt.datetime.now(dt.UTC)
CARD = ModelCard("cell-detector", version="3", digest="ab" * 32, in_use=True)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data=str(tmp_path / "data"))


@pytest.fixture
def store(settings: Settings) -> Iterator[CaseStore]:
    opened = open_store(settings)
    yield opened
    opened.close()


def checks(found: health.Health) -> dict[str, health.Check]:
    return {check.id: check for check in found.checks}


def test_a_sound_house_is_good(store: CaseStore, settings: Settings):
    found = health.of(store, settings, [CARD], "cpu", NOW)
    assert found.state is State.GOOD
    told = checks(found)
    assert told["database"].value.startswith("SQLite 3.")
    assert told["backup"].state is State.UNKNOWN
    assert told["model.cell-detector"].said.startswith("version 3; SHA-256 abababab")
    assert found.version == "0.1.0"


def test_a_database_that_does_not_answer_leaves_the_rest(settings: Settings):
    error = BadSettings("a database that answers", "no server there", "Start it.")
    told = checks(health.of(error, settings, [CARD], "cpu", NOW))
    assert (told["database"].state, told["database"].value, told["database"].said) == (
        State.BAD,
        "no server there",
        "Start it.",
    )
    assert told["disk"].state in tuple(State)
    assert "queue" not in told


def test_a_database_that_was_lost_meanwhile_is_told(store: CaseStore, settings: Settings):
    store.close()
    (settings.folder / "hemaboard.sqlite").unlink()
    found = health.of(store, settings, [CARD], "cpu", NOW)
    assert checks(found)["database"].state is State.BAD
    assert found.state is State.BAD


def test_models_that_are_refused_or_missing_are_bad(store: CaseStore, settings: Settings):
    refused = replace(CARD, problem="weights that are not the card's")
    told = checks(health.of(store, settings, [refused], "cpu", NOW))
    assert (told["model.cell-detector"].state, told["model.cell-detector"].said) == (State.BAD, refused.problem)
    assert checks(health.of(store, settings, [], "cpu", NOW))["models"].state is State.BAD
    error = BadSettings("a folder", "none", "Make one.")
    told = checks(health.of(store, settings, error, error, NOW))
    assert (told["models"].state, told["device"].state) == (State.BAD, State.BAD)


@pytest.mark.parametrize(
    ("minutes", "works", "state", "words"),
    [(5, False, State.GOOD, "5 minutes"), (30, False, State.BAD, "Nobody works"), (30, True, State.WARNING, "Another")],
)
def test_a_run_that_waits_long(store: CaseStore, settings: Settings, minutes, works, state, words):
    store.add_case(CaseInfo("P-1", Specimen.BLOOD), actor="a", case_id="c")
    store.add_run("c", "r1", 1, actor="a")
    if works:
        store.add_run("c", "r2", 1, actor="a")
        store.advance_run("r2", RunState.RUNNING)
    later = store.run("r1").started + dt.timedelta(minutes=minutes)
    queue = checks(health.of(store, settings, [CARD], "cpu", later))["queue"]
    assert queue.state is state
    assert words in queue.said


def test_failed_runs_are_warned_of(store: CaseStore, settings: Settings):
    store.add_case(CaseInfo("P-1", Specimen.BLOOD), actor="a", case_id="c")
    store.add_run("c", "r1", 1, actor="a")
    store.advance_run("r1", RunState.FAILED)
    found = health.of(store, settings, [CARD], "cpu", NOW)
    assert checks(found)["failed"].state is State.WARNING
    assert found.state is State.WARNING


@pytest.mark.parametrize(
    ("free", "state"), [(20 * GIGABYTE, State.GOOD), (5 * GIGABYTE, State.WARNING), (GIGABYTE // 2, State.BAD)]
)
def test_little_space_is_told(store: CaseStore, settings: Settings, monkeypatch, free, state):
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr("core.health.shutil.disk_usage", lambda _: usage(free * 2, free, free))
    assert checks(health.of(store, settings, [CARD], "cpu", NOW))["disk"].state is state


def test_what_is_stored_is_added_up(tmp_path: Path):
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "one").write_bytes(b"x" * 1000)
    (tmp_path / "two").write_bytes(b"x" * 24)
    assert health.stored(tmp_path) == (1024, True)
    (tmp_path / "a" / "b").symlink_to(tmp_path)  # a folder that is linked is not gone through
    assert health.stored(tmp_path) == (1024, True)
    assert health.stored(tmp_path / "none") == (0, True)


def test_beyond_very_many_files_what_is_stored_is_a_lower_bound(tmp_path: Path, monkeypatch):
    monkeypatch.setattr(health, "MOST_FILES", 2)
    for name in "abc":
        (tmp_path / name).write_bytes(b"x" * 10)
    assert health.stored(tmp_path) == (20, False)


def test_what_is_told_can_be_read_by_programs(store: CaseStore, settings: Settings):
    told = health.as_json(health.of(store, settings, [CARD], "cpu", NOW))
    assert told["state"] == "good"
    assert {check["id"] for check in told["checks"]} >= {"database", "queue", "disk", "device", "backup"}


@given(some.integers(0, 10**7))
def test_spans_are_spoken_in_one_unit(seconds: int):
    words = health.spoken(dt.timedelta(seconds=seconds)).split()
    assert words[-1] in ("minutes", "hours", "days")
