"""A real HTTP server that speaks as much of the chat protocol as a writer needs; what it says is a script."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Reply = str | Callable[[BaseHTTPRequestHandler], None]


@dataclass
class Heard:
    """What was asked of it, to the byte."""

    bodies: list[bytes] = field(default_factory=list)
    url: str = ""

    @property
    def tables(self) -> list[dict[str, Any]]:
        return [json.loads(body) for body in self.bodies]


def reply(sentences: Sequence[str], caveats: Sequence[int] = (), checks: Sequence[int] = ()) -> str:
    """An answer in the schema."""
    rows = {"sentences": [{"text": text} for text in sentences], "caveats": list(caveats), "checks": list(checks)}
    return json.dumps(rows, ensure_ascii=False)


def status(code: int) -> Reply:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        body = json.dumps({"error": {"message": "no", "type": "x"}}).encode()
        handler.send_response(code)
        handler.send_header("content-type", "application/json")
        handler.send_header("content-length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    return answer


def streamed(text: str, *, finish: str | None = "stop", pause: float = 0.0, refusal: str = "") -> Reply:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("content-type", "text/event-stream")
        handler.end_headers()
        pieces = [text[at : at + 40] for at in range(0, len(text), 40)]
        try:
            for piece in pieces:
                event(handler, {"content": piece}, None)
                time.sleep(pause)
            if refusal:
                event(handler, {"refusal": refusal}, None)
            if finish:
                event(handler, {}, finish)
                handler.wfile.write(b"data: [DONE]\n\n")
        except OSError:  # who asked has gone
            return

    return answer


def plain(text: str) -> Reply:
    """An answer that is no stream at all."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        body = text.encode()
        handler.send_response(200)
        handler.send_header("content-type", "text/html")
        handler.send_header("content-length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    return answer


def event(handler: BaseHTTPRequestHandler, delta: dict[str, Any], finish: str | None) -> None:
    row = {
        "id": "1",
        "object": "chat.completion.chunk",
        "created": 0,
        "model": "m",
        "choices": [{"index": 0, "delta": delta, "finish_reason": finish}],
    }
    handler.wfile.write(f"data: {json.dumps(row)}\n\n".encode())
    handler.wfile.flush()


@contextmanager
def serving(*script: Reply) -> Iterator[Heard]:
    """Each request is answered by the next of the script, the last one again and again."""
    heard = Heard()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            heard.bodies.append(self.rfile.read(int(self.headers["content-length"])))
            said = script[min(len(heard.bodies), len(script)) - 1]
            (streamed(said) if isinstance(said, str) else said)(self)

        def log_message(self, format: str, *args: object) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    heard.url = f"http://127.0.0.1:{server.server_address[1]}/v1"
    try:
        yield heard
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
