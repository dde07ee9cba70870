"""The store's tags, notes, saved filters, and the worklist's listing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from core.cases import desk_query, pseudonym, rows, sightings, trail
from core.cases.database import Database
from core.cases.tables import cases, images, runs, stamps
from core.cases.tables_desk import filters as saved
from core.cases.tables_desk import notes, tags
from core.doors.desk import Filters, Installed, Line, Listing, Mark, Note, SavedFilter, Use
from core.errors import BadInput, NotFound
from core.protocols import RunState

LONGEST_TAG = 40
LONGEST_NAME = 60
LONGEST_NOTE = 4000
AT_ONCE = 500  # databases bound the number of parameters


class Desk:
    """`core.doors.desk.DeskDoor`. Every write is one transaction together with its event of the trail."""

    def __init__(self, database: Database) -> None:
        self._database = database

    # --- the listing -------------------------------------------------------------------------------------

    def listing(self, filters: Filters, installed: Installed, *, limit: int = 25, offset: int = 0) -> Listing:
        query = desk_query.ids(filters, installed)
        with self._database.reading() as connection:
            every = sa.select(sa.func.count()).select_from(query.order_by(None).subquery())
            total = connection.execute(every).scalar_one()
            page = list(connection.execute(query.limit(limit).offset(offset)).scalars())
            return Listing(desk_query.lines(connection, page), total)

    def chosen(self, filters: Filters, installed: Installed) -> tuple[str, ...]:
        with self._database.reading() as connection:
            return tuple(connection.execute(desk_query.ids(filters, installed)).scalars())

    def line(self, case_id: str) -> Line:
        with self._database.reading() as connection:
            _salt(connection, case_id)
            return desk_query.lines(connection, [case_id])[0]

    # --- tags --------------------------------------------------------------------------------------------

    def tags(self) -> tuple[str, ...]:
        with self._database.reading() as connection:
            return tuple(connection.execute(sa.select(tags.c.tag).distinct().order_by(tags.c.tag)).scalars())

    def tag(self, case_ids: Sequence[str], tag: str, *, actor: str) -> int:
        word, given = checked_tag(tag), 0
        with self._database.writing() as connection:
            for case_id in dict.fromkeys(case_ids):
                salt = _salt(connection, case_id)
                has = sa.select(tags.c.tag).where(tags.c.case_id == case_id, tags.c.tag == word)
                if connection.execute(has).first() is None:
                    row = {"case_id": case_id, "tag": word, "at": dt.datetime.now(dt.UTC), "actor": actor}
                    connection.execute(sa.insert(tags).values(row))
                    trail.append(connection, actor, "case.tagged", case_id, {"tag": trail.digest(salt, word)})
                    given += 1
        return given

    def untag(self, case_ids: Sequence[str], tag: str, *, actor: str) -> int:
        taken = 0
        with self._database.writing() as connection:
            for case_id in dict.fromkeys(case_ids):
                salt = _salt(connection, case_id)
                its = sa.delete(tags).where(tags.c.case_id == case_id, tags.c.tag == tag)
                if connection.execute(its).rowcount:
                    trail.append(connection, actor, "case.untagged", case_id, {"tag": trail.digest(salt, tag)})
                    taken += 1
        return taken

    # --- notes -------------------------------------------------------------------------------------------

    def notes(self, case_id: str) -> tuple[Note, ...]:
        query = sa.select(notes).where(notes.c.case_id == case_id).order_by(notes.c.number)
        with self._database.reading() as connection:
            _salt(connection, case_id)
            return tuple(Note(row.number, row.at, row.actor, row.text) for row in connection.execute(query))

    def note(self, case_id: str, text: str, *, actor: str, confirmed: bool = False) -> Note:
        said = rows.storable(text).strip()
        if not 1 <= len(said) <= LONGEST_NOTE:
            do = "Write a note, or split a long one."
            raise BadInput(f"a note of 1 to {LONGEST_NOTE} characters", f"{len(said)} characters", do)
        suspicious = pseudonym.identifying(said)
        if suspicious and not confirmed:
            do = "Take it out, or confirm that it identifies nobody."
            raise BadInput("a note that identifies nobody", suspicious, do)
        with self._database.writing() as connection:
            salt = _salt(connection, case_id)
            last = sa.select(sa.func.coalesce(sa.func.max(notes.c.number), 0)).where(notes.c.case_id == case_id)
            note = Note(connection.execute(last).scalar_one() + 1, dt.datetime.now(dt.UTC), actor, said)
            row = {"case_id": case_id, "number": note.number, "at": note.at, "actor": actor, "text": said}
            digest = trail.digest(salt, trail.record_content(notes, row))
            connection.execute(sa.insert(notes).values(row | {"digest": digest}))
            detail = {"note": note.number, "confirmed": bool(suspicious), trail.HOLDS: [digest]}
            trail.append(connection, actor, "case.noted", case_id, detail)
        return note

    # --- saved filters -----------------------------------------------------------------------------------

    def filters(self, owner: str) -> tuple[SavedFilter, ...]:
        """Those that this version understands, by name."""
        query = sa.select(saved.c.name, saved.c.content).where(saved.c.owner == owner).order_by(saved.c.name)
        with self._database.reading() as connection:
            found = [_read(row.name, row.content) for row in connection.execute(query)]
        return tuple(one for one in found if one is not None)

    def save_filter(self, owner: str, name: str, filters: Filters) -> None:
        """Under a name that is there already it replaces the old one."""
        word = " ".join(name.split())
        if not 1 <= len(word) <= LONGEST_NAME or not word.isprintable():
            do = "Give it a short name."
            raise BadInput(f"a name of 1 to {LONGEST_NAME} characters", f"{len(word)} characters", do)
        with self._database.writing() as connection:
            connection.execute(sa.delete(saved).where(saved.c.owner == owner, saved.c.name == word))
            row = {"owner": owner, "name": word, "at": dt.datetime.now(dt.UTC), "content": filters.written()}
            connection.execute(sa.insert(saved).values(row))
            trail.append(connection, owner, "filter.saved", "")

    def forget_filter(self, owner: str, name: str) -> None:
        with self._database.writing() as connection:
            its = sa.delete(saved).where(saved.c.owner == owner, saved.c.name == name)
            if not connection.execute(its).rowcount:
                raise NotFound(f"a saved filter '{name}'", "none of that name", "Look at the list again.")
            trail.append(connection, owner, "filter.deleted", "")

    # --- what is there already ---------------------------------------------------------------------------

    def same_pseudonym(self, pseudonyms: Sequence[str]) -> dict[str, tuple[str, ...]]:
        asked = {name: name.strip() for name in pseudonyms if name.strip()}
        spelt = sorted({form for name in asked.values() for form in (name, name.lower())})
        there: dict[str, list[str]] = {}
        with self._database.reading() as connection:
            for start in range(0, len(spelt), AT_ONCE // 2):
                some = spelt[start : start + AT_ONCE // 2]
                same = sa.or_(cases.c.pseudonym.in_(some), sa.func.lower(cases.c.pseudonym).in_(some))
                query = sa.select(cases.c.id, cases.c.pseudonym).where(same).order_by(cases.c.created.desc())
                for row in connection.execute(query):
                    held = there.setdefault(row.pseudonym.casefold(), [])
                    if row.id not in held:
                        held.append(row.id)
        return {name: tuple(there[word.casefold()]) for name, word in asked.items() if word.casefold() in there}

    def same_pictures(self, image_ids: Sequence[str]) -> dict[str, tuple[str, ...]]:
        found: dict[str, list[str]] = {}
        wanted = sorted(set(image_ids))
        with self._database.reading() as connection:
            for start in range(0, len(wanted), AT_ONCE):
                query = sa.select(images.c.id, images.c.case_id).where(images.c.id.in_(wanted[start : start + AT_ONCE]))
                for row in connection.execute(query.order_by(images.c.case_id)):
                    found.setdefault(row.id, []).append(row.case_id)
        return {image_id: tuple(held) for image_id, held in found.items()}

    # --- runs and models ---------------------------------------------------------------------------------

    def runs(self, case_id: str) -> tuple[str, ...]:
        done = runs.c.state == RunState.DONE.value
        query = sa.select(runs.c.id).where(runs.c.case_id == case_id, done).order_by(runs.c.number.desc())
        with self._database.reading() as connection:
            _salt(connection, case_id)
            return tuple(connection.execute(query).scalars())

    def models_in_use(self) -> tuple[Use, ...]:
        count = sa.func.count(sa.distinct(cases.c.id))
        query = (
            sa.select(stamps.c.task, stamps.c.name, stamps.c.digest, count)
            .select_from(cases.join(stamps, stamps.c.run_id == desk_query.latest(done=True)))
            .group_by(stamps.c.task, stamps.c.name, stamps.c.digest)
            .order_by(count.desc(), stamps.c.name, stamps.c.digest)
        )
        with self._database.reading() as connection:
            return tuple(Use(Mark(row[0], row[1], row[2]), row[3]) for row in connection.execute(query))


def checked_tag(tag: str) -> str:
    """The tag with single blanks, or BadInput."""
    word = " ".join(rows.storable(tag).split())
    if not 1 <= len(word) <= LONGEST_TAG or not word.isprintable():
        raise BadInput(f"a tag of 1 to {LONGEST_TAG} characters", f"{len(word)} characters", "Choose a short word.")
    if suspicious := pseudonym.identifying(word):
        raise BadInput("a tag that identifies nobody", suspicious, "Choose a word that fits many cases.")
    return word


def _read(name: str, content: Any) -> SavedFilter | None:
    try:
        return SavedFilter(name, Filters.of(content))
    except BadInput:
        return None


def _salt(connection: sa.Connection, case_id: str) -> str:
    """Of an existing case; NotFound for any other."""
    salt: str | None = connection.execute(sa.select(cases.c.salt).where(cases.c.id == case_id)).scalar_one_or_none()
    if salt is None:
        raise sightings.no_case(case_id)
    return salt
