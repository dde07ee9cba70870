"""The line to a language model, watched from beside: it is cut when nobody wants the answer any more.

Whoever reads from a line hangs in the reading until something comes. So a second thread looks whether to stop, and
shuts the connection down, which ends the reading at once.
"""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any

LOOK_EVERY = 0.05  # seconds
CONNECTED = (".connect_tcp.complete", ".start_tls.complete", ".connect_unix_socket.complete")


class Line:
    """Use it in a `with`; give its `trace` to the request."""

    def __init__(self, stop: Callable[[], bool]) -> None:
        self._stop = stop
        self._stream: Any = None
        self._over = threading.Event()
        self._watcher = threading.Thread(target=self._watch, name="line to a language model", daemon=True)

    def __enter__(self) -> Line:
        self._watcher.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._over.set()
        self._watcher.join()

    def trace(self, name: str, info: Mapping[str, Any]) -> None:
        """What the transport does; of interest is the connection it made."""
        if name.endswith(CONNECTED):
            self._stream = info["return_value"]

    def _watch(self) -> None:
        while not self._over.wait(LOOK_EVERY):
            if self._stream is not None and self._stop():
                found = self._stream.get_extra_info("socket")
                with contextlib.suppress(OSError):  # it ended by itself meanwhile
                    socket.socket.shutdown(found, socket.SHUT_RDWR)  # also of a wrapped one: no farewell is waited for
                return
