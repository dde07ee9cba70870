"""What follows from what a run saw alone: worked out once for it, and let go of with it.

A run's cells never change while people name them, and everything that is stated is stated anew after every name.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Generic, TypeVar
from weakref import WeakKeyDictionary

from core.records import Seen

T = TypeVar("T")


class Once(Generic[T]):
    """`make`, asked once for each Seen; whoever asks meanwhile waits for that. Nothing it makes may hold the Seen."""

    def __init__(self, make: Callable[[Seen], T]) -> None:
        self._make = make
        self._held: WeakKeyDictionary[Seen, _Place[T]] = WeakKeyDictionary()
        self._lock = threading.Lock()

    def __call__(self, seen: Seen) -> T:
        with self._lock:
            place = self._held.get(seen)
            if place is None:
                place = self._held[seen] = _Place()
        with place.lock:
            if not place.made:
                place.made.append(self._make(seen))
            return place.made[0]


class _Place(Generic[T]):
    """Where the one thing goes that is made; empty, too, after a making that failed."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.made: list[T] = []
