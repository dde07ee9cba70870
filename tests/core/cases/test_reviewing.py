"""Samples, steps and signatures: appended, bound by the trail, whole after a journey, gone with their case."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa

from core.appraisals import Drawn, Stratum
from core.cases.database import Database
from core.cases.store import CaseStore
from core.doors.review import Deed, Purpose, Sample, SampleStep, Signature, StepKind
from core.errors import BadInput, Conflict, NotFound, RefusedFile, TrailBroken
from core.records import Review
from core.review import signing
from core.review.signing import Signed, Unsigned, Void
from core.settings import Settings
from tests.core.cases import made
from tests.core.cases.test_archive import edited, rewritten
from tests.core.cases.test_trail import by_hand

AT = dt.datetime(2026, 11, 21, 9, 30, tzinfo=dt.UTC)
RUN = "case-full-run-2"
Elsewhere = Callable[[], CaseStore]


def sample(store: CaseStore, purpose: Purpose = Purpose.ESTIMATE, name: str = "sample-1", n: int = 3) -> Sample:
    cells = [cell.id for cell in store.seen("case-full").cells]
    strata = (Stratum("composite", 2, 1), Stratum("uncounted", len(cells) - 2, n - 1))
    chances = {cell: (n - place) / len(cells) for place, cell in enumerate(cells[:n])}
    return Sample(name, RUN, purpose, AT, "dr a", Drawn(tuple(cells[:n]), chances, len(cells), 7, strata))


def content(store: CaseStore, case: str = "case-full") -> signing.Content:
    return signing.content(store.case(case).info, store.images(case), store.seen(case), store.reviews(case))


def signature(store: CaseStore, deed: Deed = Deed.SIGNED, actor: str = "dr a", reason: str = "") -> Signature:
    return Signature(deed, AT, actor, "signer", False, content(store), reason)


def signed(store: CaseStore) -> str:
    """A case with a sample, its steps, a signature, its reopening and another signature."""
    case = made.full(store)
    store.review.add_sample(case, sample(store))
    store.review.add_step(case, SampleStep("sample-1", StepKind.REVEALED, AT, "dr a", 3))
    store.review.sign(case, signature(store))
    store.review.sign(case, signature(store, Deed.REOPENED, reason="Nachname mistyped"))
    store.review.sign(case, signature(store, actor="dr b"))
    return case


def test_samples_and_steps_come_back_as_they_were_given(store: CaseStore) -> None:
    case = made.full(store)
    drawn, other = sample(store), sample(store, Purpose.OBSERVERS, "sample-2", 2)
    for one in (drawn, other, drawn):  # the same again changes nothing
        store.review.add_sample(case, one)
    assert store.review.samples(case) == [drawn, other]
    with pytest.raises(Conflict):
        store.review.add_sample(case, replace(other, id="sample-1"))
    step = SampleStep("sample-2", StepKind.CLOSED, AT, "dr b", 1)
    store.review.add_step(case, step)
    store.review.add_step(case, replace(step, read=2))  # closed is closed
    assert store.review.steps(case) == [step]
    with pytest.raises(NotFound, match="no such sample"):
        store.review.add_step(case, replace(step, sample="sample-3"))
    told = [event for event in store.trail(case) if event.action.startswith("sample.")]
    assert [event.action for event in told] == ["sample.drawn", "sample.drawn", "sample.closed"]
    known = {"purpose": "estimate", "run": RUN, "cells": 3, "of": 6, "seed": 7, "blinded": True}
    assert known.items() <= told[0].detail.items()
    assert store.verify_trail() == len(store.trail())


def test_a_sample_of_other_cells_is_refused(store: CaseStore) -> None:
    case = made.full(store)
    drawn = sample(store).drawn
    first = drawn.cells[0]
    for wrong in (
        replace(drawn, cells=("nobody",), probability={"nobody": 0.5}),
        replace(drawn, cells=(first, first)),
        replace(drawn, cells=()),
        replace(drawn, probability=dict.fromkeys(drawn.cells, 1.5)),
        replace(drawn, frame=1),
        replace(drawn, seed=-1),
    ):
        with pytest.raises(BadInput):
            store.review.add_sample(case, replace(sample(store), drawn=wrong))
    assert store.review.samples(case) == []


def test_a_signature_holds_until_something_changes(store: CaseStore) -> None:
    case = made.full(store)
    assert signing.state(store.review.signatures(case), content(store)) == Unsigned()
    first = signature(store)
    store.review.sign(case, first)
    store.review.sign(case, replace(first, at=AT + dt.timedelta(minutes=1)))  # clicked twice
    assert store.review.signatures(case) == [first]
    assert signing.state(store.review.signatures(case), content(store)) == Signed((first,))
    store.review.sign(case, replace(first, actor="dr b"))
    found = signing.state(store.review.signatures(case), content(store))
    assert isinstance(found, Signed)
    assert [one.actor for one in found.by] == ["dr a", "dr b"]
    store.add_review(case, made.review(store.seen(case).cells[1].id, minute=9))
    found = signing.state(store.review.signatures(case), content(store))
    assert isinstance(found, Void)
    assert found.because == ("1 review was added",)


def test_reopening_needs_a_signature_and_a_reason_and_is_told(store: CaseStore) -> None:
    case = made.full(store)
    with pytest.raises(Conflict, match="nothing to reopen"):
        store.review.sign(case, signature(store, Deed.REOPENED, reason="why"))
    store.review.sign(case, signature(store))
    with pytest.raises(BadInput, match="reason"):
        store.review.sign(case, signature(store, Deed.REOPENED, reason="  "))
    store.review.sign(case, signature(store, Deed.REOPENED, reason="Nachname mistyped"))
    with pytest.raises(Conflict, match="nothing to reopen"):
        store.review.sign(case, signature(store, Deed.REOPENED, reason="again"))
    assert isinstance(signing.state(store.review.signatures(case), content(store)), Unsigned)
    store.review.sign(case, signature(store))  # the same person, the same content: a new signature all the same
    assert [one.number for one in store.review.signatures(case)] == [1, 2, 3]
    told = [event for event in store.trail(case) if event.action in ("case.signed", "case.reopened")]
    assert [event.action for event in told] == ["case.signed", "case.reopened", "case.signed"]
    assert told[0].detail["content"] == content(store).hash
    assert told[0].detail["authenticated"] is False
    assert "Nachname" not in str(told)  # events outlive the case: no free text in them


def test_a_changed_mind_is_told_in_the_trail_by_its_cell_alone(store: CaseStore) -> None:
    case = made.full(store)
    one, two, three = (cell.id for cell in store.seen(case).cells[1:4])

    def said(cell: str, now: str, minute: int, actor: str = "dr a", *, shown: bool) -> Review:
        return replace(made.review(cell, now, minute), actor=actor, saw_call=shown)

    store.add_reviews(case, [said(cell, "blast", 10, shown=False) for cell in (one, two, three)])
    store.add_reviews(case, [said(one, "monocyte", 11, shown=True), said(two, "blast", 11, shown=True)])
    store.add_review(case, said(three, "monocyte", 12, "dr b", shown=True))  # somebody else's mind
    told = [event.detail.get("changed_mind") for event in store.trail(case)[-3:]]
    assert told == [None, [one], None]
    assert "monocyte" not in str([event.detail for event in store.trail(case)])
    assert store.verify_trail() == len(store.trail())


def test_the_database_itself_refuses_to_change_them(store: CaseStore, settings: Settings) -> None:
    signed(store)
    database = Database(settings)
    for statement in (
        "update signatures set actor = 'somebody else'",
        "update samples set seed = 8",
        "update sample_steps set actor = 'somebody else'",
    ):
        with pytest.raises(sa.exc.DBAPIError, match="append-only"), database.writing() as connection:
            connection.exec_driver_sql(statement)
    database.close()
    assert store.verify_trail() == len(store.trail())


@pytest.mark.parametrize(
    "statement", ["update signatures set authenticated = (1 = 1) where number = 1", "delete from sample_steps"]
)
def test_an_edit_by_hand_is_found(store: CaseStore, settings: Settings, statement: str) -> None:
    signed(store)
    sqlite = "sqlite" in settings.database
    tables = () if sqlite else ("signatures", "samples", "sample_steps")
    by_hand(settings, *(f"alter table {name} disable trigger all" for name in tables), statement)
    with pytest.raises(TrailBroken, match="signatures of case case-full"):
        store.verify_trail()


def test_they_travel_with_their_case_and_are_verified_there(
    store: CaseStore, elsewhere: Elsewhere, tmp_path: Path
) -> None:
    case = signed(store)
    file = store.export_case(case, tmp_path / "first.zip")
    other = elsewhere()
    other.import_case(file, actor="dr c")
    assert other.review.samples(case) == store.review.samples(case)
    assert other.review.steps(case) == store.review.steps(case)
    assert other.review.signatures(case) == store.review.signatures(case)
    found = signing.state(other.review.signatures(case), content(other))
    assert isinstance(found, Signed)
    assert [one.actor for one in found.by] == ["dr b"]
    assert other.verify_trail() == len(other.trail())
    assert other.export_case(case, tmp_path / "second.zip").read_bytes() == file.read_bytes()
    other.add_review(case, made.review(other.seen(case).cells[1].id, minute=9))
    assert isinstance(signing.state(other.review.signatures(case), content(other)), Void)


def forged(content: dict) -> None:
    """Another name on the signature: the history knows who signed."""
    content["signatures"][2]["actor"] = "dr nobody"


def rebound(content: dict) -> None:
    """Over other parts, with a hash that fits them."""
    row = content["signatures"][2]
    row["content"]["info"] = "0" * 64
    row["content_hash"] = signing.Content.of(row["content"]).hash


FORGERIES: tuple[Callable[[dict], None], ...] = (
    forged,
    rebound,
    lambda content: content["signatures"][0].update(content_hash="0" * 64),
    lambda content: content["signatures"].pop(),
    lambda content: content["samples"][0]["cells"].append("nobody"),
    lambda content: content["samples"][0].update(run="no run"),
    lambda content: content["samples"][0].update(chances=[]),
    lambda content: content["sample_steps"][0].update(sample_id="sample-9"),
)


def test_a_forged_one_stays_outside(store: CaseStore, elsewhere: Elsewhere, tmp_path: Path) -> None:
    file, other = store.export_case(signed(store), tmp_path / "case.zip"), elsewhere()
    for change in FORGERIES:
        wrong = rewritten(file, tmp_path / "forged.zip", edited("case.json", change), honest=True)
        with pytest.raises(RefusedFile, match=r"'case\.json'"):
            other.import_case(wrong, actor="dr c")
    assert other.cases() == []


def test_they_go_with_their_case(store: CaseStore) -> None:
    case = signed(store)
    store.delete_case(case, actor="dr a", reason="withdrawn")
    for ask in (store.review.samples, store.review.steps, store.review.signatures):
        with pytest.raises(NotFound):
            ask(case)
    assert "Nachname" not in json.dumps([dict(event.detail) for event in store.trail()])
    assert store.verify_trail() == len(store.trail())
    signed(store)  # the id may be used again
    assert len(store.review.signatures(case)) == 3
