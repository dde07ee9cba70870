"""`open_store(settings)`: the case store, on SQLite or PostgreSQL, for all threads of a process.

Files' names are never kept; patients only as pseudonyms. Every method is one transaction, and what it
changes is written together with its event of the trail.
"""

from __future__ import annotations

import datetime as dt
import secrets
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from core.cases import archive, keeping, pictures, pseudonym, rows, running, said_of, sightings, trail, worklist
from core.cases.blobs import Blobs, announce, hold, sha256, sweep
from core.cases.boards import Boards
from core.cases.cohort import Cohorts
from core.cases.counts import Counts
from core.cases.database import Database
from core.cases.desk import Desk
from core.cases.every_table import GO_WITH_CASE
from core.cases.filings import Filings
from core.cases.laboratory import Laboratory
from core.cases.people import People
from core.cases.reviewing import Reviewing
from core.cases.robustness import RobustnessResults
from core.cases.robustness_jobs import RobustnessJobs
from core.cases.slides import Slides
from core.cases.tables import calls, carried, cases, cells, images, reviews, run_images, runs, stamps
from core.cases.teaching import Teaching
from core.cases.words import Words
from core.errors import BadInput, BadSettings, Conflict, NotFound
from core.protocols import CaseRow, RunRow, RunState, TrailEvent
from core.records import CaseInfo, Image, ImageInfo, Review, Seen
from core.settings import Settings

ENGINE = "engine"  # who advances a run when no person does
# Values that identify nobody, and so may stand in the trail when they change; of others only that they did.
SPOKEN = ("specimen", "modality", "um_per_px", "domain", "vocabulary")


def open_store(settings: Settings) -> CaseStore:
    """The store that the settings name, created and brought up to date if need be. Close it at the end."""
    settings.folder.mkdir(parents=True, exist_ok=True)
    database = Database(settings)
    try:
        database.migrate()
        blobs = Blobs(settings.blob_root)
        sweep(database, blobs)  # what a killed process left
    except sa.exc.OperationalError as error:
        database.close()
        found = str(error.orig).strip().split("\n")[0]
        do = "Start it, or correct HEMABOARD_DATABASE_URL."
        raise BadSettings("a database that answers", found, do) from error
    except BaseException:
        database.close()
        raise
    return CaseStore(settings, database, blobs)


class CaseStore:
    """`core.protocols.Store`. Safe to share between threads."""

    def __init__(self, settings: Settings, database: Database, blobs: Blobs) -> None:
        self.settings = settings
        self._database = database
        self._blobs = blobs
        self._said = said_of.Said()
        self.review = Reviewing(database)
        self.desk = Desk(database)
        self.people = People(database)
        self.laboratory = Laboratory(database)
        self.teaching = Teaching(database)
        self.board = Boards(database)
        self.counts = Counts(database)
        self.words = Words(database)
        self.filing = Filings(database)
        self.robustness = RobustnessResults(database)
        self.robustness_jobs = RobustnessJobs(database)
        self.cohort = Cohorts(database)
        self.slides = Slides(database, blobs, settings.folder)

    def close(self) -> None:
        self.slides.files.close()
        self._database.close()

    # --- cases -------------------------------------------------------------------------------------------

    def add_case(self, info: CaseInfo, *, actor: str, case_id: str | None = None) -> str:
        info = replace(info, pseudonym=pseudonym.checked(info.pseudonym))
        name = pseudonym.checked_id(case_id) if case_id is not None else f"case-{uuid.uuid4().hex[:16]}"
        with self._database.writing() as connection:
            there = connection.execute(sa.select(cases).where(cases.c.id == name)).mappings().one_or_none()
            if there is not None:
                if rows.info(there) == info:
                    return name
                raise Conflict(f"no case {name} yet", "one with other particulars", "Choose another id, or amend it.")
            now, salt = dt.datetime.now(dt.UTC), secrets.token_hex(32)
            connection.execute(sa.insert(cases).values(id=name, created=now, salt=salt, **rows.of_info(info)))
            detail = {"modality": str(info.modality), "specimen": str(info.specimen), "domain": str(info.domain)}
            trail.append(connection, actor, "case.created", name, detail)
        return name

    def case(self, case_id: str) -> CaseRow:
        with self._database.reading() as connection:
            found = worklist.found(connection, case_id=case_id)
        if not found:
            raise sightings.no_case(case_id)
        return found[0]

    def cases(
        self,
        *,
        text: str = "",
        state: RunState | None = None,
        modality: str | None = None,
        specimen: str | None = None,
        ids: Sequence[str] | None = None,
        limit: int = 200,
        offset: int = 0,
    ) -> list[CaseRow]:
        """The newest first; every word of `text` must occur in what is known of the case. `ids`: these, so ordered."""
        with self._database.reading() as connection:
            return worklist.found(
                connection,
                text=text,
                state=state,
                modality=modality,
                specimen=specimen,
                ids=ids,
                limit=limit,
                offset=offset,
            )

    def amend_case(self, case_id: str, info: CaseInfo, *, actor: str) -> None:
        info = replace(info, pseudonym=pseudonym.checked(info.pseudonym))
        with self._database.writing() as connection:
            row = self._row(connection, case_id)
            old = rows.info(row)
            changed = [f.name for f in fields(CaseInfo) if getattr(old, f.name) != getattr(info, f.name)]
            if not changed:
                return
            if "modality" in changed and connection.execute(_of(images, case_id).limit(1)).first():
                raise Conflict("a case without images", "images of the old modality", "Make a new case for the others.")
            if "domain" in changed and self._has_runs(connection, case_id):  # what may be seen hangs on it
                do = "Make a new case of these pictures."
                raise Conflict(f"a case without runs, or still {old.domain} pictures", f"{info.domain} ones", do)
            values = rows.of_info(info)
            connection.execute(sa.update(cases).where(cases.c.id == case_id).values(values))
            spoken = {key: [row[key], values[key]] for key in changed if key in SPOKEN}
            detail = {"fields": changed, "values": spoken, "now": trail.digest(row["salt"], values)}
            trail.append(connection, actor, "case.amended", case_id, detail)

    def delete_case(self, case_id: str, *, actor: str, reason: str) -> None:
        """Everything of the case goes, its pictures too; a tombstone in the trail says that it was there, and why."""
        with self._database.writing() as connection:
            row = self._row(connection, case_id)
            reason = pseudonym.checked_reason(reason, row["pseudonym"])
            keeping.check_not_held(connection, case_id)
            its_runs = sa.select(runs.c.id).where(runs.c.case_id == case_id)
            counts = {}
            for table in (calls, cells, run_images, stamps):  # in the order that the keys demand
                counts[table.name] = connection.execute(sa.delete(table).where(table.c.run_id.in_(its_runs))).rowcount
            for table in (*reversed(GO_WITH_CASE), carried, reviews, runs, images):
                counts[table.name] = connection.execute(sa.delete(table).where(table.c.case_id == case_id)).rowcount
            connection.execute(sa.delete(cases).where(cases.c.id == case_id))
            told = {name: counts[name] for name in ("images", "runs", "cells", "calls", "reviews")}
            trail.append(connection, actor, "case.deleted", case_id, {"counts": told, "reason": reason})
        self._said.forget(case_id)
        self.slides.tidy()  # first: not every system removes a file that is open
        sweep(self._database, self._blobs)
        self._database.scrub()

    # --- images ------------------------------------------------------------------------------------------

    def add_images(self, case_id: str, images_: Sequence[Image], *, actor: str) -> list[str]:
        modality = self.case(case_id).info.modality
        known = {image.id for image in self.images(case_id)}
        new = {image.info.id: image for image in reversed(images_) if image.info.id not in known}
        for image in new.values():
            if image.info.modality is not modality:
                found = f"{image.info.label}, which is {image.info.modality}"
                raise Conflict(f"{modality} images for case {case_id}", found, "Make another case for them.")
        order = dict.fromkeys(image.info.id for image in images_ if image.info.id in new)
        contents = {image_id: pictures.encoded(new[image_id]) for image_id in order}
        announce(self._database, [sha256(content) for content in contents.values()])
        for content in contents.values():
            self._blobs.put(content)
        with self._sweeping_if_gone(), self._database.writing() as connection:
            self._row(connection, case_id)
            held = {row.id: row.position for row in connection.execute(_of(images, case_id))}
            added = [image_id for image_id in contents if image_id not in held]
            hold(connection, self._blobs, [contents[image_id] for image_id in added])
            last = max(held.values(), default=-1)
            for position, image_id in enumerate(added, start=last + 1):
                place = {"case_id": case_id, "position": position, "blob": sha256(contents[image_id])}
                row = rows.of_image(new[image_id].info) | place
                connection.execute(sa.insert(images).values(row))
            if added:
                trail.append(connection, actor, "images.added", case_id, {"images": added})
        return added

    def images(self, case_id: str) -> list[ImageInfo]:
        with self._database.reading() as connection:
            self._row(connection, case_id)
            return [rows.image(row) for row in connection.execute(_of(images, case_id)).mappings()]

    def picture(self, case_id: str, image_id: str) -> bytes:
        query = sa.select(images.c.blob).where(images.c.case_id == case_id, images.c.id == image_id)
        with self._database.reading() as connection:
            key = connection.execute(query).scalar_one_or_none()
        if key is None:
            raise NotFound(f"image {image_id} of case {case_id}", "no such image", "Open the case again.")
        return self.slides.unfolded(case_id, self._blobs.get(key))

    # --- runs and what they saw --------------------------------------------------------------------------

    def add_run(self, case_id: str, run_id: str, total: int, *, actor: str) -> None:
        with self._database.writing() as connection:
            running.add(connection, case_id, run_id, total, actor)

    def advance_run(
        self, run_id: str, state: RunState, done: int | None = None, message: str = "", actor: str = ENGINE
    ) -> None:
        """Set state and progress. A finished run stays finished, and a cancelled one is not revived by a step
        that was in flight: only QUEUED does that."""
        if state not in running.ACTIONS:
            raise BadInput("a state to bring the run into", f"'{state}'", "Use queued, running, done, failed …")
        with self._database.writing() as connection:
            running.advance(connection, run_id, state, done, message, actor)

    def run(self, run_id: str) -> RunRow:
        with self._database.reading() as connection:
            return running.one(connection, run_id)

    def add_seen(self, case_id: str, run_id: str, seen: Seen) -> list[str]:
        """Problems of the batch are not kept here: they name files. The run's message says what went wrong."""
        with self._sweeping_if_gone():
            return sightings.write(self._database, self._blobs, case_id, run_id, seen)

    def seen(self, case_id: str, run_id: str | None = None) -> Seen:
        with self._database.reading() as connection:
            return sightings.read(connection, case_id, run_id)

    def crop(self, case_id: str, cell_id: str) -> bytes:
        return self.crops(case_id, [cell_id])[cell_id]

    def crops(self, case_id: str, cell_ids: Sequence[str]) -> dict[str, bytes]:
        with self._database.reading() as connection:
            places = sightings.crop_places(connection, case_id, cell_ids)
        return dict(zip(places, self._blobs.parts(list(places.values())), strict=True))

    # --- reviews -----------------------------------------------------------------------------------------

    def add_review(self, case_id: str, review: Review) -> None:
        """Append a person's word; the very same word again changes nothing."""
        self.add_reviews(case_id, [review])

    def add_reviews(self, case_id: str, said: Sequence[Review]) -> int:
        """Append many at once, all or none; how many were new."""
        with self._database.writing() as connection:
            return said_of.write(connection, case_id, self._row(connection, case_id)["salt"], said)

    def reviews(self, case_id: str) -> list[Review]:
        """In the order in which they were given."""
        with self._database.reading() as connection:
            return self._said.read(connection, case_id, self._row(connection, case_id)["salt"])

    # --- the trail, and cases on the move ----------------------------------------------------------------

    def trail(self, case_id: str | None = None) -> list[TrailEvent]:
        with self._database.reading() as connection:
            return trail.events(connection, case_id)

    def trail_head(self) -> tuple[int, str]:
        """Number of events and the last hash. Written down elsewhere, it finds even a trail made wholly anew."""
        with self._database.reading() as connection:
            return trail.head(connection)

    def verify_trail(self, known: tuple[int, str] | None = None) -> int:
        """`known` is a head written down earlier."""
        with self._database.reading() as connection:
            return trail.verify(connection, known)

    def export_case(self, case_id: str, to: Path, *, actor: str | None = None) -> Path:
        """One ZIP, at `to` or, if that is a folder, in it; the same case gives the same bytes."""
        return archive.export(self._database, self._blobs, self.slides, case_id, to, actor or self.settings.user)

    def import_case(self, file: Path, *, actor: str) -> str:
        return archive.take_in(self._database, self._blobs, self.settings, file, actor)

    @contextmanager
    def _sweeping_if_gone(self) -> Iterator[None]:
        """The case was deleted after its bytes were put and before rows referred to them: they go with it."""
        try:
            yield
        except NotFound:
            sweep(self._database, self._blobs)
            raise

    def _has_runs(self, connection: sa.Connection, case_id: str) -> bool:
        return connection.execute(sa.select(runs.c.id).where(runs.c.case_id == case_id).limit(1)).first() is not None

    def _row(self, connection: sa.Connection, case_id: str) -> Any:
        row = connection.execute(sa.select(cases).where(cases.c.id == case_id)).mappings().one_or_none()
        if row is None:
            raise sightings.no_case(case_id)
        return row


def _of(table: sa.Table, case_id: str) -> sa.Select[Any]:
    """The rows of a case in their order."""
    return sa.select(table).where(table.c.case_id == case_id).order_by(table.c.position)
