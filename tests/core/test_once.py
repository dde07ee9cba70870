"""What follows from a run is worked out once for it, also for many at once, and goes when the run goes."""

from __future__ import annotations

import gc
import threading
from concurrent.futures import ThreadPoolExecutor
from weakref import ref

import pytest

from core.once import Once
from core.records import Seen


def test_it_is_made_once_for_each_of_them_also_when_many_ask_at_once():
    asked: list[Seen] = []
    begun = threading.Barrier(8)
    found = Once(lambda seen: (asked.append(seen), object())[1])
    first, second = Seen(), Seen()

    def ask(seen: Seen) -> object:
        begun.wait(timeout=30)
        return found(seen)

    with ThreadPoolExecutor(8) as threads:
        made = list(threads.map(ask, [first, second] * 4))
    assert set(map(id, made[::2])) == {id(found(first))}
    assert set(map(id, made[1::2])) == {id(found(second))}
    assert found(first) is not found(second)
    assert len(asked) == 2


def test_it_is_let_go_of_with_the_run():
    class Made:
        """Something that can be watched."""

    found = Once(lambda _seen: Made())
    seen = Seen()
    watched = ref(found(seen))
    assert watched() is not None
    del seen
    gc.collect()
    assert watched() is None


def test_a_making_that_fails_is_tried_again():
    answers = iter([ValueError("no"), "yes"])

    def make(_seen: Seen) -> str:
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    found, seen = Once(make), Seen()
    with pytest.raises(ValueError, match="no"):
        found(seen)
    assert found(seen) == "yes"
