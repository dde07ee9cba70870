"""The store's users and their roles. Every write is one transaction together with its event of the trail."""

from __future__ import annotations

import datetime as dt
import hashlib
from typing import Any

import sqlalchemy as sa

from core.cases import trail
from core.cases.database import Database
from core.cases.tables_people import users
from core.errors import Conflict, NotFound
from core.people import Claims, Role, User

SETTING = "setting 'administrators'"  # who acts when the site's settings give a role
LONGEST = 200  # characters that the trail takes as a name
OFTEN = dt.timedelta(minutes=1)  # a sign-in is written down once in this time, not with every click


class People:
    """`core.doors.people.PeopleDoor`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self) -> list[User]:
        """By name, so that nobody changes places when a role is given."""
        query = sa.select(users).order_by(sa.func.lower(users.c.name), users.c.subject)
        with self._database.reading() as connection:
            return [_user(row) for row in connection.execute(query)]

    def one(self, subject: str) -> User | None:
        with self._database.reading() as connection:
            row = _row(connection, subject)
        return _user(row) if row else None

    def meet(self, claims: Claims, *, administrator: bool = False) -> User:
        with self._database.reading() as connection:
            known = _row(connection, claims.subject)
        if known and _nothing_new(known, claims, administrator):
            return _user(known)
        with self._database.writing() as connection:
            if _row(connection, claims.subject) is None:
                _welcome(connection, claims)
            row = _row(connection, claims.subject)
            if claims.at - row.seen >= OFTEN:
                trail.append(connection, row.actor, "user.signed_in", "", {"user": row.actor})
            values: dict[str, Any] = {"name": claims.name, "email": claims.email, "seen": max(row.seen, claims.at)}
            if administrator and row.role != Role.ADMINISTRATOR:
                values["role"] = Role.ADMINISTRATOR.value
                trail.append(connection, SETTING, "user.role", "", _change(row, "role", Role.ADMINISTRATOR.value))
            connection.execute(_update(claims.subject).values(values))
            return _user(_row(connection, claims.subject))

    def give(self, subject: str, role: Role | None, *, actor: str) -> User:
        return self._set(subject, "role", role.value if role else None, actor)

    def activate(self, subject: str, active: bool, *, actor: str) -> User:
        return self._set(subject, "active", active, actor)

    def _set(self, subject: str, column: str, value: str | bool | None, actor: str) -> User:
        with self._database.writing() as connection:
            row = _row(connection, subject)
            if row is None:
                raise NotFound(f"a user {subject}", "nobody of that name", "Load the page again.")
            if getattr(row, column) != value:
                connection.execute(_update(subject).values({column: value}))
                if _administers(row) and not _administrators(connection):
                    do = "Make somebody else an administrator first."
                    raise Conflict("at least one active administrator", "the last one", do)
                trail.append(connection, actor, f"user.{column}", "", _change(row, column, value))
            return _user(_row(connection, subject))


def _welcome(connection: sa.Connection, claims: Claims) -> None:
    """The trail calls the person by the checked address where nobody was ever called so, else by subject."""
    taken = connection.execute(sa.select(users.c.subject).where(users.c.actor == claims.email)).first()
    actor = claims.email if claims.email and not taken else claims.subject
    if len(actor) > LONGEST:
        actor = f"{actor[:60]}…{hashlib.sha256(actor.encode()).hexdigest()}"
    row = {
        "subject": claims.subject,
        "actor": actor,
        "name": claims.name,
        "email": claims.email,
        "role": None,
        "active": True,
        "met": dt.datetime.now(dt.UTC),
        "seen": claims.at,
    }
    connection.execute(sa.insert(users).values(row))
    trail.append(connection, actor, "user.met", "", {"user": actor})


def _nothing_new(row: Any, claims: Claims, administrator: bool) -> bool:
    same = (row.name, row.email) == (claims.name, claims.email) and claims.at - row.seen < OFTEN
    return same and not (administrator and row.role != Role.ADMINISTRATOR)


def _change(row: Any, column: str, value: str | bool | None) -> dict[str, Any]:
    return {"user": row.actor, "was": getattr(row, column), "now": value}


def _administers(row: Any) -> bool:
    return bool(row.active and row.role == Role.ADMINISTRATOR)


def _administrators(connection: sa.Connection) -> int:
    query = sa.select(sa.func.count()).where(users.c.role == Role.ADMINISTRATOR.value, users.c.active.is_(True))
    return int(connection.execute(query).scalar_one())


def _update(subject: str) -> sa.Update:
    return sa.update(users).where(users.c.subject == subject)


def _row(connection: sa.Connection, subject: str) -> Any:
    return connection.execute(sa.select(users).where(users.c.subject == subject)).one_or_none()


def _user(row: Any) -> User:
    role = Role(row.role) if row.role else None
    return User(row.subject, row.name, role, row.active, row.email, row.actor, row.seen)
