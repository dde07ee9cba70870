"""Warnings of other people's code held back, for whoever is in the block alone.

`warnings.catch_warnings` swaps the filters of the whole process: of two threads that overlap, the second would put back
what the first had put there, and nobody would hear a warning again. So whoever swaps them does it here, one at a time.
It lies in this room because both the codecs of core and the engines may come here.
"""

from __future__ import annotations

import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

_one_at_a_time = threading.RLock()


@contextmanager
def hushed() -> Iterator[None]:
    with _one_at_a_time, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
