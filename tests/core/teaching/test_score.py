"""The score: first answers only, drawn cells apart, every share with its interval and its cells."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from core.statistics import wilson
from core.teaching.score import mistaken, scored, sessions, taught
from core.vocabulary import vocabulary
from tests.core.teaching.answered import AT, answer, item

WORDS = vocabulary("shipped16")
CODES = WORDS.codes


def test_each_class_has_its_share_and_interval_from_either_side():
    said = [answer(item(f"b{n}"), "blast" if n < 8 else "promonocyte") for n in range(10)]
    said += [answer(item(f"p{n}", "promonocyte"), "promonocyte") for n in range(3)]
    found = scored(said, WORDS, synthetic=False)
    blast, promonocyte = found.classes
    assert (blast.code, blast.found.right, blast.found.asked) == ("blast", 8, 10)
    assert blast.found.interval == wilson(8, 10)
    assert (blast.true.right, blast.true.asked) == (8, 8)
    assert (promonocyte.true.right, promonocyte.true.asked) == (3, 5)
    assert found.matrix == ((8, 2), (0, 3))
    assert (found.overall.right, found.overall.asked) == (11, 13)
    assert [a.item.cell for a in mistaken(said, "blast", "promonocyte")] == ["b8", "b9"]


def test_a_second_look_counts_nowhere_but_apart():
    said = [answer(item("a"), "band"), answer(item("a"), "blast", again=True)]
    found = scored(said, WORDS, synthetic=False)
    assert (found.overall.right, found.overall.asked) == (0, 1)
    assert (found.again.right, found.again.asked) == (1, 1)
    assert mistaken(said, "blast", "blast") == ()


def test_drawn_cells_never_enter_the_score_of_photographs():
    said = [answer(item("a"), "blast"), answer(item("9", "band", case="", synthetic=True), "blast")]
    real, drawn = (scored(said, WORDS, synthetic=kind) for kind in (False, True))
    assert (real.overall.right, real.overall.asked, real.codes) == (1, 1, ("blast",))
    assert (drawn.overall.right, drawn.overall.asked, drawn.codes) == (0, 1, ("blast", "band"))
    assert drawn.classes[0].found.interval is None  # no blast was asked, though one was named
    assert scored([], WORDS, synthetic=True).overall.ratio is None


def test_sessions_stand_in_their_order_each_with_its_own_share():
    day = dt.timedelta(days=1)
    said = [
        answer(item("c"), "blast", AT + day, session="later"),
        answer(item("a"), "blast", session="first"),
        answer(item("b"), "band", session="first"),
        answer(item("a"), "blast", AT + day, session="later", again=True),
        answer(item("9", case="", synthetic=True), "blast", session="first"),
    ]
    found = sessions(said, WORDS, synthetic=False)
    assert [(s.id, s.share.right, s.share.asked, s.again) for s in found] == [("first", 1, 2, 0), ("later", 1, 1, 1)]


def test_a_deck_shows_which_cells_were_hardest_at_first_sight():
    said = [answer(item("easy"), "blast"), answer(item("hard"), "band"), answer(item("half"), "band")]
    others = [answer(item("easy"), "blast"), answer(item("hard"), "band"), answer(item("half"), "blast")]
    again = [answer(item("hard"), "blast", again=True)]
    found = taught([*said, *(replace(a, learner="another") for a in others), *again])
    assert found.learners == 2
    assert (found.share.right, found.share.asked) == (3, 6)
    assert [(id, one.right, one.asked) for id, one in found.hardest] == [("case-1/hard", 0, 2), ("case-1/half", 1, 2)]
    assert taught([]).share.ratio is None


@given(st.lists(st.tuples(st.sampled_from(CODES), st.sampled_from(CODES), st.booleans(), st.booleans())))
def test_every_answer_is_counted_exactly_once(said):
    answers = [
        answer(item(f"{n}", truth, synthetic=synthetic), named, again=again)
        for n, (truth, named, synthetic, again) in enumerate(said)
    ]
    both = [scored(answers, WORDS, synthetic=kind) for kind in (False, True)]
    assert sum(s.overall.asked + s.again.asked for s in both) == len(answers)
    for found in both:
        assert sum(map(sum, found.matrix)) == found.overall.asked
        assert sum(found.matrix[n][n] for n in range(len(found.codes))) == found.overall.right
        assert sum(one.found.asked for one in found.classes) == sum(one.true.asked for one in found.classes)
        for one in found.classes:
            for part in (one.found, one.true):
                assert (part.ratio is None) == (part.interval is None)
                assert part.interval is None or part.interval.low <= part.ratio <= part.interval.high
