"""What is made once for all sessions and kept while there is room: by what it weighs, not by how many there are.

Two who ask for the same thing at once wait for one making of it.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

T = TypeVar("T")


class Kept(Generic[T]):
    """The latest used, as many as fit into `room`; the newest always. `weigh` says how much room one takes."""

    def __init__(self, room: int, weigh: Callable[[T], int]) -> None:
        self._room, self._weigh = room, weigh
        self._held: OrderedDict[Hashable, tuple[T, int]] = OrderedDict()
        self._making: dict[Hashable, threading.Lock] = {}
        self._lock = threading.Lock()
        self.weight = 0

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        with self._lock:
            found = self._found(key)
            if found is not None:
                return found[0]
            making = self._making.setdefault(key, threading.Lock())
        with making:
            with self._lock:
                found = self._found(key)  # somebody else made it meanwhile
            if found is not None:
                return found[0]
            try:
                made = make()
            finally:
                with self._lock:
                    self._making.pop(key, None)  # who waited for a making that failed tries for himself
            self._keep(key, made)
            return made

    def _found(self, key: Hashable) -> tuple[T, int] | None:
        found = self._held.get(key)
        if found is not None:
            self._held.move_to_end(key)
        return found

    def _keep(self, key: Hashable, made: T) -> None:
        heavy = self._weigh(made)
        with self._lock:
            self.weight -= self._held.pop(key, (made, 0))[1]
            self._held[key] = made, heavy
            self.weight += heavy
            while self.weight > self._room and len(self._held) > 1:
                self.weight -= self._held.popitem(last=False)[1][1]
