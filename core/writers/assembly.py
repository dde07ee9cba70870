"""Which writer the settings ask for, and why it is not the other one."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from core.errors import BadSettings
from core.protocols import Writer
from core.settings import Settings
from core.writers.language_model import Endpoint, Exchange, LanguageModel
from core.writers.template import Template


@dataclass(frozen=True, slots=True)
class Chosen:
    """A writer, and a plain word on why summaries are written by it."""

    writer: Writer
    why: str


def chosen(settings: Settings, kept: Callable[[Exchange], None] = lambda _: None) -> Chosen:
    """The language model where one is named and may be asked, else the template. `kept` is given every exchange."""
    if not settings.language_model_url:
        return Chosen(Template(), "No language model is set up.")
    host = _host(settings.language_model_url)
    if not local(host):
        if not settings.send_remote:
            why = f"Nothing is sent to {host}: an administrator has not allowed it (setting send_remote)."
            return Chosen(Template(), why)
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
    where = "on this machine" if local(host) else f"at {host}"
    return Chosen(LanguageModel(endpoint, kept), f"{settings.language_model}, {where}.")


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
