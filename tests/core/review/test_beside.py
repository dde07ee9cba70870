"""A count made elsewhere beside the ratio: compared, never merged."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from core import analyse
from core.doors.counts import Count, Kind
from core.readings import Corrected, Interval, Reading
from core.review import beside
from core.vocabulary import vocabulary
from tests.core import counted

AT = dt.datetime(2026, 11, 21, tzinfo=dt.UTC)
WORDS = vocabulary("shipped16")
FIELDS = [{"blast": 8, "segmented": 32}] * 5  # 40 of 200: 20 %


def read(fields=FIELDS) -> Reading:
    return analyse.read(counted.seen(fields), (), counted.info(), WORDS)


def flow(share: float | None, total: int | None = None, number: int = 1, kind: Kind = Kind.FLOW) -> Count:
    return Count(kind, share, total, "", AT, "dr a", number)


def test_inside_the_interval_agrees_and_outside_does_not():
    within, without = (beside.compared(read(), [flow(share)])[0] for share in (0.21, 0.55))
    assert (within.discordant, without.discordant) == (False, True)
    assert "outside the interval, which holds the sampling of cells and fields only" in without.said
    assert "within" in within.said
    assert without.p is None


def test_the_patient_interval_of_the_corrected_share_goes_before_the_raw_one():
    better = Corrected(
        "blasts.corrected", "", "blasts.ratio", 0.3, 0.3, Interval(0.25, 0.35), Interval(0.22, 0.6), 9, ""
    )
    one = beside.compared(replace(read(), corrected=(better,)), [flow(0.55)])[0]
    assert one.interval == Interval(0.22, 0.6)
    assert (one.corrected, one.discordant) == (True, False)


def test_a_count_of_few_cells_may_lie_outside_without_disagreeing():
    few, many = (beside.compared(read(), [flow(0.30, n, kind=Kind.MANUAL)])[0] for n in (20, 2000))
    assert few.p is not None
    assert few.p > 0.05
    assert (few.discordant, many.discordant) == (False, True)
    assert "leaves room" in few.said


def test_nothing_is_compared_with_a_withheld_share():
    one = beside.compared(read([{"blast": 3, "segmented": 9}]), [flow(0.9, 100)])[0]
    assert (one.discordant, one.interval, one.p) == (None, None, None)
    assert "fewer than 50" in one.said


def test_a_count_changes_no_number_of_the_reading():
    before = read()
    beside.compared(before, [flow(0.9, 100)])
    assert before == read()
    assert [one.count.number for one in beside.compared(before, [flow(0.1), flow(None, number=2)])] == []


@given(st.floats(0, 1), st.integers(1, 100_000))
def test_a_count_equal_to_ours_never_disagrees(share, total):
    ours = read()
    assert beside.compared(ours, [flow(ours.blasts.ratio, total)])[0].discordant is False
    one = beside.compared(ours, [flow(share, total)])[0]
    assert one.p is not None
    assert 0 <= one.p <= 1
    assert one.own is not None
    assert one.own.low <= share + 1e-9
    assert one.own.high >= share - 1e-9
