"""Decks and answers on both engines: kept as given, told by the trail, gone from a case that goes."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from core.cases.store import CaseStore
from core.doors.teaching import Answer, Deck, Item, Origin, Recipe
from core.errors import BadInput, Conflict, NotFound
from tests.core.cases import made

AT = dt.datetime(2026, 4, 1, 9, 0, 0, 250000, tzinfo=dt.UTC)


def item(case: str, cell: str, label: str = "blast", origin: Origin = Origin.REVIEWED) -> Item:
    return Item(case, cell, label, origin, synthetic=False, said_by="dr a")


def deck(*items: Item, id: str = "deck-1", name: str = "Blasts") -> Deck:
    recipe = Recipe(tuple(dict.fromkeys(i.case for i in items)), ("blast", "band"), (Origin.REVIEWED,), 20, 7)
    return Deck(id, name, "a note", "dr a", AT, "shipped16", recipe, items)


def answer(number: int, item: Item, given: str = "blast", learner: str = "a learner") -> Answer:
    at = AT + dt.timedelta(seconds=number)
    return Answer(f"tab-{number}", learner, at, "s1", "deck-1", "shipped16", item, given, 2.5)


def test_a_deck_is_read_as_it_was_made_and_later_reviews_change_nothing(store: CaseStore) -> None:
    case_id = made.full(store)
    cells = [cell.id for cell in store.seen(case_id).cells]
    one = deck(item(case_id, cells[0]), item(case_id, cells[1], "band", Origin.SIGNED))
    store.teaching.add_deck(one, actor="dr a")
    store.add_review(case_id, made.review(cells[0], "monocyte", 9))
    assert store.teaching.deck("deck-1") == one
    store.teaching.add_deck(replace(one, id="deck-2", name="Later"), actor="dr a")
    assert [d.id for d in store.teaching.decks()] == ["deck-2", "deck-1"]
    with pytest.raises(Conflict):
        store.teaching.add_deck(one, actor="dr a")
    with pytest.raises(NotFound, match="case-none"):
        store.teaching.add_deck(deck(item("case-none", "x"), id="deck-3"), actor="dr a")
    assert store.teaching.reviewed_cases() == (case_id,)


def test_a_deck_is_amended_closed_and_opened_and_each_is_told_once(store: CaseStore) -> None:
    case_id = made.full(store)
    items = [item(case_id, cell.id) for cell in store.seen(case_id).cells[:3]]
    store.teaching.add_deck(deck(*items), actor="dr a")
    for _ in range(2):
        store.teaching.amend_deck("deck-1", "Other name", "a note", without=[items[1]], actor="dr b")
        store.teaching.close_deck("deck-1", actor="dr b")
    found = store.teaching.deck("deck-1")
    assert (found.name, found.items, found.closed) == ("Other name", (items[0], items[2]), True)
    store.teaching.close_deck("deck-1", closed=False, actor="dr b")
    assert not store.teaching.deck("deck-1").closed
    told = [(e.action, e.case) for e in store.trail() if e.action.startswith("deck.")]
    assert told == [(f"deck.{what}", "") for what in ("made", "amended", "closed", "opened")]
    assert "Other name" not in str([e.detail for e in store.trail()])  # free text stays out of the trail
    with pytest.raises(NotFound):
        store.teaching.close_deck("deck-9", actor="dr b")
    assert store.verify_trail() > 0


def test_answers_are_added_once_and_know_whether_the_cell_was_met_before(store: CaseStore) -> None:
    case_id = made.full(store)
    cells = [cell.id for cell in store.seen(case_id).cells]
    drawn = Item("", "12345", "band", Origin.DRAWN, synthetic=True)
    said = [
        answer(1, item(case_id, cells[0]), "band"),
        answer(2, drawn, "band"),
        answer(3, item(case_id, cells[0])),
        answer(4, drawn, "smudge"),
        answer(5, item(case_id, cells[1])),
    ]
    assert store.teaching.add_answers(said[:3], actor="a learner") == 3
    assert store.teaching.add_answers(said, actor="a learner") == 2  # sent again with two more
    assert store.teaching.add_answers(said, actor="a learner") == 0
    kept = store.teaching.answers("a learner")
    assert [a.again for a in kept] == [False, False, True, True, False]
    assert [replace(a, again=False) for a in kept] == [replace(a, item=replace(a.item, said_by="")) for a in said]
    assert [a.right for a in kept] == [False, True, True, False, True]
    other = answer(1, item(case_id, cells[0]), learner="another")  # the same number in another browser
    assert store.teaching.add_answers([other], actor="another") == 1
    assert [a.again for a in store.teaching.answers("another")] == [False]
    told = [e.detail for e in store.trail() if e.action == "quiz.answered"]
    assert told == [{"answers": 3}, {"answers": 2}, {"answers": 1}]


def test_a_deck_tells_of_its_learners_without_a_name(store: CaseStore) -> None:
    drawn = Item("", "12345", "band", Origin.DRAWN, synthetic=True)
    for learner, given in (("dr x", "band"), ("dr y", "blast")):
        store.teaching.add_answers([answer(1, drawn, given, learner)], actor=learner)
    found = store.teaching.deck_answers("deck-1")
    assert [(a.learner, a.given) for a in found] == [("learner 1", "band"), ("learner 2", "blast")]
    assert store.teaching.deck_answers("deck-2") == []


def test_nobody_answers_for_somebody_else(store: CaseStore) -> None:
    drawn = Item("", "1", "band", Origin.DRAWN, synthetic=True)
    with pytest.raises(BadInput, match="somebody else"):
        store.teaching.add_answers([answer(1, drawn)], actor="another")
    with pytest.raises(BadInput, match="seconds"):
        store.teaching.add_answers([replace(answer(1, drawn), seconds=float("inf"))], actor="a learner")
    assert store.teaching.answers("a learner") == []


def test_what_was_learned_outlives_a_case_but_not_where_the_cell_was(store: CaseStore) -> None:
    kept, gone = made.full(store, case_id="case-kept"), made.full(store, case_id="case-gone", seeds=(3,))
    ids = {case: store.seen(case).cells[0].id for case in (kept, gone)}
    store.teaching.add_deck(deck(item(kept, ids[kept]), item(gone, ids[gone])), actor="dr a")
    said = [answer(1, item(kept, ids[kept])), answer(2, item(gone, ids[gone]), "band")]
    store.teaching.add_answers(said, actor="a learner")
    store.delete_case(gone, actor="dr a", reason="no longer needed")
    assert [i.case for i in store.teaching.deck("deck-1").items] == [kept]
    first, second = store.teaching.answers("a learner")
    assert (first.item.case, first.item.cell) == (kept, ids[kept])
    assert (second.item.case, second.item.cell, second.item.label, second.given) == ("", "", "blast", "band")
    assert store.verify_trail() > 0


def test_a_case_moves_without_its_decks_and_answers(store: CaseStore, elsewhere, tmp_path) -> None:
    case_id = made.full(store)
    cell = store.seen(case_id).cells[0].id
    store.teaching.add_deck(deck(item(case_id, cell)), actor="dr a")
    store.teaching.add_answers([answer(1, item(case_id, cell))], actor="a learner")
    there = elsewhere()
    there.import_case(store.export_case(case_id, tmp_path), actor="dr b")
    assert there.teaching.decks() == []
    assert there.teaching.answers("a learner") == []
    assert b"a learner" not in (tmp_path / f"{case_id}.zip").read_bytes()
