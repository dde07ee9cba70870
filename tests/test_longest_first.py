"""The order in which workers take files: nothing lost, the longest first, browsers among the others."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from tests.longest_first import LONGEST, SPREAD, spread

ROOT = Path(__file__).parents[1]


def test_what_is_named_is_there() -> None:
    assert [name for name in LONGEST if not (ROOT / name).is_file()] == []
    assert len(set(LONGEST)) == len(LONGEST)


@given(st.integers(0, 30), st.integers(0, 300))
def test_both_kinds_keep_their_order_and_nothing_is_lost(few: int, many: int) -> None:
    browsers, others = [f"b{n}" for n in range(few)], [f"o{n}" for n in range(many)]
    order = spread(browsers, others)
    assert [one for one in order if one in browsers] == browsers
    assert [one for one in order if one in others] == others
    assert not few or order[0] == "b0"
    assert not few or not many or order.index(browsers[-1]) <= SPREAD * many + few


def test_browsers_do_not_stand_together() -> None:
    order = spread(["b"] * 20, ["o"] * 200)
    assert "bb" not in "".join(order)
