"""A language model as a writer: it says which facts in which order, code says the numbers, and a guard reads first.

    what is asked → the template's own words, to fall back on → request → guard → refused? asked once more → summary

Whatever goes wrong ends in the template's summary and a plain word about it: a summary is never missing, and an alert
or a caveat is never dropped. The only module that knows `openai`; any endpoint that speaks its protocol serves.
"""

from __future__ import annotations

import json
import ssl
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, partial
from typing import Any

import httpx
import openai

from core.doors.words import Exchange
from core.errors import BadSettings
from core.protocols import Tell, never, quiet
from core.summaries import Asked, Rejected, Sentence, Summary
from core.writers import examples, guard, sending
from core.writers.line import Line
from core.writers.template import Template

__all__ = ["Endpoint", "Exchange", "LanguageModel", "Turns", "listen"]

LONGEST = 60_000  # characters of an answer; more is no summary
MOST = 40  # sentences that are told
TRIES = 3  # of one request, where trying again may help
CONNECT = 5.0  # seconds until a machine must have answered at all
KEY = ("cblc.ratio", "blasts.ratio", "adequacy.counted")  # told in every summary of a case that has them
BACK_OFF = 0.5  # seconds before the second try, twice as many before each further one


class Failed(Exception):
    """Why there is no answer, in words for a person."""


class Cancelled(Exception):
    """The person does not want to wait."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where the model is asked."""

    url: str
    model: str
    key: str = field(default="", repr=False)
    timeout: float = 60.0  # seconds until the whole answer must be there
    per_minute: int = 20


class Turns:
    """How often a model was asked in the last minute, over all threads that ask it."""

    def __init__(self) -> None:
        self._asked: deque[float] = deque()
        self._lock = threading.Lock()

    def take(self, per_minute: int) -> None:
        with self._lock:
            now = time.monotonic()
            while self._asked and now - self._asked[0] > 60:
                self._asked.popleft()
            if len(self._asked) >= per_minute:
                raise Failed(f"More than {per_minute} requests in a minute")
            self._asked.append(now)


def listen(_text: str) -> None:
    """Nobody reads along."""


class LanguageModel:
    """Safe to share between threads. `kept` is given every exchange, `heard` the answer as far as it has come; models
    that share `turns` share the limit of requests a minute."""

    def __init__(
        self,
        endpoint: Endpoint,
        kept: Callable[[Exchange], None] = lambda _: None,
        heard: Callable[[str], None] = listen,
        turns: Turns | None = None,
    ) -> None:
        if not endpoint.url or not endpoint.model:
            raise BadSettings(
                "the address and the name of a language model", "one of them empty", "Give both, or neither."
            )
        self._endpoint = endpoint
        self._kept = kept
        self._heard = heard
        self._turns = turns or Turns()

    @property
    def name(self) -> str:
        return self._endpoint.model

    def payload(self, asked: Asked) -> bytes:
        """The exact bytes of the first request."""
        plain = Template().write(asked)
        return sending.payload(asked, self.name, plain.caveats, plain.checks)

    def write(self, asked: Asked, *, tell: Tell = quiet, cancelled: Callable[[], bool] = never) -> Summary:
        plain = Template().write(asked)
        try:
            good, rejected, chosen = self._written(asked, plain, tell, cancelled)
        except Cancelled:
            return replace(plain, note="Cancelled: written by the template.")
        except Failed as failure:
            return replace(plain, note=f"{failure}: written by the template.")
        if not good:
            note = f"Nothing that {self.name} wrote could be let through: written by the template."
            return replace(plain, rejected=rejected, note=note)
        note = (
            f"{len(rejected)} of its sentences {'was' if len(rejected) == 1 else 'were'} refused." if rejected else ""
        )
        return replace(
            plain,
            sentences=_completed(good, plain),
            caveats=_picked(chosen["caveats"], plain.caveats, rest=True),
            checks=_picked(chosen["checks"], plain.checks, rest=False),
            writer=self.name,
            rejected=rejected,
            note=note,
        )

    def _written(
        self, asked: Asked, plain: Summary, tell: Tell, cancelled: Callable[[], bool]
    ) -> tuple[list[Sentence], tuple[Rejected, ...], dict[str, Any]]:
        """The sentences let through, those refused, and the numbers of caveats and checks it chose."""
        until = time.monotonic() + self._endpoint.timeout
        text = self._answer(asked, plain, None, tell, cancelled, until)
        reply = _parsed(text)
        verdicts = [guard.judged(line["text"], asked, self.name) for line in reply["sentences"]]
        refused = [verdict for verdict in verdicts if verdict.sentence is None]
        good = [verdict.sentence for verdict in verdicts if verdict.sentence]
        rejected = [Rejected(verdict.written, verdict.reason, 1) for verdict in refused]
        if refused:
            try:
                again = _parsed(self._answer(asked, plain, (text, _why(refused, asked)), tell, cancelled, until))
            except Failed:
                again = {"sentences": []}
            second = [guard.judged(line["text"], asked, self.name) for line in again["sentences"]]
            good += [verdict.sentence for verdict in second if verdict.sentence]
            rejected += [Rejected(v.written, v.reason, 2) for v in second if v.sentence is None]
        return list({one.text: one for one in good}.values())[:MOST], tuple(rejected), reply

    def _answer(
        self,
        asked: Asked,
        plain: Summary,
        again: tuple[str, str] | None,
        tell: Tell,
        cancelled: Callable[[], bool],
        until: float,
    ) -> str:
        body = sending.request(asked, self.name, plain.caveats, plain.checks, again)
        for attempt in range(TRIES):
            self._turns.take(self._endpoint.per_minute)
            try:
                return self._streamed(body, tell, cancelled, until)
            except (openai.RateLimitError, openai.InternalServerError, openai.APIConnectionError) as error:
                pause = BACK_OFF * 2**attempt
                if attempt == TRIES - 1 or time.monotonic() + pause > until:
                    raise Failed(_told(error, self._endpoint.timeout)) from error
                _pause(pause, cancelled)
            except openai.APIError as error:
                raise Failed(_told(error, self._endpoint.timeout)) from error
            except (httpx.HTTPError, json.JSONDecodeError) as error:
                raise Failed("The language model's answer broke off") from error
        raise AssertionError  # the last attempt returns or raises

    def _streamed(self, body: dict[str, Any], tell: Tell, cancelled: Callable[[], bool], until: float) -> str:
        """The whole answer, watched while it comes; cut off when nobody wants it or time is up."""
        sent: list[bytes] = []
        left = until - time.monotonic()
        if left <= 0:
            raise self._late()
        received: list[str] = []
        with Line(lambda: cancelled() or time.monotonic() > until) as line:
            before: list[Callable[..., Any]] = [lambda request: sent.append(request.content), partial(_traced, line)]
            limits = httpx.Timeout(left, connect=min(left, CONNECT))
            with httpx.Client(
                timeout=limits, event_hooks={"request": before}, trust_env=False, verify=_certificates()
            ) as http:
                client = openai.OpenAI(
                    api_key=self._endpoint.key or "none", base_url=self._endpoint.url, http_client=http, max_retries=0
                )
                try:
                    finished = self._read(client, body, received, tell)
                except (openai.APIConnectionError, httpx.HTTPError, json.JSONDecodeError):
                    self._check_wanted(cancelled, until)
                    raise
                finally:
                    if sent:
                        self._kept(Exchange(sent[0], "".join(received).encode("utf-8", "surrogatepass")))
        self._check_wanted(cancelled, until)
        if finished == "content_filter":
            raise Failed("The language model refused")
        if finished != "stop":
            raise Failed("The language model's answer broke off")
        return _storable("".join(received))

    def _read(self, client: openai.OpenAI, body: dict[str, Any], received: list[str], tell: Tell) -> str:
        """Piece by piece into `received`; how the model says that it ended."""
        finished, long = "", 0
        with client.chat.completions.create(**body) as stream:
            for chunk in stream:
                if not chunk.choices:
                    continue
                choice = chunk.choices[0]
                if getattr(choice.delta, "refusal", None):
                    raise Failed("The language model refused")
                piece = choice.delta.content or ""
                received.append(piece)
                long += len(piece)
                finished = choice.finish_reason or finished
                tell("write", long, LONGEST)
                self._heard("".join(received))
                if long > LONGEST:
                    raise Failed("The language model's answer has no end")
        return finished

    def _check_wanted(self, cancelled: Callable[[], bool], until: float) -> None:
        if cancelled():
            raise Cancelled
        if time.monotonic() > until:
            raise self._late()

    def _late(self) -> Failed:
        return Failed(f"No whole answer within {self._endpoint.timeout:g} s")


@cache
def _certificates() -> ssl.SSLContext:
    """Read once: a tenth of a second a request otherwise."""
    return httpx.create_ssl_context(trust_env=False)


def _traced(line: Line, request: httpx.Request) -> None:
    request.extensions["trace"] = line.trace


def _storable(text: str) -> str:
    """Without the halves of characters and the zeros that no database keeps."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace").replace("\0", "\ufffd")


def _pause(seconds: float, cancelled: Callable[[], bool]) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if cancelled():
            raise Cancelled
        time.sleep(min(0.05, seconds))


def _parsed(text: str) -> dict[str, Any]:
    """The answer as the schema has it."""
    try:
        reply = json.loads(text)
        lines, numbers = reply["sentences"], [*reply["caveats"], *reply["checks"]]
        good = all(isinstance(line["text"], str) for line in lines) and all(type(n) is int for n in numbers)
    except (json.JSONDecodeError, KeyError, TypeError, RecursionError) as error:
        raise Failed("The language model's answer is not what was asked for") from error
    if not good or not isinstance(lines, list):
        raise Failed("The language model's answer is not what was asked for")
    return {**reply, "sentences": [{"text": _storable(line["text"])} for line in lines]}


def _why(refused: Sequence[guard.Verdict], asked: Asked) -> str:
    """The reasons, each with a sentence on the same fact that would pass."""
    facts, lines = sending.offered(asked), []
    for verdict in refused[:20]:
        example = examples.like(verdict.written, facts)
        lines += [f"- {verdict.written[:300]}", f"  refused: {verdict.reason}"]
        lines += [f"  one that passes: {example}"] if example else []
    return "\n".join(("These sentences were refused. Write only these anew, by the rules, in the same JSON.", *lines))


def _completed(good: Sequence[Sentence], plain: Summary) -> tuple[Sentence, ...]:
    """The template's sentence stands where nothing was said of what every summary tells."""
    told = {id for sentence in good for id in sentence.facts}
    missing = [id for id in KEY if id not in told]
    added = [sentence for sentence in plain.sentences if set(sentence.facts) & set(missing)]
    return (*added, *good)


def _picked(numbers: Sequence[int], offered: Sequence[Sentence], *, rest: bool) -> tuple[Sentence, ...]:
    """Those chosen first; of caveats the others too, since none may be dropped."""
    chosen = [offered[number - 1] for number in dict.fromkeys(numbers) if 1 <= number <= len(offered)]
    others = [one for one in offered if one not in chosen] if rest or not chosen else []
    return (*chosen, *others)


def _told(error: openai.APIError, timeout: float) -> str:
    if isinstance(error, openai.APITimeoutError):
        return f"No whole answer within {timeout:g} s"
    if isinstance(error, openai.APIConnectionError):
        return "The language model cannot be reached"
    if isinstance(error, openai.RateLimitError):
        return "The language model has too much to do"
    if isinstance(error, openai.AuthenticationError | openai.PermissionDeniedError):
        return "The language model does not accept the key"
    if isinstance(error, openai.NotFoundError):
        return "The language model, or its address, is not known there"
    return "The language model answered with an error"
