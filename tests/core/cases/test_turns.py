"""Writers take turns in the order in which they came; nobody waits for ever, and nobody's turn is lost."""

from __future__ import annotations

import threading
import time

from core.cases.store import CaseStore
from core.cases.turns import Turns
from tests.core.cases import made

PEOPLE, EACH = 12, 3


def _until(true: object, seconds: float = 120) -> None:
    end = time.monotonic() + seconds
    while not true():  # type: ignore[operator]
        assert time.monotonic() < end
        time.sleep(0.002)


def test_who_came_first_goes_first() -> None:
    turns, went = Turns(), []

    def go(number: int) -> None:
        with turns.one(120) as mine:
            went.append((number, mine))

    threads = [threading.Thread(target=go, args=(number,)) for number in range(8)]
    with turns.one(1):
        for place, thread in enumerate(threads, 1):
            thread.start()
            _until(lambda place=place: len(turns._waiting) == place)
        assert went == []
    for thread in threads:
        thread.join(120)
    assert went == [(number, True) for number in range(8)]


def test_who_waits_too_long_is_told_and_the_turn_goes_on_to_others() -> None:
    turns = Turns()
    with turns.one(1), turns.one(0.01) as second:
        assert not second
    with turns.one(0) as third:
        assert third
    try:
        with turns.one(0):
            raise OSError("in the middle of a write")
    except OSError:
        pass
    with turns.one(0) as fourth:
        assert fourth


def test_many_people_name_cells_at_once_and_no_word_is_lost(store: CaseStore) -> None:
    made.full(store, case_id="a")
    before, cell = len(store.reviews("a")), store.seen("a").cells[0].id
    served: list[int] = []
    failed: list[BaseException] = []

    def name(person: int) -> None:
        try:
            for number in range(EACH):
                store.add_review("a", made.review(cell, minute=100 + person * EACH + number))
                served.append(person)
        except Exception as error:  # noqa: BLE001 - in a thread nobody else would hear of it
            failed.append(error)

    threads = [threading.Thread(target=name, args=(person,)) for person in range(PEOPLE)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert failed == []
    assert len(store.reviews("a")) == before + PEOPLE * EACH
    assert sorted(served) == sorted(list(range(PEOPLE)) * EACH)
    store.verify_trail()
