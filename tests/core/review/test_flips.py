"""The flip test: the fewest cells, by brute force too; the least certain first; named cells left alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import statistics
from core.records import Stream
from core.review import flips
from tests.core.review.made import BLOOD, MARROW, WORDS, said, seen


def case(blasts, rest, **more):
    return seen(["blast"] * blasts + ["lymphocyte"] * rest + ["smudge"] * 3, **more)


@given(st.integers(0, 60), st.integers(1, 60), st.sampled_from([2, 5, 10, 20]))
def test_no_smaller_number_crosses(blasts, rest, mark):
    found = flips.crossing(blasts, blasts + rest, mark)
    total, above = blasts + rest, 100 * blasts >= mark * (blasts + rest)
    step = -1 if above else 1
    crossed = [100 * (blasts + step * moved) < mark * total if above else 100 * (blasts + moved) >= mark * total
               for moved in range(found + 1)]  # fmt: skip
    assert crossed == [False] * found + [True]


def test_exactly_the_mark_is_above_it():
    assert flips.crossing(40, 200, 20) == 1
    assert flips.crossing(39, 200, 20) == 1
    found = {flip.mark: flip for flip in flips.fewest(case(40, 160), (), BLOOD, WORDS)}
    assert found[20].above
    assert found[20].said.startswith("1 blast that is none would bring the share below 20 %.")


def test_marks_are_those_of_the_specimen():
    assert [flip.mark for flip in flips.fewest(case(40, 160), (), BLOOD, WORDS)] == [2, 5, 10, 20]
    assert [flip.mark for flip in flips.fewest(case(40, 160), (), MARROW, WORDS)] == [5, 10, 20]


def test_the_least_certain_cells_come_first():
    sure = [0.95] * 36 + [0.9, 0.6, 0.8, 0.55] + [0.99] * 150 + [0.7, 0.65, 0.85] + [0.9] * 10
    found = {flip.mark: flip for flip in flips.fewest(case(40, 160, sure=sure), (), BLOOD, WORDS)}
    assert found[20].cells == ("c39",)
    assert found[20].probabilities == pytest.approx((0.45,))
    assert found[10].cells[:3] == ("c39", "c37", "c38")
    assert found[10].count == len(found[10].cells) == 21
    low = {flip.mark: flip for flip in flips.fewest(case(38, 162, sure=[*sure[:38], *sure[38:]]), (), BLOOD, WORDS)}
    assert not low[20].above
    assert low[20].cells == ("c39", "c191")
    assert "2 missed blasts would bring the share to 20 % or above" in low[20].said


def test_cells_a_person_named_are_settled_and_no_candidates():
    sure = [0.95] * 39 + [0.55] + [0.9] * 163
    named = said({"c39": "blast"}, ["c39"], Stream.TARGETED)
    assert flips.fewest(case(40, 160, sure=sure), named, BLOOD, WORDS)[-1].cells == ("c0",)
    everyone = said({f"c{n}": "blast" for n in range(40)}, [f"c{n}" for n in range(40)], Stream.TARGETED)
    settled = flips.fewest(case(40, 160), everyone, BLOOD, WORDS)[-1]
    assert (settled.count, settled.cells) == (None, ())
    assert settled.said.startswith(
        "No way below 20 %: it would take 1 cell, and of those that nobody has named 0 could. The interval"
    )


def test_smudge_cells_are_outside_and_do_not_flip():
    found = flips.fewest(seen(["smudge"] * 20), (), BLOOD, WORDS)
    assert found == ()
    cells = {cell for flip in flips.fewest(case(5, 95), (), BLOOD, WORDS) for cell in flip.cells}
    assert not cells & {"c100", "c101", "c102"}


@given(st.integers(0, 80), st.integers(1, 80), st.sampled_from([2, 5, 10, 20]), st.sampled_from([None, 30.0, 55.5]))
def test_the_intervals_word_on_the_mark_changes_with_that_many_and_not_before(blasts, rest, mark, n):
    total = blasts + rest
    found = flips.for_interval(blasts, total, n, mark)

    def held(count):
        return bool(statistics.straddled(statistics.share_interval(count, total, n), [mark / 100]))

    above, now = 100 * blasts >= mark * total, held(blasts)
    step = 1 if above == now else -1
    reach = total - blasts if step > 0 else blasts
    expected = [moved for moved in range(1, reach + 1) if held(blasts + step * moved) != now]
    assert found == (expected[0] if expected else None)


def test_words_on_the_interval():
    found = {flip.mark: flip for flip in flips.fewest(case(40, 160), (), BLOOD, WORDS)}
    assert found[20].straddled
    assert found[20].for_interval == 12  # FACTS: of 200, 52 or more clear 20 %
    assert found[20].said.endswith("The interval holds the mark; with 12 blasts more it would not.")
    assert not found[10].straddled
    assert found[10].said.endswith(f"With {found[10].for_interval} blasts fewer the interval would hold the mark.")
