"""Who may do what. Roles are few, each may do all that the one before may.

People are known by what their identity provider calls them for good (`subject`: issuer and number), never by a name
or an address, which both may change hands.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

SKEW = dt.timedelta(minutes=5)  # by which two machines' clocks may differ


class Role(StrEnum):
    VIEWER = "viewer"
    READER = "reader"
    SIGNER = "signer"
    ADMINISTRATOR = "administrator"


class Right(StrEnum):
    VIEW = "view"
    UPLOAD = "upload"
    REVIEW = "review"
    SIGN = "sign"
    TEACH = "teach"
    ADMINISTER = "administer"


RIGHTS: dict[Role, frozenset[Right]] = {
    Role.VIEWER: frozenset({Right.VIEW}),
    Role.READER: frozenset({Right.VIEW, Right.UPLOAD, Right.REVIEW, Right.TEACH}),
    Role.SIGNER: frozenset({Right.VIEW, Right.UPLOAD, Right.REVIEW, Right.TEACH, Right.SIGN}),
    Role.ADMINISTRATOR: frozenset(Right),
}
MEANING: dict[Role, str] = {
    Role.VIEWER: "sees cases, boards and figures",
    Role.READER: "also uploads cases, reviews cells, builds decks",
    Role.SIGNER: "also signs cases off",
    Role.ADMINISTRATOR: "also gives roles, deletes by retention, sees the whole trail",
}


@dataclass(frozen=True, slots=True)
class User:
    subject: str  # what the sign-in calls the person for good
    name: str
    role: Role | None  # None: signed in once, and nobody has given a role yet
    active: bool = True
    email: str = ""
    actor: str = ""  # under which name the trail keeps what the person does; chosen once, never another's
    seen: dt.datetime | None = None  # last sign-in


@dataclass(frozen=True, slots=True)
class Claims:
    """What an identity provider says of who signed in, as far as we believe it."""

    subject: str
    name: str
    email: str  # '' unless the provider says that it checked it
    at: dt.datetime  # when the provider wrote it


def allowed(role: Role | None, right: Right) -> bool:
    """Nobody without a role may do anything."""
    return role is not None and right in RIGHTS[role]


def role_of(user: User | None) -> Role | None:
    return user.role if user and user.active else None


def claims_of(token: Mapping[str, Any]) -> Claims | None:
    """From an identity token; None when it lacks what makes somebody recognisable.

    An address that the provider did not check could be anybody's, so it is as good as none.
    """
    issuer, number, at = token.get("iss"), token.get("sub"), token.get("iat")
    if not isinstance(issuer, str) or not isinstance(number, str) or not issuer or not number:
        return None
    if not isinstance(at, int | float) or isinstance(at, bool):
        return None
    email = token.get("email") if token.get("email_verified") is True else ""
    name = token.get("name") or token.get("preferred_username") or email or number
    return Claims(f"{issuer}#{number}", _short(name), _short(email).lower(), dt.datetime.fromtimestamp(at, dt.UTC))


def expired(claims: Claims, hours: int, now: dt.datetime) -> bool:
    """Whether this sign-in is older than a site lets one be. One from the future is none."""
    return not -SKEW <= now - claims.at < dt.timedelta(hours=hours)


def named(setting: str, person: Claims | User) -> bool:
    """Whether the setting `administrators` names this person, by subject, its number, or a checked address."""
    listed = {word.strip().lower() for word in setting.split(",")} - {""}
    number = person.subject.partition("#")[2]
    return bool(listed & {person.subject.lower(), number.lower(), person.email} - {""})


def _short(text: object) -> str:
    """Printable and at most 200 characters, as the trail asks of who acts."""
    return "".join(c for c in str(text or "") if c.isprintable()).strip()[:200]
