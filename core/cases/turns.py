"""Writers of one process, one after another in the order in which they came.

A database lets one write at a time too, but SQLite lets whoever happens to ask next in, so that of twenty people some
wait for seconds while others go first again and again. Who waits here holds no connection meanwhile.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager


class Turns:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: deque[threading.Event] = deque()
        self._taken = False

    @contextmanager
    def one(self, patience: float) -> Iterator[bool]:
        """A turn; False after that many seconds without one: then the database itself decides."""
        mine = self._mine(patience)
        try:
            yield mine
        finally:
            if mine:
                self._pass_on()

    def _mine(self, patience: float) -> bool:
        called = threading.Event()
        with self._lock:
            if not self._taken:
                self._taken = True
                return True
            self._waiting.append(called)
        if called.wait(patience):
            return True
        with self._lock:
            if called.is_set():  # the turn came just now
                return True
            self._waiting.remove(called)
            return False

    def _pass_on(self) -> None:
        with self._lock:
            if self._waiting:
                self._waiting.popleft().set()
            else:
                self._taken = False
