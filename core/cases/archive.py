"""One case as one ZIP, and back.

    manifest.json     format, case, and size and SHA-256 of every other member
    case.json         the case, its images, runs, reviews, and what else people said and wrote of it
    runs/0001.json    what a run saw: stamps, images, cells, calls
    blobs/<sha256>    pictures and packs of crops
    history.json      the case's events of the trail, wherever they happened

The same case gives the same bytes, in whichever store it lies: export, import and export again differ in
nothing. That a case was exported or imported is told by each store's own trail, not by the case.
Digests find damage and careless edits. Who edits a member and the manifest alike is found by comparing the
manifest's digest with the one in the exporting store's trail.
"""

from __future__ import annotations

import tempfile
import uuid
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from core.cases import sightings, trail
from core.cases.arrivals import Arrival
from core.cases.blobs import Blobs, announce, sha256
from core.cases.database import Database
from core.cases.dump import CASE_TABLES, FORMAT, RUN_TABLES, dumped
from core.cases.slides import Slides
from core.cases.tables import carried, cases, run_images, runs
from core.cases.tables import trail as trail_table
from core.errors import BadInput, Conflict, UnreadableFile
from core.protocols import RunState
from core.settings import Settings

STAMP = (1980, 1, 1, 0, 0, 0)  # a ZIP wants a date; ours tells nothing
MOVES = ("case.exported", "case.imported")


def export(database: Database, blobs: Blobs, slides: Slides, case_id: str, to: Path, actor: str) -> Path:
    """Write the case's ZIP; the file is whole or not there."""
    target = to / f"{case_id}.zip" if to.is_dir() else to
    if not target.parent.is_dir():
        raise BadInput("a folder to write to", f"no folder {target.parent}", "Make it, or choose another.")
    aside = target.with_name(f"{target.name}.{uuid.uuid4().hex[:8]}.part")
    drawn = Drawn(blobs, slides, case_id)
    try:
        with database.reading() as connection:
            members, keys = _members(connection, case_id, drawn)
        manifest = _write(aside, case_id, members, keys, drawn)
        with database.writing() as connection:
            if connection.execute(sa.select(cases.c.id).where(cases.c.id == case_id)).first() is None:
                raise sightings.no_case(case_id)
            trail.append(connection, actor, "case.exported", case_id, {"manifest": manifest})
        aside.replace(target)
    finally:
        drawn.close()
        aside.unlink(missing_ok=True)
    return target


class Drawn:
    """Blobs as an export holds them: a field of a slide as the picture it points to, since the slide stays here.

    Those pictures wait in a folder, one by one, so that memory holds one of them however many there are.
    """

    def __init__(self, blobs: Blobs, slides: Slides, case_id: str) -> None:
        self._blobs, self._slides, self._case = blobs, slides, case_id
        self._folder = tempfile.TemporaryDirectory(prefix="hemaboard-export-")

    def key(self, key: str) -> str:
        """Under which the blob of an image is exported."""
        content = self._blobs.get(key)
        picture = self._slides.unfolded(self._case, content)
        if picture == content:
            return key
        Path(self._folder.name, sha256(picture)).write_bytes(picture)
        return sha256(picture)

    def get(self, key: str) -> bytes:
        waiting = Path(self._folder.name, key)
        return waiting.read_bytes() if waiting.exists() else self._blobs.get(key)

    def close(self) -> None:
        self._folder.cleanup()


def take_in(database: Database, blobs: Blobs, settings: Settings, file: Path, actor: str) -> str:
    """Check the whole ZIP, then write the case in one transaction; its id."""
    with Arrival(file, settings) as arrival:
        with database.reading() as connection:
            _refuse_known(connection, arrival)
        announce(database, arrival.keys)
        for key in arrival.keys:
            blobs.put(arrival.blob(key))
        with database.writing() as connection:
            _refuse_known(connection, arrival)
            for key in arrival.keys:  # a sweep may have come between, and nobody sweeps while we write
                if not blobs.has(key):
                    blobs.put(arrival.blob(key))
            digests = arrival.insert(connection)
            detail = {"manifest": arrival.manifest_digest, **digests}
            trail.append(connection, actor, "case.imported", arrival.case_id, detail)
    return arrival.case_id


def _refuse_known(connection: sa.Connection, arrival: Arrival) -> None:
    if connection.execute(sa.select(cases.c.id).where(cases.c.id == arrival.case_id)).first():
        do = "Delete that case first if the file shall replace it."
        raise Conflict(f"a store without case {arrival.case_id}", "one that has it", do)
    taken = connection.execute(sa.select(runs.c.id).where(runs.c.id.in_(arrival.run_ids)).limit(1)).scalar()
    if taken:
        raise Conflict(
            f"run ids that are free (case {arrival.case_id})", f"run {taken} of another case", "Ask for help."
        )


def _members(connection: sa.Connection, case_id: str, drawn: Drawn) -> tuple[dict[str, bytes], list[str]]:
    """The JSON members, and the blobs they refer to."""
    content: dict[str, Any] = {}
    for table in CASE_TABLES:
        key = table.c.id if table is cases else table.c.case_id
        content[table.name] = dumped(connection, table, key == case_id)
    if not content["cases"]:
        raise sightings.no_case(case_id)
    busy = [run["id"] for run in content["runs"] if run["state"] in (RunState.QUEUED, RunState.RUNNING)]
    if busy:
        raise Conflict("a case whose runs have ended", f"run {busy[0]} on its way", "Wait for it, or cancel it.")
    fields = {row["image_id"] for row in content["slide_fields"]}
    looked = sa.select(run_images.c.image_id).where(run_images.c.case_id == case_id)
    seen = set(connection.execute(looked).scalars())
    for row in list(content["images"]):
        if row["id"] in fields:
            try:
                row["blob"] = drawn.key(row["blob"])
            except UnreadableFile:
                if row["id"] in seen:
                    raise
                # A damaged place of the slide, which no run could look at: there is no picture of it to send along.
                content["images"].remove(row)
                content["slide_fields"] = [one for one in content["slide_fields"] if one["image_id"] != row["id"]]
    members = {"case.json": _json(content), "history.json": _json(_history(connection, case_id))}
    keys = {row["blob"] for row in content["images"]}
    for run in content["runs"]:
        part = {table.name: dumped(connection, table, table.c.run_id == run["id"]) for table in RUN_TABLES}
        members[f"runs/{run['number']:04d}.json"] = _json({"run": run["id"], **part})
        keys |= {row["blob"] for row in part["cells"]} - {None}
    return members, sorted(keys)


def _history(connection: sa.Connection, case_id: str) -> list[Mapping[str, Any]]:
    """The case's events: those it brought along, then ours. After a deletion and an import, only the present life."""
    query = sa.select(carried.c.event).where(carried.c.case_id == case_id).order_by(carried.c.position)
    history = list(connection.execute(query).scalars())
    buried = sa.select(sa.func.coalesce(sa.func.max(trail_table.c.number), 0)).where(
        trail_table.c.case_id == case_id, trail_table.c.action == "case.deleted"
    )
    last_death = connection.execute(buried).scalar_one()
    for event in trail.events(connection, case_id):
        if event.number > last_death and event.action not in MOVES:
            history.append(trail.body_of(event) | {"at": trail.written(event.at), "hash": event.hash})
    return history


def _json(value: Any) -> bytes:
    return trail.canonical(value).encode()


def _write(file: Path, case_id: str, members: Mapping[str, bytes], keys: Sequence[str], blobs: Drawn) -> str:
    """Write all members; the manifest's digest. Blobs pass one at a time, and stand there unpacked as they are."""
    listed: dict[str, dict[str, Any]] = {}
    with zipfile.ZipFile(file, "w") as archive:
        for name in sorted(members):
            listed[name] = _add(archive, name, members[name], zipfile.ZIP_DEFLATED)
        for key in keys:
            listed[f"blobs/{key}"] = _add(archive, f"blobs/{key}", blobs.get(key), zipfile.ZIP_STORED)
        manifest = _json({"format": FORMAT, "case": case_id, "members": listed})
        _add(archive, "manifest.json", manifest, zipfile.ZIP_DEFLATED)
    return sha256(manifest)


def _add(archive: zipfile.ZipFile, name: str, content: bytes, compression: int) -> dict[str, Any]:
    member = zipfile.ZipInfo(name, STAMP)
    member.compress_type = compression
    member.create_system = 3  # else the bytes would depend on the machine
    member.external_attr = 0o600 << 16
    archive.writestr(member, content)
    return {"bytes": len(content), "sha256": sha256(content)}
