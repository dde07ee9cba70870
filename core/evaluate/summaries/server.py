"""A real HTTP server on this machine that speaks the chat protocol and says what it was told to say."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PIECE = 400  # characters of an event


@dataclass(slots=True)
class Server:
    """What it says to every request, and what it heard, to the byte."""

    url: str = ""
    says: str = ""
    heard: list[bytes] = field(default_factory=list)

    def set(self, sentences: Sequence[str]) -> None:
        rows = {"sentences": [{"text": text} for text in sentences], "caveats": [99, -1], "checks": [99]}
        self.says = json.dumps(rows, ensure_ascii=False)


@contextmanager
def serving() -> Iterator[Server]:
    """The server, on a port of the loopback that is free, until the end."""
    told = Server()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            told.heard.append(self.rfile.read(int(self.headers["content-length"])))
            self.send_response(200)
            self.send_header("content-type", "text/event-stream")
            self.end_headers()
            for at in range(0, len(told.says), PIECE):
                self.wfile.write(_event({"content": told.says[at : at + PIECE]}, None))
            self.wfile.write(_event({}, "stop") + b"data: [DONE]\n\n")

        def log_message(self, format: str, *args: object) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    told.url = f"http://127.0.0.1:{server.server_address[1]}/v1"
    try:
        yield told
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _event(delta: dict[str, str], finish: str | None) -> bytes:
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    row = {"id": "1", "object": "chat.completion.chunk", "created": 0, "model": "scripted", "choices": [choice]}
    return f"data: {json.dumps(row)}\n\n".encode()
