"""A person's browser as far as the server can tell: Streamlit's own protocol, without drawing anything.

A page is a list of deltas; what a person does is the state of a widget. What a v2 component triggers is the state of a
widget of its own, named after the component: a list of `{event, value}` as JSON. Fragments that refresh by themselves
are asked for by the browser, so this client asks for them too.
"""

from __future__ import annotations

import asyncio
import json
import re
import time
import uuid
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlencode

import httpx
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.asyncio.client import ClientConnection, connect

from tests.benchmarks.load_page import Lost, Page

TRIGGERS = ("trigger_value", "json_trigger_value", "string_trigger_value")
PATIENCE = 120.0  # seconds that a run may take before it counts as lost


@dataclass(slots=True)
class Run:
    """One run of a page or of a fragment, as the browser sees it."""

    whole: bool
    began: float  # when it was asked for
    started: float = 0.0  # the first word of the server
    ended: float = 0.0
    size: int = 0  # bytes
    deltas: int = 0
    largest: tuple[int, str] = (0, "")

    @property
    def seconds(self) -> float:
        return self.ended - self.began


@dataclass(slots=True)
class Asked:
    """What somebody waits for: a run of the whole page, or of this fragment."""

    fragment: str
    run: Run
    done: asyncio.Future[Run]
    seen: str = ""


@dataclass
class Client:
    address: str  # http://…
    refresh: bool = True
    page: Page = field(default_factory=Page)
    problems: list[str] = field(default_factory=list)  # requests beside the socket that were refused
    pages: dict[str, str] = field(default_factory=dict)  # path → hash of its script
    session: str = ""
    answered: list[tuple[str, float, int]] = field(default_factory=list)  # requests beside the socket

    def __post_init__(self) -> None:
        self.http = httpx.AsyncClient(base_url=self.address, timeout=PATIENCE, follow_redirects=True)
        self._socket: ClientConnection | None = None
        self._states: dict[str, WidgetState] = {}
        self._held: dict[str, bytes] = {}  # large messages, which the server then only names
        self._timers: dict[str, asyncio.Task[None]] = {}
        self._asked: Asked | None = None
        self._urls: asyncio.Future[Any] | None = None
        self.redirect: asyncio.Future[str] | None = None
        self._script, self._query = "", ""
        self._reader: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: Any, trace: TracebackType | None) -> None:
        await self.leave()
        await self.http.aclose()

    # --- coming and going ------------------------------------------------------------------------------------

    async def arrive(self, path: str = "", **query: str) -> Run:
        """Opens the app at a page, as from a bookmark."""
        await self.fetch("/")
        await self.fetch("/_stcore/health")  # brings the cookie that the socket and uploads must show again
        token = self.http.cookies.get("_streamlit_xsrf") or "PLACEHOLDER_AUTH_TOKEN"
        cookies = "; ".join(f"{name}={value}" for name, value in self.http.cookies.items())
        self._socket = await connect(
            self.address.replace("http", "ws", 1) + "/_stcore/stream",
            subprotocols=["streamlit", token],  # type: ignore[list-item]  # the token travels as one
            additional_headers={"Cookie": cookies},
            origin=self.address,  # type: ignore[arg-type]
            max_size=None,
            compression=None,
            ping_interval=None,
        )
        self.page, self._states, self._script = Page(problems=self.problems), {}, ""
        self._reader = asyncio.create_task(self._read())
        self._query = urlencode(query)
        return await self._send(page_name=path)

    async def leave(self) -> None:
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()
        if self._socket:
            await self._socket.close()
        if self._reader:
            self._reader.cancel()
            with suppress(asyncio.CancelledError):
                await self._reader
        self._socket = self._reader = None

    async def sign_in(self, subject: str) -> None:
        """By the button, at the provider of tests/provider.py, and back with a cookie."""
        self.redirect = asyncio.get_running_loop().create_future()
        await self.press(self.page.labelled("Sign in"))
        asked = await asyncio.wait_for(self.redirect, PATIENCE)
        there = await self.http.get(asked)
        link = re.search(rf'href="(/as/{subject}\?[^"]+)"', there.text)
        if link is None:
            raise Lost(f"the provider knows no {subject}")
        back = await self.http.get(there.url.join(link[1].replace("&amp;", "&")))
        back.raise_for_status()
        await self.leave()

    # --- what a person does ----------------------------------------------------------------------------------

    async def go(self, path: str, **query: str) -> Run:
        """By the navigation, or a link to another page."""
        self._script, self._query = self.pages[path], urlencode(query)
        self._stop_timers()
        return await self._send()

    async def again(self) -> Run:
        return await self._send()

    async def set(self, identity: str, **value: Any) -> Run:
        """A widget's state is set, for example `string_value="Cells"`, and what hangs on it runs."""
        return await self._send(WidgetState(id=identity, **value))

    async def put(self, identity: str, array: list[str]) -> Run:
        state = WidgetState(id=identity)
        state.string_array_value.data.extend(array)
        return await self._send(state)

    async def press(self, identity: str) -> Run:
        return await self.set(identity, trigger_value=True)

    async def trigger(self, identity: str, event: str, value: object) -> Run:
        """What a v2 component does by `setTriggerValue(event, value)`."""
        name = f"$$STREAMLIT_INTERNAL_KEY_{identity}__events"
        state = WidgetState(id=name, json_trigger_value=json.dumps([{"event": event, "value": value}]))
        return await self._send(state, of=identity)

    async def give(self, identity: str, files: Mapping[str, bytes]) -> Run:
        """Files into an uploader."""
        self._urls = asyncio.get_running_loop().create_future()
        message = BackMsg()
        message.file_urls_request.request_id = uuid.uuid4().hex
        message.file_urls_request.session_id = self.session
        message.file_urls_request.file_names.extend(files)
        began = time.perf_counter()
        await self._socket.send(message.SerializeToString())
        state = WidgetState(id=identity)
        for name, urls in zip(files, await asyncio.wait_for(self._urls, PATIENCE), strict=True):
            token = self.http.cookies.get("_streamlit_xsrf", "")
            answer = await self.http.put(
                urls.upload_url, files={"file": (name, files[name])}, headers={"X-Xsrftoken": token}
            )
            answer.raise_for_status()
            told = state.file_uploader_state_value.uploaded_file_info.add(file_id=urls.file_id, name=name)
            told.size = len(files[name])
            told.file_urls.CopyFrom(urls)
        run = await self._send(state)
        run.began = began
        return run

    async def fetch(self, path: str, headers: Mapping[str, str] | None = None) -> httpx.Response:
        """A picture, a font, a sheet of cells."""
        began = time.perf_counter()
        answer = await self.http.get(path, headers=headers)
        if answer.status_code >= 400:
            self.problems.append(f"{answer.status_code} {path.split('?')[0]}: {answer.text[:120]}")
        self.answered.append((path, time.perf_counter() - began, len(answer.content)))
        return answer

    # --- the protocol ----------------------------------------------------------------------------------------

    async def _send(self, state: WidgetState | None = None, *, of: str = "", page_name: str = "") -> Run:
        """Asks for a run and waits until it has ended, with those that it asked for in turn."""
        fragment = ""
        if state is not None:
            fragment = self.page.fragment_of(of or state.id)
        message = self._message(state, fragment, page_name)
        done: asyncio.Future[Run] = asyncio.get_running_loop().create_future()
        self._asked = Asked(fragment, Run(not fragment, time.perf_counter()), done)
        await self._socket.send(message)
        try:
            return await asyncio.wait_for(done, PATIENCE)
        except TimeoutError as error:
            raise Lost(f"no answer within {PATIENCE:.0f} s: {self.page.text()[:200]}") from error
        finally:
            self._asked = None

    def _message(self, state: WidgetState | None, fragment: str, page_name: str = "", *, auto: bool = False) -> bytes:
        message = BackMsg()
        rerun = message.rerun_script
        rerun.query_string, rerun.page_name, rerun.page_script_hash = self._query, page_name, self._script
        rerun.fragment_id, rerun.is_auto_rerun = fragment, auto
        rerun.cached_message_hashes.extend(self._held)
        rerun.context_info.url, rerun.context_info.timezone = self.address, "UTC"
        rerun.widget_states.widgets.extend(self._states.values())
        if state is not None:
            rerun.widget_states.widgets.append(state)
            if state.WhichOneof("value") not in TRIGGERS:
                self._states[state.id] = state
        return bytes(message.SerializeToString())

    async def _read(self) -> None:
        try:
            async for packet in self._socket:
                self._take(packet)
        except Exception as error:  # noqa: BLE001 - whoever waits is told, whatever it was
            if self._asked and not self._asked.done.done():
                self._asked.done.set_exception(Lost(f"the connection ended: {error!r}"))

    def _take(self, packet: bytes) -> None:
        message = ForwardMsg.FromString(packet)
        if message.WhichOneof("type") == "ref_hash":
            held = ForwardMsg.FromString(self._held[message.ref_hash])
            held.metadata.CopyFrom(message.metadata)
            message = held
        elif message.metadata.cacheable:
            self._held[message.hash] = packet
        if self._asked and self._asked.seen:
            self._asked.run.size += len(packet)
        kind = message.WhichOneof("type")
        if kind == "new_session":
            self._starts(message)
        elif kind == "delta":
            drawn = self.page.draws(message)
            if self._asked and self._asked.seen:
                self._asked.run.deltas += 1
                self._asked.run.largest = max(self._asked.run.largest, (len(packet), drawn))
        elif kind == "script_finished":
            self._finished(message)
        else:
            self._beside(message, str(kind))

    def _beside(self, message: ForwardMsg, kind: str) -> None:
        """What is said beside the page."""
        if kind == "navigation":
            for page in message.navigation.app_pages:
                self.pages["" if page.is_default else page.url_pathname] = page.page_script_hash
            self._script = message.navigation.page_script_hash
        elif kind == "page_info_changed":
            self._query = message.page_info_changed.query_string
        elif kind == "file_urls_response" and self._urls:
            self._urls.set_result(message.file_urls_response.file_urls)
        elif kind == "auth_redirect" and self.redirect:
            self.redirect.set_result(message.auth_redirect.url)
        elif kind == "auto_rerun" and self.refresh:
            self._timer(message.auto_rerun.fragment_id, message.auto_rerun.interval)

    def _starts(self, message: ForwardMsg) -> None:
        self.session = message.new_session.initialize.session_id or self.session
        self.page.starts(message)
        if not self.page.fragments:
            self._stop_timers()
        asked = self._asked
        if asked and (not self.page.fragments or asked.fragment in self.page.fragments):
            asked.seen = self.page.run
            asked.run.started = asked.run.started or time.perf_counter()
            asked.run.whole |= not self.page.fragments

    def _finished(self, message: ForwardMsg) -> None:
        if message.script_finished == ForwardMsg.FINISHED_EARLY_FOR_RERUN:
            return
        if message.script_finished == ForwardMsg.FINISHED_WITH_COMPILE_ERROR:
            self.problems.append("the script did not compile")
        self.page.ends()
        asked = self._asked
        if asked and asked.seen == self.page.run and not asked.done.done():
            asked.run.ended = time.perf_counter()
            asked.done.set_result(asked.run)

    def _timer(self, fragment: str, interval: float) -> None:
        async def tick() -> None:
            while True:
                await asyncio.sleep(interval)
                if self._asked is None and self._socket:
                    await self._socket.send(self._message(None, fragment, auto=True))

        if fragment not in self._timers:
            self._timers[fragment] = asyncio.create_task(tick())

    def _stop_timers(self) -> None:
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()
