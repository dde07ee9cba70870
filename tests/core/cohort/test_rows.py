"""Rows: what a case's row says, when it is worked out anew, and what must not stand in it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from core import analyse
from core.cases.store import CaseStore, open_store
from core.cohort import rows
from core.cohort.columns import LIVE, columns
from core.doors.cohort import Kept, Member
from core.errors import NotFound
from core.records import Review
from core.settings import Settings
from core.vocabulary import vocabulary
from tests.core.cohort import made

WORDS = vocabulary("shipped16")
NAMES = {column.name for column in columns([WORDS])}


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    return Settings(data=str(tmp_path / "data"), database_url=database_url)


@pytest.fixture
def store(settings: Settings) -> Iterator[CaseStore]:
    opened = open_store(settings)
    yield opened
    opened.close()


def test_a_row_says_what_the_reading_says(store: CaseStore, settings: Settings) -> None:
    case = made.finished(store, settings)
    assert [problem for _, problem in rows.refresh(store, settings, store.cohort.members([case]))] == [""]
    row = store.cohort.kept([case])[case].row
    reading = analyse.read(store.seen(case), (), made.INFO, WORDS)
    assert row["blasts"] == reading.blasts.ratio
    assert reading.blasts.interval is not None
    assert (row["blasts_low"], row["blasts_high"]) == (reading.blasts.interval.low, reading.blasts.interval.high)
    assert row["blasts_effective_n"] == reading.blasts.effective_n
    assert (row["counted"], row["adequacy"], row["target"]) == (reading.quality.counted, "inadequate", 200)
    assert row["count_smudge"] == dict(reading.uncounted)["smudge"]
    assert row["share_lymphocyte"] == next(s.ratio for s in reading.differential if s.id == "class.lymphocyte.share")
    assert row["confidence"] == pytest.approx(0.9, abs=1e-6)
    assert (row["set_size"], row["unsure"]) == (pytest.approx(1.75, abs=0.05), reading.quality.unsure.ratio)
    assert row["classifier_digest"] == "c" * 64
    assert (row["stain_fields"], row["fields"]) == (5, 6)
    assert 225 < row["glass_green"] < 240
    assert sum(row[f"azure_{c}"] ** 2 for c in ("red", "green", "blue")) == pytest.approx(1)
    assert set(row) <= NAMES - set(LIVE)
    assert None not in row.values()


def test_a_row_is_worked_out_again_when_its_case_changed_and_only_then(
    store: CaseStore, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = made.finished(store, settings)

    def refreshed() -> int:
        return len(list(rows.refresh(store, settings, store.cohort.members([case]))))

    assert (refreshed(), refreshed()) == (1, 0)
    before = store.cohort.kept([case])[case]
    store.amend_case(case, replace(made.INFO, note="seen on a Tuesday"), actor="a")
    assert refreshed() == 0  # a note changes no number
    monkeypatch.setattr(store, "picture", None)  # the stain is known: no picture is asked for again
    blast = next(call.cell for call in store.seen(case).calls if call.label == "blast")
    store.add_review(case, Review(blast, "dr a", dt.datetime.now(dt.UTC), "blast", "lymphocyte"))
    assert (refreshed(), refreshed()) == (1, 0)
    after = store.cohort.kept([case])[case]
    assert after.row["blasts_count"] == before.row["blasts_count"] - 1
    assert (after.row["reviewed"], after.stain) == (1, before.stain)
    store.amend_case(case, replace(made.INFO, centre="south"), actor="a")
    assert (refreshed(), store.cohort.kept([case])[case].row["centre"]) == (1, "south")
    monkeypatch.setattr(rows, "MADE", rows.MADE + 1)
    assert refreshed() == 1


def test_what_may_not_be_stated_is_empty_and_says_why(store: CaseStore, settings: Settings) -> None:
    case = made.finished(store, settings, fields=1, discs=8)
    rows.after_run(store, settings, f"{case}-1", print)
    row = store.cohort.kept([case])[case].row
    assert "fewer than 50" in row["withheld"]
    assert row["blasts_withheld"] == row["cblc_withheld"] == row["smudge_withheld"] == row["withheld"]
    shares = [name for name in row if name.startswith(("share_", "blasts_l", "blasts_h", "cblc_l", "cblc_h"))]
    assert [name for name in (*shares, "blasts", "cblc", "smudge", "erythroblasts_per_100") if name in row] == []


def test_a_picture_that_cannot_be_read_costs_the_stain_and_not_the_counts(
    store: CaseStore, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = made.finished(store, settings)

    def gone(*_: str) -> bytes:
        raise NotFound("a picture", "none", "Look for it.")

    with monkeypatch.context() as without:
        without.setattr(store, "picture", gone)
        rows.after_run(store, settings, f"{case}-1", print)
    row = store.cohort.kept([case])[case].row
    assert (row["fields"], "stain_fields" in row, "brightness" in row) == (6, False, False)
    store.amend_case(case, replace(made.INFO, centre="south"), actor="a")  # the pictures are there again
    rows.after_run(store, settings, f"{case}-1", print)
    assert store.cohort.kept([case])[case].row["stain_fields"] == 5


def test_what_goes_wrong_after_a_run_is_told_and_stops_nothing(
    store: CaseStore, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    case, said = made.finished(store, settings), list[str]()
    monkeypatch.setattr(rows, "made", lambda *_: 1 / 0)
    rows.after_run(store, settings, f"{case}-1", said.append)
    rows.after_run(store, settings, "no such run", said.append)
    assert ["ZeroDivisionError" in said[0], "NotFound" in said[1]] == [True, True]
    assert store.cohort.kept([case]) == {}


def test_one_case_that_goes_wrong_stops_no_other(
    store: CaseStore, settings: Settings, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    cases = [made.finished(store, settings, replace(made.INFO, pseudonym=f"C-{n}"), 1, 8) for n in range(3)]
    usual = rows.made

    def but_one(store: CaseStore, settings: Settings, member: Member) -> Kept:
        return usual(store, settings, replace(member, run=1 / 0) if member.case == cases[1] else member)

    with monkeypatch.context() as wrong:
        wrong.setattr(rows, "made", but_one)
        told = {member.case: problem for member, problem in rows.refresh(store, settings, store.cohort.members(cases))}
    assert [bool(told[case]) for case in cases] == [False, True, False]
    assert "not foreseen (ZeroDivisionError)" in told[cases[1]]
    assert f"The row of {cases[1]}" in caplog.text
    assert set(store.cohort.kept(cases)) == {cases[0], cases[2]}


def test_what_ran_the_networks_stands_in_the_row(store: CaseStore, settings: Settings) -> None:
    assert "detector_engine" not in _row(store, settings, made.finished(store, settings, fields=1, discs=8))
    row = _row(store, settings, made.finished(store, settings, fields=2, discs=8, engines=("torch 2", "openvino 1")))
    assert (row["detector_engine"], row["classifier_engine"]) == ("torch 2|openvino 1", "torch 2|openvino 1")


def _row(store: CaseStore, settings: Settings, case: str) -> Mapping[str, object]:
    rows.after_run(store, settings, f"{case}-1", print)
    return store.cohort.kept([case])[case].row


def test_a_case_without_a_finished_run_has_no_state(store: CaseStore, settings: Settings) -> None:
    case = store.add_case(made.INFO, actor="a")
    members = store.cohort.members([case])
    assert rows.stale(members, settings) == []
    assert list(rows.refresh(store, settings, members)) == []


def test_a_vocabulary_that_is_not_here_costs_only_its_own_cases(settings: Settings) -> None:
    """As after the site's file was moved, or of a case that came from elsewhere."""
    members = [made.member(1), replace(made.member(2), info=replace(made.INFO, vocabulary="gone"))]
    assert rows.words_of_all(members, settings) == [WORDS]
    assert len(rows.stale(members, settings)) == 2
