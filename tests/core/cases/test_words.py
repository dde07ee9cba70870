"""Versions of summaries: appended, bound by the trail, whole after a journey, gone with their case."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa

from core.cases.database import Database
from core.cases.store import CaseStore
from core.doors.words import Exchange, Kind, digest, standing
from core.errors import BadInput, Conflict, NotFound, RefusedFile, TrailBroken
from core.readings import Alert
from core.settings import Settings
from core.summaries import PERSON, Rejected, Sentence, Summary
from tests.core.cases import made
from tests.core.cases.test_archive import edited, members, rewritten
from tests.core.cases.test_trail import by_hand

WRITTEN = Summary(
    sentences=(Sentence("CBLC-3 is 32.0 % [27.1–37.4], 95 %.", ("cblc.ratio",), (), "tiny"),),
    caveats=(Sentence("Fields were not assessed.", origin="template"),),
    checks=(),
    alerts=(Alert("alert.apl", "urgent", "Exclude APL urgently."),),
    writer="tiny",
    content="a" * 64,
    rejected=(Rejected("Blasts are high at {class.blast.share}.", "a judgement: high", 1),),
    note="1 of its sentences was refused.",
    title="Case",
)
HAND = replace(WRITTEN.sentences[0], text="CBLC-3 is 33 %, says Dr Nachname.", origin=PERSON, by_hand=((10, 12),))
EDITED = replace(WRITTEN, sentences=(HAND,))
FAILED = replace(WRITTEN, writer="template", note="No whole answer within 60 s: written by the template.")
SENT = Exchange(b'{"messages":[1]}', "answer Ω \0".encode())


def written(store: CaseStore) -> str:
    """A case with a summary by a language model, an edit of it, and a later try that failed."""
    case = made.full(store)
    words = store.words
    words.add(case, WRITTEN, Kind.WRITTEN, actor="dr a", exchanges=[SENT, Exchange(b"again", b"")])
    words.add(case, EDITED, Kind.EDITED, actor="dr b", parent=1)
    words.add(case, FAILED, Kind.TRIED, actor="dr a", exchanges=[Exchange(b"lost", b"half")])
    return case


def test_every_version_stays_with_who_made_it_and_what_was_sent(store: CaseStore) -> None:
    case = written(store)
    held = store.words.versions(case)
    assert [(one.number, one.kind, one.parent, one.actor) for one in held] == [
        (1, Kind.WRITTEN, None, "dr a"), (2, Kind.EDITED, 1, "dr b"), (3, Kind.TRIED, None, "dr a"),
    ]  # fmt: skip
    assert [one.summary for one in held] == [WRITTEN, EDITED, FAILED]
    assert store.words.exchanges(case, 1) == [SENT, Exchange(b"again", b"")]
    assert [len(store.words.exchanges(case, number)) for number in (2, 3, 4)] == [0, 1, 0]


def test_the_newest_stands_and_a_failed_try_takes_nothing_away(store: CaseStore) -> None:
    case = made.full(store)
    assert standing(store.words.versions(case)) is None
    store.words.add(case, FAILED, Kind.TRIED, actor="a")
    tried = standing(store.words.versions(case))
    assert tried is not None
    assert (tried.number, digest(tried)) == (1, "")
    numbers = []
    for summary, kind, parent in (
        (WRITTEN, Kind.WRITTEN, None),
        (EDITED, Kind.EDITED, 2),
        (FAILED, Kind.TRIED, None),
        (WRITTEN, Kind.CHOSEN, 2),
    ):
        store.words.add(case, summary, kind, actor="a", parent=parent)
        found = standing(store.words.versions(case))
        assert found is not None
        numbers.append((found.number, digest(found)))
    assert [number for number, _ in numbers] == [2, 3, 3, 5]
    assert numbers[0][1] == numbers[3][1] != numbers[1][1]


@pytest.mark.parametrize(
    ("summary", "kind", "parent", "error"),
    [
        (replace(WRITTEN, sentences=(), caveats=()), Kind.WRITTEN, None, BadInput),
        (replace(WRITTEN, sentences=(Sentence(""),)), Kind.WRITTEN, None, BadInput),
        (replace(WRITTEN, sentences=(Sentence("x" * 2001),)), Kind.WRITTEN, None, BadInput),
        (replace(WRITTEN, sentences=(Sentence("two\nlines"),)), Kind.WRITTEN, None, BadInput),
        (replace(WRITTEN, sentences=(Sentence("zero \0"),)), Kind.WRITTEN, None, BadInput),
        (replace(WRITTEN, sentences=(Sentence("5 %", by_hand=((0, 9),)),)), Kind.WRITTEN, None, BadInput),
        (EDITED, Kind.WRITTEN, None, BadInput),
        (WRITTEN, Kind.TRIED, None, BadInput),
        (EDITED, Kind.EDITED, 7, NotFound),
        (EDITED, Kind.EDITED, None, NotFound),
        (EDITED, Kind.CHOSEN, 1, BadInput),
        (replace(EDITED, checks=(Sentence("Ask a@b.org.", origin=PERSON),)), Kind.EDITED, 1, BadInput),
        (replace(EDITED, checks=(Sentence("Born 12.03.1961.", origin=PERSON),)), Kind.EDITED, 1, BadInput),
    ],
)
def test_what_cannot_be_is_refused_and_leaves_nothing(store: CaseStore, summary, kind, parent, error) -> None:
    case = made.full(store)
    store.words.add(case, WRITTEN, Kind.WRITTEN, actor="a")
    before = len(store.trail())
    with pytest.raises(error):
        store.words.add(case, summary, kind, actor="a", parent=parent)
    assert len(store.words.versions(case)) == 1
    assert len(store.trail()) == before


def test_what_was_edited_is_kept_with_the_edit_or_not_at_all(store: CaseStore) -> None:
    case = made.full(store)
    dated = replace(EDITED, checks=(Sentence("Born 12.03.1961.", origin=PERSON),))
    with pytest.raises(BadInput):
        store.words.add(case, dated, Kind.EDITED, actor="a", base=WRITTEN)
    assert store.words.versions(case) == []
    assert store.words.add(case, EDITED, Kind.EDITED, actor="a", base=WRITTEN).parent == 1
    assert [one.summary for one in store.words.versions(case)] == [WRITTEN, EDITED]
    assert store.verify_trail() == len(store.trail())


def test_whoever_came_second_must_look_first(store: CaseStore) -> None:
    case = made.full(store)
    store.words.add(case, WRITTEN, Kind.WRITTEN, actor="a", after=0)
    store.words.add(case, EDITED, Kind.EDITED, actor="b", parent=1, after=1)
    with pytest.raises(Conflict):
        store.words.add(case, EDITED, Kind.EDITED, actor="c", parent=1, after=1)
    assert len(store.words.versions(case)) == 2


def test_a_date_that_identifies_nobody_can_be_confirmed(store: CaseStore) -> None:
    case = made.full(store)
    store.words.add(case, WRITTEN, Kind.WRITTEN, actor="a")
    dated = replace(EDITED, checks=(Sentence("Read by the list of 12.03.2022.", origin=PERSON),))
    assert store.words.add(case, dated, Kind.EDITED, actor="a", parent=1, confirmed=True).summary == dated


def test_a_case_that_is_not_there_has_no_words(store: CaseStore) -> None:
    for act in (
        lambda: store.words.add("nowhere", WRITTEN, Kind.WRITTEN, actor="a"),
        lambda: store.words.versions("x"),
    ):
        with pytest.raises(NotFound):
            act()


def test_the_trail_tells_the_deed_without_a_word_of_it(store: CaseStore, settings: Settings) -> None:
    case = written(store)
    told = [event for event in store.trail(case) if event.action.startswith("summary.")]
    assert [event.action for event in told] == ["summary.written", "summary.edited", "summary.tried"]
    assert told[1].detail | {"holds": 0} == {
        "version": 2, "writer": "tiny", "by_persons": 1, "numbers_of_persons": 1, "refused": 1, "from": 1, "holds": 0,
    }  # fmt: skip
    assert [event.detail.get("sent") for event in told] == [2, None, 1]
    for word in ("Nachname", "CBLC", "33", "judgement"):
        assert word not in str([{k: v for k, v in event.detail.items() if k != "holds"} for event in told])
    assert store.verify_trail() == len(store.trail())
    for table, column in (("summary_versions", "kind"), ("summary_exchanges", "version")):
        database = Database(settings)
        with pytest.raises(sa.exc.DBAPIError, match="append-only"), database.writing() as connection:
            connection.execute(sa.text(f"update {table} set {column} = {column}"))  # noqa: S608
        database.close()


@pytest.mark.parametrize(
    "statement",
    [
        "delete from summary_exchanges where version = 3",
        "insert into summary_exchanges select case_id, version, 9, digest, sent, received from summary_exchanges "
        "where version = 3",
    ],
)
def test_a_change_by_hand_is_found(store: CaseStore, settings: Settings, statement: str) -> None:
    written(store)
    by_hand(settings, statement)
    with pytest.raises(TrailBroken):
        store.verify_trail()


def test_words_travel_with_their_case_and_go_with_it(
    store: CaseStore, elsewhere: Callable[[], CaseStore], tmp_path: Path
) -> None:
    case = written(store)
    file = store.export_case(case, tmp_path / "one.zip")
    other = elsewhere()
    other.import_case(file, actor="them")
    assert other.words.versions(case) == store.words.versions(case)
    assert other.words.exchanges(case, 1) == store.words.exchanges(case, 1)
    assert other.verify_trail() == len(other.trail())
    assert other.export_case(case, tmp_path / "two.zip").read_bytes() == file.read_bytes()
    other.words.add(case, WRITTEN, Kind.CHOSEN, actor="them", parent=1)
    assert other.verify_trail() == len(other.trail())
    store.delete_case(case, actor="dr a", reason="test")
    assert store.verify_trail() == len(store.trail())
    with pytest.raises(NotFound):
        store.words.versions(case)
    assert store.words.exchanges(case, 1) == []


@pytest.mark.parametrize(
    "change",
    [
        lambda rows: rows["summary_versions"][0]["summary"].update(writer=7),
        lambda rows: rows["summary_versions"][0]["summary"]["sentences"][0].update(text="x" * 2001),
        lambda rows: rows["summary_versions"][0]["summary"].update(more=1),
        lambda rows: rows["summary_versions"][1].update(parent=2),
        lambda rows: rows["summary_versions"][1].update(actor="somebody else"),
        lambda rows: rows["summary_versions"][2].update(kind="written"),
        lambda rows: rows["summary_versions"].pop(),
        lambda rows: rows["summary_exchanges"][0].update(version=4),
        lambda rows: rows["summary_exchanges"].pop(0),
        lambda rows: rows.update(reports=[{"id": "x"}]),
    ],
)
def test_an_export_with_impossible_words_is_refused(tmp_path: Path, elsewhere: Callable[[], CaseStore], change) -> None:
    store = elsewhere()
    file = store.export_case(written(store), tmp_path / "whole.zip")
    forged = rewritten(file, tmp_path / "forged.zip", edited("case.json", change), honest=True)
    with pytest.raises(RefusedFile):
        elsewhere().import_case(forged, actor="them")
    assert "summaries" not in members(file)["case.json"].decode()


def test_leave_to_send_elsewhere_is_held_by_the_trail(store: CaseStore) -> None:
    assert store.words.allowed_host() == ""
    store.words.allow_host("", actor="ada")
    assert store.trail() == []
    store.words.allow_host("API.example.org", actor="ada")
    store.words.allow_host("api.example.org", actor="ada")
    assert store.words.allowed_host() == "api.example.org"
    store.words.allow_host("", actor="grace")
    assert store.words.allowed_host() == ""
    assert [(event.action, event.actor, event.case) for event in store.trail()] == [
        ("sending.allowed", "ada", ""), ("sending.stopped", "grace", ""),
    ]  # fmt: skip
    assert store.verify_trail() == 2
    with pytest.raises(BadInput):
        store.words.allow_host("no host", actor="ada")
