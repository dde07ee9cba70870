"""A progress bar on a terminal, silence in a pipe; everything for the person goes to stderr."""

from __future__ import annotations

import sys
from types import TracebackType
from typing import TextIO

WIDTH = 30


class Bar:
    """`with Bar("seeing") as bar: bar.show(3, 20)`. Writes only where somebody sits and watches."""

    def __init__(self, word: str, to: TextIO | None = None) -> None:
        self._word = word
        self._to = to or sys.stderr
        self._live = self._to.isatty()
        self._drawn = False

    def show(self, done: int, total: int, more: str = "") -> None:
        if not self._live or total < 1:
            return
        full = WIDTH * done // total
        bar = "█" * full + "░" * (WIDTH - full)
        self._to.write(f"\r\x1b[K{self._word} {bar} {done}/{total}{f'  {more}' if more else ''}")
        self._to.flush()
        self._drawn = True

    @property
    def live(self) -> bool:
        """Somebody sits and watches."""
        return self._live

    def clear(self) -> None:
        """Make room for a message; the next `show` draws again."""
        if self._drawn:
            self._to.write("\r\x1b[K")
            self._to.flush()
            self._drawn = False

    def __enter__(self) -> Bar:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, at: TracebackType | None) -> None:
        self.clear()


def say(message: str, bar: Bar | None = None) -> None:
    """One line to the person, control characters made visible: a file's name must not steer a terminal."""
    if bar:
        bar.clear()
    line = " ".join(message.split())
    print("".join(c if c.isprintable() else "�" for c in line), file=sys.stderr)
