"""Stages of work side by side: each in a thread of its own, a step ahead of whoever asks for its results.

    with lanes() as ahead:
        pictures = ahead(unpacked(files))
        for cells in ahead(found_in(picture) for picture in pictures):
            …

Order is kept and nothing is decided by timing, so the result is that of plain loops. At most `MOST` finished things
wait at each stage, however many come. An error appears where its result would have; whoever leaves ends all stages.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

Item = TypeVar("Item")
MOST = 1  # things that wait between two stages
PATIENCE = 0.05  # seconds after which a waiting stage looks whether anybody still wants its results


class Ahead(Protocol):
    def __call__(self, items: Iterable[Item]) -> Iterator[Item]: ...


class _Left(Exception):
    """Nobody waits for these results any more."""


@dataclass(frozen=True, slots=True)
class _End:
    """After the last item, or instead of an item that could not be made."""

    error: BaseException | None = None


@contextmanager
def lanes() -> Iterator[Ahead]:
    """Stages that end with the block, whatever ends it."""
    left, threads = threading.Event(), list[threading.Thread]()

    def ahead(items: Iterable[Item]) -> Iterator[Item]:
        waiting: queue.Queue[Any] = queue.Queue(MOST)
        thread = threading.Thread(target=_filled, args=(items, waiting, left), name="lane", daemon=True)
        threads.append(thread)
        thread.start()
        return _emptied(waiting, left)

    try:
        yield ahead
    finally:
        left.set()
        for thread in threads:
            thread.join()


@contextmanager
def one_after_another() -> Iterator[Ahead]:
    """The same without threads: what `lanes` is compared with."""
    yield _plain


def _plain(items: Iterable[Item]) -> Iterator[Item]:
    return iter(items)


def _filled(items: Iterable[Any], waiting: queue.Queue[Any], left: threading.Event) -> None:
    try:
        try:
            for item in items:
                _patient(lambda item=item: waiting.put(item, timeout=PATIENCE), left)  # type: ignore[misc]
            end = _End()
        except BaseException as error:  # noqa: BLE001 - raised where its result is asked for, or that waits for ever
            end = _End(error)
        _patient(lambda: waiting.put(end, timeout=PATIENCE), left)
    except _Left:
        pass


def _emptied(waiting: queue.Queue[Any], left: threading.Event) -> Iterator[Any]:
    while True:
        item = _patient(lambda: waiting.get(timeout=PATIENCE), left)
        if isinstance(item, _End):
            if item.error is not None:
                raise item.error
            return
        yield item


def _patient(do: Callable[[], Any], left: threading.Event) -> Any:
    while not left.is_set():
        try:
            return do()
        except (queue.Full, queue.Empty):
            continue
    raise _Left
