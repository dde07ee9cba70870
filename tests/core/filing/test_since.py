"""What happened to a case since, in words."""

from __future__ import annotations

from core.cases import words
from core.cases.reviewing import HISTORY
from core.cases.robustness import TESTED
from core.doors.filing import Happened
from core.filing import since


def event(number, action, **detail):
    return Happened(number, f"hash {number}", "dr a", action, detail)


def test_reads_are_added_up_and_the_rest_is_told_once_in_order():
    events = [
        event(1, "case.created"),
        event(2, "case.filed"),
        event(3, "cells.reviewed", cells=5),
        event(4, "case.reopened"),
        event(5, "cell.reviewed"),
        event(6, "case.noted"),
        event(7, "run.started"),
        event(8, "run.done"),
        event(9, "run.done"),
        event(10, "something.else_happened"),
    ]
    assert since.changes(events, "hash 2") == (
        "6 cells were named by people", "it was reopened by dr a", "it was analysed anew", "something else happened",
    )  # fmt: skip
    assert since.changes(events, "hash 10") == ()
    assert since.changes(events[:5], "hash 4") == ("1 cell was named by a person",)


def test_every_event_that_changes_a_paper_has_words_of_its_own():
    for action in (TESTED, *HISTORY.values(), *words.ACTIONS.values()):
        assert action in since.ONE, action
    for said in since.ONE.values():
        assert said.format(actor="dr a")


def test_whatever_another_house_says_has_words():
    strange = [event(1, "case.{0}"), event(2, "cells.reviewed", cells="many"), event(3, "cells.reviewed", cells=None)]
    assert since.changes(strange, "") == ("2 cells were named by people", "case {0}")
