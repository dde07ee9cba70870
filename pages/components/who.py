"""Who sits before the screen, and what they may do. Looked up anew at every run of a page: a role that was taken away
is gone with the next click.

Where a site configured an identity provider (`[auth]` in `.streamlit/secrets.toml`), people sign in with it, and may do
what the role allows that an administrator gave them. Where none is configured there is one local user who may do
everything and whom everything that is signed calls unauthenticated.
"""

from __future__ import annotations

import datetime as dt
import threading
import time
from collections.abc import Mapping
from enum import StrEnum
from typing import Any

import streamlit as st

from core.errors import Conflict
from core.people import Claims, Right, Role, User, allowed, claims_of, expired, named, role_of
from pages.components import notices, resources

LOOK_EVERY = 2.0  # seconds that a role looked up in the store holds
MOST = 500  # people whose role is remembered for so long

_kept: dict[tuple[str, Claims, bool], tuple[float, User]] = {}
_lock = threading.Lock()


class Standing(StrEnum):
    LOCAL = "local"  # no sign-in at this site
    LOCKED = "locked"  # administrators are named, yet nothing to sign in with: nobody may be taken for one
    STRANGER = "stranger"  # not signed in
    ENDED = "ended"  # signed in too long ago
    UNKNOWN = "unknown"  # the provider's token does not say who it is
    KNOWN = "known"  # signed in


def standing() -> Standing:
    token = _token()
    if token is None:
        return Standing.LOCKED if resources.settings().administrators.strip() else Standing.LOCAL
    if token.get("is_logged_in") is not True:
        return Standing.STRANGER
    claims = claims_of(token)
    if claims is None:
        return Standing.UNKNOWN
    late = expired(claims, resources.settings().session_hours, dt.datetime.now(dt.UTC))
    return Standing.ENDED if late else Standing.KNOWN


def user() -> User | None:
    """Who signed in; None when nobody did."""
    claims = claims_of(_token() or {})
    if claims is None or standing() is not Standing.KNOWN:
        return None
    chosen = resources.settings()
    return _met(chosen.database, claims, named(chosen.administrators, claims))


def actor() -> str:
    """The name under which what is done is kept."""
    signed_in = user()
    return signed_in.actor if signed_in else resources.settings().user


def authenticated() -> bool:
    """Whether somebody signed in; else what is signed says that nobody did."""
    return user() is not None


def role() -> Role | None:
    """Without a sign-in there is one local user, who may do everything."""
    return Role.ADMINISTRATOR if standing() is Standing.LOCAL else role_of(user())


def may(right: Right) -> bool:
    return allowed(role(), right)


def need(right: Right) -> None:
    """At the top of a page: whoever may not be here is told so, and the page ends."""
    if not may(right):
        notices.say("note", f"{refusal(right)} Ask an administrator.", "Not for this role")
        st.stop()


def check(right: Right) -> None:
    """Just before an action: a button that was drawn earlier may be pressed after a role was taken away."""
    if not may(right):
        raise Conflict(f"somebody who may {right.value}", "a role that may not", refusal(right))


def refusal(right: Right) -> str:
    """Why a button cannot be pressed; '' when it can."""
    if may(right):
        return ""
    held = role()
    least = next(some for some in Role if allowed(some, right))
    return f"This needs the role {least.value}; yours is {held.value if held else 'none yet'}."


def forget() -> None:
    """Roles were changed here: look at once."""
    with _lock:
        _kept.clear()


def _token() -> Mapping[str, Any] | None:
    """What Streamlit's cookie holds of the identity token; None where no provider is configured."""
    told: Mapping[str, Any] = st.user.to_dict()
    return told if "is_logged_in" in told else None


def _met(database: str, claims: Claims, administrator: bool) -> User:
    """As the store has it, looked up at most every two seconds: a page asks many times while it is drawn."""
    key, now = (database, claims, administrator), time.monotonic()
    with _lock:
        kept = _kept.get(key)
    if kept and now - kept[0] < LOOK_EVERY:
        return kept[1]
    found = resources.store().people.meet(claims, administrator=administrator)
    with _lock:
        if len(_kept) >= MOST:
            _kept.clear()
        _kept[key] = (now, found)
    return found
