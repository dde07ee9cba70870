"""What all sessions share: made once, also when many ask at once, and never more than there is room for."""

import threading
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pages.components.kept import Kept


@given(st.lists(st.integers(0, 9), max_size=60), st.integers(5, 40))
def test_it_never_holds_more_than_fits_and_always_gives_what_was_asked(asked: list[int], room: int) -> None:
    kept = Kept[bytes](room, len)
    for key in asked:
        assert kept.get(key, lambda key=key: bytes([key]) * (key + 1)) == bytes([key]) * (key + 1)
        assert kept.weight <= room or kept.weight == key + 1
        assert kept.weight == sum(weight for _, weight in kept._held.values())
        assert kept.get(key, lambda: pytest.fail("the newest is still there")) == bytes([key]) * (key + 1)


def test_the_longest_unused_goes_first() -> None:
    kept, made = Kept[bytes](2, len), Counter()

    def ask(key: str) -> None:
        kept.get(key, lambda: made.update([key]) or b"1")

    for key in "abaca":  # b goes when c comes: a was used since
        ask(key)
    assert made == {"a": 1, "b": 1, "c": 1}
    ask("b")
    assert made["b"] == 2


def test_who_asks_at_once_waits_for_one_making() -> None:
    kept, made, going = Kept[bytes](10, len), [], threading.Event()

    def slow() -> bytes:
        made.append(1)
        going.wait(10)
        return b"slow"

    found: list[bytes] = []
    threads = [threading.Thread(target=lambda: found.append(kept.get("one", slow))) for _ in range(8)]
    for thread in threads:
        thread.start()
    going.set()
    for thread in threads:
        thread.join(10)
    assert (len(made), found) == (1, [b"slow"] * 8)


def test_a_making_that_failed_is_tried_again() -> None:
    kept = Kept[bytes](10, len)
    with pytest.raises(OSError):
        kept.get("one", lambda: (_ for _ in ()).throw(OSError("no disk")))
    assert kept.get("one", lambda: b"now") == b"now"
