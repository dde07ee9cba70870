"""Tumour boards in the store, on both engines: choices that name nobody, and that lose what was deleted."""

from __future__ import annotations

import dataclasses

import pytest

from core.cases.boards import MOST_PICTURES
from core.cases.store import CaseStore
from core.doors.board import Board, Layout, Panel, Shown
from core.errors import BadInput, Conflict, NotFound
from tests.core.cases import made


def cells_of(store: CaseStore, case: str) -> tuple[str, ...]:
    return tuple(cell.id for cell in store.seen(case).cells)


def one_of(store: CaseStore) -> Board:
    case = made.full(store, case_id="a")
    cells, fields = cells_of(store, case)[:2], (store.images(case)[0].id,)
    return Board("Monday", Layout.ONE, (Shown(case, cells, fields),), (Panel.SHARES, Panel.PICTURES))


def events(store: CaseStore) -> list[tuple[str, str]]:
    return [(event.action, event.actor) for event in store.trail() if event.action.startswith("board.")]


def test_a_board_comes_back_as_it_was_put(store: CaseStore):
    board = one_of(store)
    board_id = store.board.add(board, actor="dr a")
    held = store.board.one(board_id)
    assert dataclasses.replace(held, id="", actor="", at=None) == board
    assert (held.id, held.actor, held.at is not None) == (board_id, "dr a", True)
    assert len(board_id) >= 24  # a link that cannot be guessed
    assert store.board.all() == [held]


def test_changes_are_told_and_no_change_is_none(store: CaseStore):
    board = dataclasses.replace(one_of(store), title="Unmistakable words")
    board_id = store.board.add(board, actor="dr a")
    held = store.board.one(board_id)
    store.board.change(held, actor="dr b")
    store.board.change(dataclasses.replace(held, panels=(Panel.MARKERS,), masked=False), actor="dr c")
    store.board.remove(board_id, actor="dr d")
    assert events(store) == [("board.made", "dr a"), ("board.changed", "dr c"), ("board.deleted", "dr d")]
    assert store.trail()[-2].detail["fields"] == ["panels", "masked"]
    assert "Unmistakable" not in str([event.detail for event in store.trail()])
    assert store.verify_trail() == len(store.trail())
    with pytest.raises(NotFound):
        store.board.one(board_id)
    with pytest.raises(NotFound):
        store.board.remove(board_id, actor="dr d")
    with pytest.raises(NotFound):
        store.board.change(held, actor="dr d")


def test_a_deleted_case_is_on_no_board_any_more(store: CaseStore):
    board = one_of(store)
    store.add_case(made.INFO, actor="a", case_id="b")
    two = dataclasses.replace(board, layout=Layout.TWO, cases=(*board.cases, Shown("b")))
    board_id = store.board.add(two, actor="dr a")
    store.delete_case("a", actor="a", reason="withdrawn")
    assert [shown.case for shown in store.board.one(board_id).cases] == ["b"]
    store.delete_case("b", actor="a", reason="withdrawn")
    assert store.board.one(board_id).cases == ()
    assert store.verify_trail() == len(store.trail())


@pytest.mark.parametrize("title", ["", "  ", "x" * 61, "Board of 2026-03-01", "ask a@b.example", "on study-017"])
def test_a_title_names_nobody(store: CaseStore, title: str):
    board = one_of(store)
    with pytest.raises(BadInput):
        store.board.add(dataclasses.replace(board, title=title), actor="a")
    assert store.board.all() == []
    assert events(store) == []


def test_an_unmasked_board_may_have_the_pseudonym_in_its_title(store: CaseStore):
    board = dataclasses.replace(one_of(store), title="on study-017", masked=False)
    assert store.board.one(store.board.add(board, actor="a")).title == "on study-017"


@pytest.mark.parametrize(
    ("layout", "names"),
    [(Layout.ONE, ()), (Layout.ONE, "ab"), (Layout.TWO, "a"), (Layout.TWO, "aa"), (Layout.SERIAL, ())],
)
def test_a_board_has_as_many_cases_as_its_layout_shows(store: CaseStore, layout: Layout, names: str):
    for name in "ab":
        store.add_case(made.INFO, actor="a", case_id=name)
    with pytest.raises(BadInput):
        store.board.add(Board("Monday", layout, tuple(Shown(name) for name in names)), actor="a")


def test_serial_samples_are_of_one_pseudonym(store: CaseStore):
    store.add_case(made.INFO, actor="a", case_id="a")
    store.add_case(made.INFO, actor="a", case_id="b")
    store.add_case(dataclasses.replace(made.INFO, pseudonym="Another"), actor="a", case_id="c")
    assert store.board.add(Board("Course", Layout.SERIAL, (Shown("a"), Shown("b"))), actor="a")
    with pytest.raises(Conflict):
        store.board.add(Board("Course", Layout.SERIAL, (Shown("a"), Shown("c"))), actor="a")


def test_days_are_of_every_sample_or_of_none(store: CaseStore):
    for name in "ab":
        store.add_case(made.INFO, actor="a", case_id=name)
    course = Board("Course", Layout.SERIAL, (Shown("a", day=0), Shown("b", day=28)))
    assert [one.day for one in store.board.one(store.board.add(course, actor="a")).cases] == [0, 28]
    for days in ((0, None), (0, 10**6)):
        cases = tuple(Shown(name, day=day) for name, day in zip("ab", days, strict=True))
        with pytest.raises(BadInput):
            store.board.add(dataclasses.replace(course, cases=cases), actor="a")


def test_what_is_shown_is_of_its_case(store: CaseStore):
    board = one_of(store)
    store.add_case(made.INFO, actor="a", case_id="b")
    for shown in (Shown("b", board.cases[0].cells), Shown("b", (), board.cases[0].fields), Shown("nothing")):
        with pytest.raises(NotFound):
            store.board.add(dataclasses.replace(board, cases=(shown,)), actor="a")
    many = tuple(f"c{n}" for n in range(MOST_PICTURES + 1))
    with pytest.raises(BadInput):
        store.board.add(dataclasses.replace(board, cases=(Shown("a", many),)), actor="a")
