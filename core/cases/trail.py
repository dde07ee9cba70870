"""The audit trail: one chain of events, each carrying the hash of the one before.

An event is appended in the transaction that makes the change it tells of, and the database itself refuses
to change or remove one. `verify` finds whatever was edited, removed, inserted or cut off behind the
database's back: the chain, the separately kept head (how many, and the last hash), and the reviews, each of
which the chain binds by a digest. What it cannot find is somebody who can write the whole database and makes
everything anew, consistently; the head, written down elsewhere now and then, finds that too.

Details never hold a pseudonym, a label or free text: events outlive their case.
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import asdict, fields
from typing import Any

import sqlalchemy as sa

from core.cases.every_table import BOUND
from core.cases.tables import cases, reviews, trail, trail_head
from core.errors import BadInput, TrailBroken
from core.protocols import TrailEvent

GENESIS = "0" * 64
BINDS = "reviews"  # the key under which a detail names the reviews it binds
HOLDS = "holds"  # the same for rows of other bound tables: samples, signatures


def append(
    connection: sa.Connection, actor: str, action: str, case_id: str, detail: Mapping[str, Any] | None = None
) -> TrailEvent:
    """Write one event. The connection is a writing one, so nobody else appends meanwhile."""
    if not actor.strip() or len(actor) > 200:
        raise BadInput("the name of who acts (1–200 characters)", f"{len(actor)} characters", "Say who acts.")
    count, last = connection.execute(sa.select(trail_head.c.count, trail_head.c.hash)).one()
    body = {
        "number": count + 1,
        "at": dt.datetime.now(dt.UTC),
        "actor": actor,
        "action": action,
        "case": case_id,
        "detail": dict(detail or {}),
        "previous": last,
    }
    event = TrailEvent(**body, hash=hash_of(body))
    row = {("case_id" if key == "case" else key): value for key, value in asdict(event).items()}
    connection.execute(sa.insert(trail).values(row))
    connection.execute(sa.update(trail_head).values(count=event.number, hash=event.hash))
    return event


def hash_of(body: Mapping[str, Any]) -> str:
    """SHA-256 of an event without its hash."""
    return hashlib.sha256(canonical({**body, "at": written(body["at"])}).encode()).hexdigest()


def canonical(value: Any) -> str:
    """The one way to write a value as JSON."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def written(at: dt.datetime) -> str:
    return at.astimezone(dt.UTC).isoformat(timespec="microseconds")


def time_of(text: str) -> dt.datetime:
    """A time as `written` writes it."""
    at = dt.datetime.fromisoformat(text)
    if at.tzinfo is None or written(at) != text:
        raise ValueError("a time that is not in UTC with microseconds")
    return at


def digest(salt: str, value: Any) -> str:
    """A digest that can be checked while the case and its salt exist, and says nothing afterwards."""
    return hmac.new(salt.encode(), canonical(value).encode(), hashlib.sha256).hexdigest()


def events(connection: sa.Connection, case_id: str | None = None) -> list[TrailEvent]:
    query = sa.select(trail).order_by(trail.c.number)
    rows = connection.execute(query if case_id is None else query.where(trail.c.case_id == case_id))
    return [event_of(row) for row in rows]


def head(connection: sa.Connection) -> tuple[int, str]:
    """How many events there are, and the last one's hash: what to write down elsewhere."""
    row = connection.execute(sa.select(trail_head.c.count, trail_head.c.hash)).one_or_none()
    if row is None:
        raise TrailBroken("the trail's head record", "none", RESTORE)
    count, last = row
    return count, last


RESTORE = "Somebody changed the database by hand: keep it as it is, find out who, and restore a backup."


def verify(connection: sa.Connection, known: tuple[int, str] | None = None) -> int:
    """The number of events, all in order. `known` is a head written down earlier."""
    number, last = 0, GENESIS
    bound: dict[str, set[str]] = {}  # living case → digests of its reviews
    for row in connection.execute(sa.select(trail).order_by(trail.c.number)):
        number += 1
        event = event_of(row)
        if event.number != number:
            raise TrailBroken(f"event {number} of the trail", f"event {event.number} in its place", RESTORE)
        if event.previous != last:
            raise TrailBroken(f"event {number} to follow from event {number - 1}", "another hash in it", RESTORE)
        if hash_of(body_of(event)) != event.hash:
            raise TrailBroken(f"event {number} as it was written", "a changed one", RESTORE)
        if known and known[0] == number and known[1] != event.hash:
            raise TrailBroken(f"event {number} with the hash that was written down", f"{event.hash}", RESTORE)
        last = event.hash
        if event.action == "case.deleted":
            bound.pop(event.case, None)
        elif event.case:  # what concerns no case (users, lots) has none in it
            bound.setdefault(event.case, set()).update(event.detail.get(BINDS, ()), event.detail.get(HOLDS, ()))
    if known and known[0] > number:
        raise TrailBroken(f"at least {known[0]} events, as written down", f"{number}", RESTORE)
    if head(connection) != (number, last):
        raise TrailBroken(f"{head(connection)[0]} events, as the head says", f"{number}, or another last one", RESTORE)
    _verify_cases(connection, bound)
    return number


def _verify_cases(connection: sa.Connection, bound: dict[str, set[str]]) -> None:
    """Every case of the trail is there unless it was deleted, and every review is one the trail binds."""
    salts = {row.id: row.salt for row in connection.execute(sa.select(cases.c.id, cases.c.salt))}
    for case_id in sorted(salts.keys() ^ bound.keys()):
        found = "a case the trail does not know of" if case_id in salts else "none, and no deletion in the trail"
        raise TrailBroken(f"case {case_id} in the store and in the trail alike", found, RESTORE)
    there: dict[str, set[str]] = {case_id: set() for case_id in salts}
    for row in connection.execute(sa.select(reviews)):
        there[row.case_id].add(digest(salts[row.case_id], review_content(row._mapping)))
    for table in BOUND:
        for row in connection.execute(sa.select(table)):
            there[row.case_id].add(digest(salts[row.case_id], record_content(table, row._mapping)))
    for case_id in sorted(salts):
        if there[case_id] != bound[case_id]:
            found = f"{len(there[case_id] - bound[case_id])} changed or added, "
            found += f"{len(bound[case_id] - there[case_id])} changed or missing"
            raise TrailBroken(f"the reviews and signatures of case {case_id} that the trail binds", found, RESTORE)


def review_content(row: Mapping[str, Any] | sa.RowMapping) -> dict[str, Any]:
    """What a review's digest covers."""
    keys = ("cell_id", "actor", "was", "now", "reason", "saw_call", "stream", "probability")
    return {**{key: row[key] for key in keys}, "at": written(row["at"])}


def record_content(table: sa.Table, row: Mapping[str, Any] | sa.RowMapping) -> dict[str, Any]:
    """What the digest of a row of another bound table covers: all of it."""
    kept = [column.name for column in table.c if column.name not in ("case_id", "digest")]
    return {"table": table.name, **{name: _plain(row[name]) for name in kept}}


def _plain(value: Any) -> Any:
    if isinstance(value, dt.datetime):
        return written(value)
    return base64.b64encode(value).decode() if isinstance(value, bytes) else value


def event_of(row: Any) -> TrailEvent:
    return TrailEvent(row.number, row.at, row.actor, row.action, row.case_id, row.detail, row.previous, row.hash)


def body_of(event: TrailEvent) -> dict[str, Any]:
    """What the hash covers. No copy of the detail is made: over a long trail that took most of the time."""
    return {f.name: getattr(event, f.name) for f in fields(event) if f.name != "hash"}
