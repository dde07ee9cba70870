"""A practice: which cells it asks and brings back, and what it says when nothing is left."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from core.doors.teaching import Origin
from core.errors import BadInput, NotFound
from core.teaching import synthetic, told
from core.teaching.practice import (
    ENDLESS,
    EXAMPLES,
    LONGEST,
    MISSED,
    REAL,
    SPARE,
    Practice,
    completed,
    examples_beside,
    kept_apart,
    said,
)
from core.vocabulary import vocabulary
from tests.core.teaching.answered import AT, answer, item

WORDS = vocabulary("shipped16")
CELLS = tuple(item(f"c{n}") for n in range(3))


def practice(name: str = REAL, items=CELLS) -> Practice:
    return Practice(name, "s1", "a learner", WORDS, tuple(items), {})


def test_examples_come_out_of_classes_with_cells_to_spare_and_are_not_asked():
    many = [item(f"b{n}") for n in range(SPARE)] + [item("p", "promyelocyte")]
    asked, beside = kept_apart(many)
    assert {label: len(cells) for label, cells in beside.items()} == {"blast": EXAMPLES, "promyelocyte": 0}
    assert sorted([*asked, *beside["blast"]], key=lambda one: one.id) == sorted(many, key=lambda one: one.id)


def test_a_deck_takes_its_examples_elsewhere_photographs_first():
    pool = [*CELLS, item("other"), item("drawn", synthetic=True)]
    assert [one.cell for one in examples_beside(CELLS, pool, WORDS)["blast"]] == ["other", "drawn"]


def test_every_class_has_an_example_where_the_program_draws_its_vocabulary():
    assert all(len(cells) == EXAMPLES for cells in completed({}, WORDS).values())
    assert not any(completed({}, vocabulary("cblc8")).values())


def test_an_endless_practice_brings_back_drawn_cells_only_a_deck_only_its_own():
    drawn = synthetic.examples("band")[0]
    missed = [answer(CELLS[0], "band"), answer(drawn, "blast")]
    assert [one.item for one in practice(ENDLESS, ()).waiting(missed)] == [drawn]
    assert [one.item for one in practice().waiting(missed)] == [CELLS[0]]
    assert practice(items=CELLS[1:]).waiting(missed) == ()
    later = AT + dt.timedelta(hours=1)
    asks = practice(ENDLESS, ()).upcoming(missed, later, 8)
    assert [ask.item for ask in asks if ask.missed] == [drawn]
    assert all(ask.item.synthetic for ask in asks)


def test_a_deck_is_asked_as_a_whole_also_what_was_met_elsewhere():
    elsewhere = [replace(answer(CELLS[0], "blast"), deck=REAL), replace(answer(CELLS[1], "band"), deck=REAL)]
    deck = practice("deck-1")
    assert deck.unmet(elsewhere) == 3
    asked = [ask.item for ask in deck.upcoming(elsewhere, AT + dt.timedelta(hours=1), 5)]
    assert sorted(one.cell for one in asked) == ["c0", "c1", "c2"]  # the missed one once, not twice
    assert practice(REAL).unmet(elsewhere) == 1
    here = replace(elsewhere[0], deck="deck-1")
    assert deck.unmet([here]) == 2


def test_an_answer_is_checked_and_its_time_believed_within_reason():
    one = practice()
    assert one.answered("n", CELLS[0].id, "band", 1e9, AT).seconds == LONGEST
    assert one.answered("n", CELLS[0].id, "band", -1, AT).seconds == 0
    assert one.answered("n", CELLS[0].id, "band", float("nan"), AT).seconds == 0
    with pytest.raises(BadInput, match="a class of shipped16"):
        one.answered("n", CELLS[0].id, "nothing", 1, AT)
    for other in ("case-1/elsewhere", "/4711", ""):
        with pytest.raises(NotFound):
            one.answered("n", other, "band", 1, AT)
    with pytest.raises(NotFound):
        practice(ENDLESS, ()).answered("n", "/no number", "band", 1, AT)


def test_the_line_below_the_cell_keeps_photographs_and_drawn_cells_apart():
    assert told.tally(practice(), []).right == "No answer in this sitting yet"
    given = [answer(CELLS[0], "blast"), answer(item("9", case="", synthetic=True), "band"),
             answer(CELLS[0], "blast", again=True)]  # fmt: skip
    line = told.tally(practice(), given)
    assert line.right.startswith("1 of 1 right at first sight, 100 %")
    assert "; 0 of 1 drawn cells right at first sight, 0 % (0–79 %)" in line.right
    assert line.text == "· 1 of 1 right of those met before · 1 of 3 cells met"
    assert (line.done, line.total) == (1, 3)
    assert told.tally(practice(ENDLESS, ()), given).total == 0


def test_when_nothing_is_left_it_says_what_comes_back_and_when():
    right = [answer(one, "blast") for one in CELLS]
    assert told.end(practice(), right).title == "You have met every cell of this practice."
    missed = [*right[:2], answer(CELLS[2], "band"), answer(CELLS[2], "blast", again=True)]
    day = f"{(AT + dt.timedelta(days=1)).astimezone():%d %B}"
    assert told.end(practice(), missed).text.startswith(f"1 missed cell will come back, the first on {day}")
    assert told.end(practice(MISSED, ()), []).title == "Nothing to ask here."


def test_who_says_so_is_said():
    assert said(item("a")) == "Reviewed"
    assert said(item("a", synthetic=True)) == "Drawn by a program as this class"
    assert said(replace(item("a"), said_by="dr s", origin=Origin.SIGNED)) == "Signed by dr s, with the whole case"
    both = replace(item("a"), said_by="dr a", synthetic=True)
    assert said(both) == "Reviewed by dr a; the picture was drawn by a program"
