"""A settling share drawn: everything inside the frame, the band around the line, marks that are round."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from core.charts import settling
from core.charts.settling import Stand

RATIO = st.floats(0, 1)
STANDS = st.lists(st.tuples(st.integers(1, 9000), RATIO, RATIO, RATIO), min_size=1, max_size=40)


@given(STANDS, st.integers(0, 5000))
def test_lies_within_its_frame_and_never_goes_back(drawn, until):
    stands, cells = [], 0
    for more, *three in drawn:
        cells += more
        low, ratio, high = sorted(three)
        stands.append(Stand(cells, ratio, low, high))
    found = settling.of(stands, until)
    for x, y in (*found.line, *found.band):
        assert 0 <= x <= 100
        assert 0 <= y <= 100
    assert [x for x, _ in found.line] == sorted(x for x, _ in found.line)
    upper, lower = found.band[: len(stands)], found.band[len(stands) :][::-1]
    for (_, y), (_, above), (_, below) in zip(found.line, upper, lower, strict=True):
        assert above <= y <= below
    assert 2 <= len(found.up) <= 7
    assert len(found.across) <= 8


def test_marks_are_round_and_the_scale_reaches_the_stop():
    found = settling.of([Stand(40, 0.2, 0.05, 0.5), Stand(90, 0.22, 0.1, 0.36)], until=200)
    assert [mark.text for mark in found.across] == ["0", "50", "100", "150", "200"]
    assert found.up[0].text == "0 %"
    assert found.up[-1].text in ("40 %", "50 %")


def test_without_intervals_there_is_a_line_and_no_band():
    found = settling.of([Stand(40, 0.2, None, None), Stand(90, 0.22, None, None)])
    assert found.band == ()
    assert len(found.line) == 2


def test_before_the_first_cell_there_is_an_empty_frame():
    found = settling.of([])
    assert (found.line, found.band) == ((), ())
    assert found.across[0].text == "0"
