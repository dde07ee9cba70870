"""The store's versions of summaries, and who a language model may be asked at.

Each row is bound by the trail, as reviews are. Events say that a version was written, edited or taken up, by what kind
of writer and with how many numbers of a person's, never a word of it. Leave to send elsewhere is held by the trail
alone: there is no other place where it could be changed.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from core.cases import pseudonym, sightings, trail
from core.cases.database import Database
from core.cases.rows import Named, storable
from core.cases.tables import cases
from core.cases.tables import trail as events
from core.cases.tables_words import summary_exchanges, summary_versions
from core.doors.words import Exchange, Kind, Version
from core.errors import BadInput, Conflict, NotFound
from core.summaries import PERSON, TEMPLATE, Sentence, Summary, as_table, of_table

LONGEST = 2000  # characters of a sentence
MOST = 120  # sentences
ACTIONS = {kind: f"summary.{kind}" for kind in Kind}
ALLOWED, STOPPED = "sending.allowed", "sending.stopped"


class Words:
    """`core.doors.words.WordsDoor`. Every write is one transaction together with its event of the trail."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(
        self,
        case_id: str,
        summary: Summary,
        kind: Kind,
        *,
        actor: str,
        parent: int | None = None,
        exchanges: Sequence[Exchange] = (),
        confirmed: bool = False,
        after: int | None = None,
        base: Summary | None = None,
    ) -> Version:
        if kind is Kind.EDITED and not confirmed:
            _check_names_nobody(summary)
        its_salt = sa.select(cases.c.salt).where(cases.c.id == case_id)
        with self._database.writing() as connection:
            salt = connection.execute(its_salt).scalar_one_or_none()
            if salt is None:
                raise sightings.no_case(case_id)
            earlier = {version.number: version for version in _versions(connection, case_id)}
            if after is not None and after != len(earlier):
                do = "Look at it, then do what is still to be done."
                raise Conflict("the summary as it was when you began", f"version {len(earlier)} of it", do)
            if base is not None:
                first = _append(connection, case_id, salt, base, Kind.WRITTEN, actor, None, (), earlier)
                earlier[first.number], parent = first, first.number
            return _append(connection, case_id, salt, summary, kind, actor, parent, exchanges, earlier)

    def versions(self, case_id: str) -> list[Version]:
        with self._database.reading() as connection:
            return _versions(connection, case_id)

    def exchanges(self, case_id: str, number: int) -> list[Exchange]:
        table = summary_exchanges
        its = sa.select(table).where(table.c.case_id == case_id, table.c.version == number).order_by(table.c.position)
        with self._database.reading() as connection:
            return [Exchange(row.sent, row.received) for row in connection.execute(its)]

    # --- leave to send elsewhere -------------------------------------------------------------------------

    def allowed_host(self) -> str:
        last = (
            sa.select(events.c.action, events.c.detail)
            .where(events.c.action.in_((ALLOWED, STOPPED)))
            .order_by(events.c.number.desc())
        )
        with self._database.reading() as connection:
            row = connection.execute(last.limit(1)).one_or_none()
        return str(row.detail["host"]) if row is not None and row.action == ALLOWED else ""

    def allow_host(self, host: str, *, actor: str) -> None:
        name = host.strip().lower()
        if name and (len(name) > 253 or not name.isprintable() or " " in name):
            raise BadInput("the name of a machine", repr(host[:60]), "Correct language_model_url.")
        if name == self.allowed_host():
            return
        with self._database.writing() as connection:
            trail.append(connection, actor, ALLOWED if name else STOPPED, "", {"host": name} if name else {})


def version_of(row: Named) -> Version:
    """ValueError when the row is no version."""
    summary = of_table(row["summary"])
    return Version(row["number"], row["at"], row["actor"], Kind(row["kind"]), row["parent"], summary)


def check_arrived(rows: Mapping[str, Sequence[dict[str, Any]]], history: Sequence[Mapping[str, Any]]) -> None:
    """Words of a case on its way in: ValueError for what nobody could have written here, or of which the history that
    came along knows nothing."""
    earlier: dict[int, Version] = {}
    for row in rows[summary_versions.name]:
        version = version_of(row)
        if trail.canonical(as_table(version.summary)) != trail.canonical(row["summary"]):
            raise ValueError("a summary in another shape than it is written in")
        try:
            _check(version.summary)
            _check_parent(version.kind, version.parent, version.summary, earlier)
        except (BadInput, NotFound) as error:
            raise ValueError(str(error)) from error
        if version.number != len(earlier) + 1:
            raise ValueError("versions of a summary that do not follow one another")
        earlier[version.number] = version
    counted: Counter[int] = Counter()
    for line in rows[summary_exchanges.name]:
        counted[line["version"]] += 1
        if line["version"] not in earlier or line["position"] != counted[line["version"]]:
            raise ValueError("an exchange with a language model that belongs to no version")
    told = [(event["action"], event["actor"], event["detail"].get("version")) for event in history]
    written = [(ACTIONS[one.kind], one.actor, one.number) for one in earlier.values()]
    if sorted(written) != sorted(one for one in told if one[0] in ACTIONS.values()):
        raise ValueError("versions of a summary that are not those of its history")


def _append(
    connection: sa.Connection,
    case_id: str,
    salt: str,
    summary: Summary,
    kind: Kind,
    actor: str,
    parent: int | None,
    exchanges: Sequence[Exchange],
    earlier: Mapping[int, Version],
) -> Version:
    _check(summary)
    _check_parent(kind, parent, summary, earlier)
    version = Version(len(earlier) + 1, dt.datetime.now(dt.UTC), actor, kind, parent, summary)
    row = _row(version)
    held = [trail.digest(salt, trail.record_content(summary_versions, row))]
    connection.execute(sa.insert(summary_versions).values(row | {"case_id": case_id, "digest": held[0]}))
    for position, one in enumerate(exchanges, start=1):
        line = {"version": version.number, "position": position, "sent": one.sent, "received": one.received}
        held.append(trail.digest(salt, trail.record_content(summary_exchanges, line)))
        connection.execute(sa.insert(summary_exchanges).values(line | {"case_id": case_id, "digest": held[-1]}))
    trail.append(connection, actor, ACTIONS[kind], case_id, _told(version, len(exchanges)) | {trail.HOLDS: held})
    return version


def _versions(connection: sa.Connection, case_id: str) -> list[Version]:
    table = summary_versions
    if connection.execute(sa.select(cases.c.id).where(cases.c.id == case_id)).first() is None:
        raise sightings.no_case(case_id)
    its = sa.select(table).where(table.c.case_id == case_id).order_by(table.c.number)
    return [version_of(row) for row in connection.execute(its).mappings()]


def _row(version: Version) -> dict[str, Any]:
    keys = ("number", "at", "actor", "parent")
    own = {"kind": str(version.kind), "summary": _plain(as_table(version.summary))}
    return {key: getattr(version, key) for key in keys} | own


def _plain(value: Any) -> Any:
    """As JSON gives it back, so that a digest made now is the one made later."""
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return str(value) if isinstance(value, str) else value


def _told(version: Version, tries: int) -> dict[str, Any]:
    """What the trail says of a version; every word of it outlives the case."""
    sentences = _sentences(version.summary)
    told: dict[str, Any] = {
        "version": version.number,
        "writer": version.summary.writer,
        "by_persons": sum(one.origin == PERSON for one in sentences),
        "numbers_of_persons": sum(len(one.by_hand) for one in sentences),
        "refused": len(version.summary.rejected),
    }
    return told | ({"from": version.parent} if version.parent else {}) | ({"sent": tries} if tries else {})


def _sentences(summary: Summary) -> tuple[Sentence, ...]:
    return (*summary.caveats, *summary.sentences, *summary.checks)


def _check(summary: Summary) -> None:
    sentences = _sentences(summary)
    if len(sentences) > MOST or not sentences:
        raise BadInput(f"a summary of 1 to {MOST} sentences", f"{len(sentences)}", "Leave some out, or write one.")
    for one in sentences:
        if not 1 <= len(one.text) <= LONGEST or one.text != one.text.strip() or "\n" in one.text:
            found = f"{len(one.text)} characters, or blanks around it: “{one.text[:40]}”"
            raise BadInput(f"sentences of 1 to {LONGEST} characters", found, "Split a long one.")
        if any(not 0 <= start < end <= len(one.text) for start, end in one.by_hand):
            raise BadInput("marks of numbers within their sentence", f"{one.by_hand}", "Write the sentence anew.")
    texts = (*(one.text for one in sentences), *(one.text for one in summary.rejected), summary.note, summary.writer)
    if any(text != storable(text) for text in texts):
        raise BadInput("text of characters that can be kept", "characters that are none", "Type it again.")


def _check_names_nobody(summary: Summary) -> None:
    for one in _sentences(summary):
        suspicious = pseudonym.identifying(one.text) if one.origin == PERSON else ""
        if suspicious:
            do = "Take it out, or confirm that it identifies nobody."
            raise BadInput("a summary that identifies nobody", suspicious, do)


def _check_parent(kind: Kind, parent: int | None, summary: Summary, earlier: Mapping[int, Version]) -> None:
    if kind in (Kind.WRITTEN, Kind.TRIED):
        if parent is not None or any(one.origin == PERSON for one in _sentences(summary)):
            raise BadInput(
                "a summary that a writer wrote from the facts", "a person's words in it", "Store it as edited."
            )
        if kind is Kind.TRIED and summary.writer != TEMPLATE:
            raise BadInput("the template's words after a failed try", summary.writer, "Store it as written.")
        return
    if parent is None or parent not in earlier:
        raise NotFound(f"version {parent} of the summary", "no such version", "Open the case again.")
    if kind is Kind.CHOSEN and summary != earlier[parent].summary:
        raise BadInput(f"version {parent} as it is", "other words", "Store them as edited.")
