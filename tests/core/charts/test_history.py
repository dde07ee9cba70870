"""The list of reviews: nothing replaced, the newest first."""

from __future__ import annotations

from dataclasses import replace

from core import labels
from core.charts import history
from core.records import Stream
from core.vocabulary import vocabulary
from tests.core.cases import made

WORDS = vocabulary("shipped16")
REVIEWS = [
    made.review("a", "blast", 0),
    made.review("b", "monocyte", 1, ""),
    made.review("a", "lymphocyte", 2, "on second thoughts"),
    replace(made.review("a", "blast", 3), stream=Stream.OBSERVER, saw_call=True, actor="dr b"),
    replace(made.review("b", "blast", 4), reason=labels.TAKEN_BACK, stream=Stream.TARGETED),
]


def test_every_word_stays_and_the_newest_is_first() -> None:
    found = history.lines(REVIEWS, WORDS)
    assert [line.cell for line in found] == ["b", "a", "a", "b", "a"]
    assert [line.said for line in found] == ["taken back", "read", "changed", "confirmed", "changed"]
    assert [line.in_view for line in found[:3]] == ["call hidden", "call in view", "call hidden"]
    assert (found[2].was, found[2].now, found[2].reason) == ("monocyte", "lymphocyte", "on second thoughts")
    assert found[2].at == "2026-03-01 12:32:15"
    assert found[0].reason == ""
    assert found[1].why == "independent read"


def test_one_cell_or_one_person_alone() -> None:
    assert [line.at[-5:] for line in history.lines(REVIEWS, WORDS, cell="a")] == ["33:15", "32:15", "30:15"]
    assert [line.cell for line in history.lines(REVIEWS, WORDS, actor="dr b")] == ["a"]
    assert history.reviewed(REVIEWS) == (("b", 2), ("a", 3))


def test_a_class_of_another_vocabulary_keeps_its_code() -> None:
    (line,) = history.lines([replace(REVIEWS[0], now="x_unknown")], WORDS)
    assert (line.now, line.was) == ("x_unknown", "monocyte")
