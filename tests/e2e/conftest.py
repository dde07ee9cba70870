"""The real app in a real browser. Any request to another origin, console error or page error fails the test."""

from __future__ import annotations

import os
import re
import secrets
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Error, Page, expect, sync_playwright

from tests.e2e.forked import Forked
from tests.e2e.looking import LATE
from tests.e2e.single import patient

ROOT = Path(__file__).parents[2]
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PATIENCE = 180  # seconds a server may take to start on a busy machine
PORTS = range(20_000, 30_000)
AT_REST = "/_stcore/health"  # of the server's own address, and nothing runs on it

# Opened at /case, Streamlit's page first asks for /case/_stcore/… to find out under which path it is served; the
# 404 is the answer it wants. Its own server, its own question: not an error of ours.
PROBES = ("/_stcore/health", "/_stcore/host-config")


# A browser that goes away while it connects: Streamlit then closes what is closed already.
GONE = re.compile(
    r"Exception in ASGI application\nTraceback(?:(?!Exception in ASGI).)*?During handling(?:(?!Exception in ASGI).)*?"
    r"WebSocketDisconnected: Cannot call \"send\" once a close message has been sent\.\n?",
    re.DOTALL,
)


@dataclass
class Server:
    address: str
    data: Path
    log: Path
    process: int = 0

    def url(self, path: str = "/") -> str:
        return self.address + path


@contextmanager
def serving(
    folder: Path, settings: Mapping[str, str], module: str = "streamlit", root: Path = ROOT, fork: bool = False
) -> Iterator[Server]:
    """The app in `root` as a process of its own, until the end of the block; a traceback in its log fails the test.

    It is started as people start it, or with `fork` sooner."""
    env = {k: v for k, v in os.environ.items() if not k.startswith(("HEMABOARD_", "STREAMLIT_"))}
    env |= {"HEMABOARD_BACKEND": "torch"} if root == ROOT else {}  # no trial of engines in every new folder
    env |= settings
    log = folder / "log.txt"
    for last in (False, False, True):
        port = _free_port()
        arguments = ["run", "app.py", "--server.port", str(port)]
        process = Forked(arguments, root, env, log) if fork else _begun([module, *arguments], root, env, log)
        try:
            if not _wait_for(port, process, log, last):
                continue
            yield Server(f"http://localhost:{port}", Path(settings["HEMABOARD_DATA"]), log, process.pid)
            break
        finally:
            process.terminate()
            try:
                process.wait(60)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(60)
    said = GONE.sub("", log.read_text(encoding="utf-8", errors="replace"))
    assert "Traceback" not in said, said


def _begun(order: list[str], root: Path, env: Mapping[str, str], log: Path) -> subprocess.Popen[bytes]:
    with log.open("wb") as out:
        return subprocess.Popen([sys.executable, "-m", *order], cwd=root, env=env, stdout=out, stderr=subprocess.STDOUT)


def _free_port() -> int:
    """Below those that the system gives to whoever asks for any: nobody is handed it before the app has it."""
    while True:
        port = secrets.choice(PORTS)
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("", port))
            return port


def _wait_for(port: int, process: subprocess.Popen[bytes] | Forked, log: Path, last: bool) -> bool:
    """Until the app answers; False if another program was quicker to take the port."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        said = log.read_text(encoding="utf-8", errors="replace") if log.exists() else ""
        if process.poll() is not None:
            if "is not available" in said and not last:
                return False
            raise RuntimeError(f"the app ended at once:\n{said}")
        with suppress(urllib.error.URLError, OSError):
            if f":{port}" in said:  # it says its address once it has the port: whoever answers is this app
                with urllib.request.urlopen(f"http://localhost:{port}/_stcore/health", timeout=10) as answer:
                    if answer.status == 200:
                        return True
        time.sleep(0.1)
    raise RuntimeError(f"the app did not answer within {PATIENCE} s:\n{log.read_text()}")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A system browser if there is one, else Playwright's own. None at all is an error, never a skip.

    It ends with its file: while it lives an event loop runs in this thread, and the durable engine will not start.
    """
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    expect.set_options(timeout=1000 * LATE)
    patient()
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=found, args=FLAGS, timeout=1000 * PATIENCE)
        yield launched
        launched.close()


@dataclass
class Watch:
    """What the browser did that it should not have."""

    home: str
    outside: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    pages: list[tuple[Page, dict[str, Callable[..., object]]]] = field(default_factory=list)

    def asked(self, url: str) -> None:
        if url.startswith(("data:", "blob:")) or origin(url) == self.home:
            return
        self.outside.append(url)

    def follow(self, page: Page) -> None:
        heard = {
            "request": lambda request: self.asked(request.url),
            "websocket": lambda socket: self.asked(socket.url),
            "console": self.said,
            "pageerror": lambda error: self.errors.append(str(error)),
        }
        for event, listener in heard.items():
            page.on(event, listener)  # type: ignore[call-overload]
        self.pages.append((page, heard))

    def close(self) -> None:
        """The pages are left, to be opened anew by whoever comes next."""
        for page, heard in self.pages:
            with suppress(Error):  # it has crashed or was closed
                page.mouse.move(0, 0)  # nor does the mouse stay; and what the page still had to tell is heard
            for event, listener in heard.items():
                page.remove_listener(event, listener)
            if not page.is_closed():
                _left(page, f"http://{self.home}{AT_REST}")
        self.pages.clear()

    def said(self, message: ConsoleMessage) -> None:
        source = str(message.location.get("url", ""))
        if message.type == "error" and not (origin(source) == self.home and source.endswith(PROBES)):
            self.errors.append(f"{message.text} ({source})")


def origin(url: str) -> str:
    return urlsplit(url.replace("ws://", "http://", 1)).netloc


@pytest.fixture
def watch(server: Server) -> Iterator[Watch]:
    watch = Watch(origin(server.address))
    yield watch
    watch.close()
    assert watch.outside == []
    assert watch.errors == []


@pytest.fixture
def opened(server: Server, browser: Browser, watch: Watch) -> Callable[..., Page]:
    """`opened()` is a page of a person who just came; watched until the test ends."""
    return watched(server, browser, watch)


def watched(server: Server, browser: Browser, watch: Watch) -> Callable[..., Page]:
    def page(path: str = "/", *, width: int = 1280, height: int = 900, scheme: str = "light") -> Page:
        new = _tab(browser)
        watch.follow(new)
        new.set_default_timeout(1000 * LATE)
        new.set_viewport_size({"width": width, "height": height})
        new.emulate_media(color_scheme=scheme)
        new.goto(server.url(path))
        new.locator(".hb-ruo").wait_for()
        return new

    return page


def _tab(browser: Browser) -> Page:
    """A tab that nobody looks at, in a profile in which nobody is signed in: rather one that was left than a new one,
    which compiles all of Streamlit's scripts before it shows anything. Two tabs of a profile would hide one another.
    """
    for context in browser.contexts:
        left = [page for page in context.pages if page.url.endswith(AT_REST)]
        if len(left) == len(context.pages):
            context.clear_cookies()
            return left[0] if left else context.new_page()
    return browser.new_context().new_page()


def _left(page: Page, address: str) -> None:
    """Nothing of who was here stays."""
    try:
        page.goto(address)
        page.evaluate("sessionStorage.clear(), localStorage.clear()")
    except Error:  # it has crashed, or its server has gone
        page.close()
