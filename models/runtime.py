"""How networks run: each loaded once per process, in batches that shrink when memory is short.

Faster backends come in here later; what calls a network does not change.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable, Sequence
from typing import Any, TypeVar

Loaded = TypeVar("Loaded")
Item = TypeVar("Item")
Result = TypeVar("Result")

_loaded: dict[Hashable, Any] = {}
_locks: dict[Hashable, threading.Lock] = {}
_door = threading.Lock()


def once(key: Hashable, load: Callable[[], Loaded]) -> Loaded:
    """What `load` makes, made once per process for this key (a network's digest and device).

    Other keys load meanwhile; a load that fails leaves nothing behind and is tried again by the next caller.
    """
    with _door:
        lock = _locks.setdefault(key, threading.Lock())
    with lock:
        if key not in _loaded:
            _loaded[key] = load()
        return _loaded[key]


def device(wish: str = "auto") -> str:
    """'cuda' or 'cpu', as wished and as there is; a wish for a GPU that is not there is refused, not ignored."""
    if wish == "cpu":
        return "cpu"
    import torch  # slow to import, and not needed for the baselines on a CPU

    if torch.cuda.is_available():
        return "cuda"
    if wish == "cuda":
        raise RuntimeError("the setting 'device' asks for cuda, and torch finds no CUDA device here")
    return "cpu"


def in_batches(
    run: Callable[[Sequence[Item]], Sequence[Result]], items: Sequence[Item], size: int, say: Callable[[str], None]
) -> list[Result]:
    """`run` over `items`, `size` at a time; when CUDA runs out of memory the size is halved, and `say` hears of it.

    A single item that does not fit is an error: there is nothing left to halve.
    """
    results: list[Result] = []
    while len(results) < len(items):
        batch = items[len(results) : len(results) + size]
        try:
            results += run(batch)
        except RuntimeError as error:
            if not _out_of_memory(error) or len(batch) == 1:
                raise
            size = max(1, len(batch) // 2)
            say(f"The GPU ran out of memory; going on with {size} at a time.")
            _empty_cache()
    return results


def _out_of_memory(error: RuntimeError) -> bool:
    import torch

    return isinstance(error, torch.cuda.OutOfMemoryError)


def _empty_cache() -> None:
    import torch

    if torch.cuda.is_available():
        torch.cuda.empty_cache()
