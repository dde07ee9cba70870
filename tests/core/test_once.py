"""What follows from a run is worked out once for it, also for many at once, and goes when the run goes."""

from __future__ import annotations

import gc
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from weakref import ref

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core import analyse, filed
from core.charts import paper
from core.once import Once
from core.records import Modality, Seen
from core.vocabulary import vocabulary
from tests.core import counted
from tests.core.writers import golden

WORDS = vocabulary("shipped16")


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


FIELDS = st.lists(st.dictionaries(st.sampled_from(WORDS.codes), st.integers(0, 25), max_size=5), min_size=1, max_size=6)


@settings(max_examples=25, deadline=None)
@given(fields=FIELDS, data=st.data())
def test_whatever_is_kept_of_a_run_changes_nothing_that_is_stated(fields, data):
    """Review by review, beside the same run met for the first time, of which nothing is kept."""
    seen = golden.corrected(golden.doubted(counted.seen(fields)))
    names = [cell.id for cell in seen.cells] + ["elsewhere"]
    words = st.lists(st.tuples(st.sampled_from(names), st.sampled_from(WORDS.codes)), max_size=6)
    said = [counted.review(cell, code, at) for at, (cell, code) in enumerate(data.draw(words))]
    for number in range(0, len(said) + 1, 2):
        told = []
        for one in (seen, replace(seen)):
            reading = analyse.read(one, said[:number], counted.info(), WORDS)
            shown = paper.chosen(one, said[:number], WORDS, paper.ROOMS[Modality.SMEAR])
            told.append((reading, shown, filed.budgets(one, said[:number], reading, WORDS)))
        assert told[0] == told[1]
