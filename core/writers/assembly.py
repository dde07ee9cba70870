"""Which writer the settings ask for, and why it is not the other one.

A model on another machine is asked while two say so: the setting `send_remote`, by whoever runs the server, and an
administrator, for that very host. Neither can do it alone, and either can end it.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from core.doors.words import Exchange
from core.errors import BadSettings
from core.protocols import Writer
from core.settings import Settings
from core.writers.language_model import Endpoint, LanguageModel, Turns, listen
from core.writers.template import Template

OPERATOR = "whoever runs this server has not allowed it (setting send_remote)"
ADMINISTRATOR = "an administrator has not turned it on (page “Administration”)"


@dataclass(frozen=True, slots=True)
class Chosen:
    """A writer, and a plain word on why summaries are written by it."""

    writer: Writer
    why: str


def chosen(
    settings: Settings,
    allowed: str = "",
    kept: Callable[[Exchange], None] = lambda _: None,
    heard: Callable[[str], None] = listen,
    turns: Turns | None = None,
) -> Chosen:
    """The language model where one is named and may be asked, else the template.

    `allowed` is the one other machine that an administrator allows. `kept` is given every exchange, `heard` the answer
    as far as it has come; `turns` are shared by all who ask.
    """
    if not settings.language_model_url:
        return Chosen(Template(), "No language model is set up.")
    away = remote_host(settings)
    if away:
        if not settings.send_remote or allowed != away:
            because = ADMINISTRATOR if settings.send_remote else OPERATOR
            return Chosen(Template(), f"Nothing is sent to {away}: {because}.")
        if not settings.language_model_url.startswith("https://"):
            found, do = settings.language_model_url.split("://")[0], "Use its https address."
            raise BadSettings("https for a language model on another machine", found, do)
    endpoint = Endpoint(
        settings.language_model_url,
        settings.language_model,
        settings.language_model_key,
        settings.language_model_timeout_s,
        settings.language_model_per_minute,
    )
    where = f"at {away}" if away else "on this machine"
    return Chosen(LanguageModel(endpoint, kept, heard, turns), f"{settings.language_model}, {where}.")


def remote_host(settings: Settings) -> str:
    """The other machine that the settings name; '' where there is none, or the model is on this one."""
    host = _host(settings.language_model_url) if settings.language_model_url else ""
    return "" if not host or local(host) else host


def local(host: str) -> bool:
    """On this very machine: a name that could be led elsewhere does not count, but for localhost."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _host(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise BadSettings("http://… or https://… as language_model_url", repr(url), "Correct the setting.")
    if parts.username or parts.password:
        raise BadSettings("an address without a key in it", "one with a name or a key", "Use language_model_key.")
    return parts.hostname
