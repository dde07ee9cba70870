"""What was filed: an event of the trail, refused when the case went on meanwhile, and left when the case goes."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from core.cases import trail
from core.doors.filing import ONLY_LOOKED, Filing
from core.errors import Conflict, NotFound, RefusedFile
from tests.core.cases import made
from tests.core.cases.test_archive import edited, rewritten

FILES = {"report-A4.pdf": "a" * 64, "case.json": "b" * 64}


def filing(store, case, *, actor="dr a", files=FILES, sha256="c" * 64):
    last = [event for event in store.trail(case) if event.action not in ONLY_LOOKED][-1]
    return Filing(case, dt.datetime.now(dt.UTC), actor, sha256, "signed", files, (last.number, last.hash), "0.1.0")


def test_a_filing_is_an_event_and_is_found_by_every_digest_in_it(store):
    case, other = made.full(store), made.full(store, case_id="other", seeds=(8, 9))
    before = len(store.trail())
    kept = store.filing.add(filing(store, case))
    store.filing.add(filing(store, other, files={"case.json": "d" * 64}, sha256="e" * 64))
    event = store.trail(case)[-1]
    assert (event.action, event.actor, event.number) == ("case.filed", "dr a", kept.number)
    assert (kept.at, kept.files) == (event.at, FILES)
    assert store.filing.of(case) == (kept,)
    for digest in ("a" * 64, "b" * 64, "c" * 64):
        assert store.filing.known(digest) == (kept,)
    assert store.filing.known("f" * 64) == ()
    assert store.verify_trail() == before + 2


def test_the_same_again_adds_nothing_and_another_persons_does(store):
    case = made.full(store)
    first = store.filing.add(filing(store, case))
    assert store.filing.add(filing(store, case)) == first
    assert store.filing.add(filing(store, case, actor="dr b")) != first
    assert [one.actor for one in store.filing.of(case)] == ["dr a", "dr b"]


def test_what_changed_meanwhile_is_not_filed_and_a_note_is_no_change(store):
    case = made.full(store)
    early = filing(store, case)
    store.desk.note(case, "call the ward", actor="dr a")
    store.desk.tag([case], "teaching", actor="dr a")
    store.filing.add(early)
    store.add_review(case, made.review(store.seen(case).cells[1].id, "monocyte", 5))
    with pytest.raises(Conflict, match="file it anew"):
        store.filing.add(replace(early, actor="dr b"))
    assert len(store.filing.of(case)) == 1


def test_it_outlives_its_case_and_says_nothing_of_it(store):
    case = made.full(store)
    kept = store.filing.add(filing(store, case))
    store.delete_case(case, actor="dr a", reason="test")
    assert store.filing.of(case) == (kept,) == store.filing.known(kept.sha256)
    told = str(store.trail(case)[-2].detail)
    assert "Study-017" not in told
    with pytest.raises(NotFound):
        store.filing.add(kept)
    assert store.verify_trail()


def test_it_goes_along_when_the_case_is_exported(store, tmp_path):
    case = made.full(store)
    store.filing.add(filing(store, case))
    store.export_case(case, tmp_path / "case.zip", actor="dr a")
    store.delete_case(case, actor="dr a", reason="test")
    store.import_case(tmp_path / "case.zip", actor="dr b")
    assert len(store.filing.of(case)) == 1
    assert store.verify_trail()


@pytest.mark.parametrize(
    "change",
    [
        lambda told: told.clear(),
        lambda told: told.update(files=["a" * 64]),
        lambda told: told.update(files={"case.json": 7}),
        lambda told: told.update(after=["one", "a" * 64]),
        lambda told: told.update(sha256="short"),
        lambda told: told.update(state=None),
    ],
)
def test_a_history_with_filings_that_are_none_is_refused(store, elsewhere, tmp_path, change):
    """Else every file that is checked afterwards would break on it."""
    case = made.full(store)
    store.filing.add(filing(store, case))
    file = store.export_case(case, tmp_path / "whole.zip")

    def forge(history):
        event = next(one for one in history if one["action"] == "case.filed")
        change(event["detail"])
        body = {key: value for key, value in event.items() if key != "hash"}
        event["hash"] = trail.hash_of(body | {"at": trail.time_of(body["at"])})

    forged = rewritten(file, tmp_path / "forged.zip", edited("history.json", forge), honest=True)
    with pytest.raises(RefusedFile, match=r"history\.json"):
        elsewhere().import_case(forged, actor="them")
