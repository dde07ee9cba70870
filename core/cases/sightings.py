"""What runs saw: cells, calls, stamps and crops written in batches, and read back in a fixed order.

Everything belongs to its run: a recomputation is another run, and both stay. A batch may be written again
(a durable step that was killed is repeated): rows that are there are left alone, and an image that the run has with its
cells gets no others. Another worker's engine may draw an outline a tenth of a pixel elsewhere, and the cell has another
id then: it would count twice.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

import sqlalchemy as sa

from core.cases import pictures, rows, trail
from core.cases.blobs import Blobs, announce, hold, sha256
from core.cases.database import Database, ignoring
from core.cases.tables import calls, cases, cells, images, run_images, runs, stamps
from core.errors import BadInput, NotFound
from core.protocols import RunState
from core.records import Seen

CropPlace = tuple[str, int, int, str]  # blob, start, length, digest


def write(database: Database, blobs: Blobs, case_id: str, run_id: str, seen: Seen) -> list[str]:
    """Cells, calls, stamps and crops of a batch, in one transaction; ids of its cells."""
    ids = [cell.id for cell in seen.cells]
    _check(seen, set(ids))
    with database.reading() as connection:
        _run(connection, case_id, run_id)
        pack, places = _packed(seen, _known(connection, run_id, ids))
    if pack:
        announce(database, [sha256(pack)])
        blobs.put(pack)
    with database.writing() as connection:
        run = _run(connection, case_id, run_id)
        shown = {image.id for image in seen.images} | {cell.image for cell in seen.cells}
        _check_images(connection, case_id, shown)
        seen = _first(connection, run_id, seen)
        ids = [cell.id for cell in seen.cells]
        new = len(set(ids) - _known(connection, run_id, ids))
        if pack and new:
            hold(connection, blobs, [pack])
        _insert(connection, run_images, [{"case_id": case_id, "run_id": run_id, "image_id": i} for i in sorted(shown)])
        marks = [{"run_id": run_id, "number": n, **rows.of_stamp(model)} for n, model in enumerate(seen.models)]
        _insert(connection, stamps, marks)
        cell_rows = _cell_rows(run_id, seen, places if new else {})
        _insert(connection, cells, cell_rows)
        call_rows = [{"run_id": run_id, **rows.of_call(call)} for call in seen.calls]
        _insert(connection, calls, call_rows)
        if new:
            detail = {"run": run_id, "cells": new, "models": sorted(model.digest for model in seen.models)}
            detail |= {"engines": engines} if (engines := _engines(seen)) else {}
            trail.append(connection, run.actor, "cells.added", case_id, detail)
    return ids


def _first(connection: sa.Connection, run_id: str, seen: Seen) -> Seen:
    """Less the cells of images that the run has already, other than those it has them with."""
    query = sa.select(run_images.c.image_id).where(run_images.c.run_id == run_id)
    there = set(connection.execute(query).scalars())
    if not there.intersection(cell.image for cell in seen.cells):
        return seen
    known = _known(connection, run_id, [cell.id for cell in seen.cells])
    kept = tuple(cell for cell in seen.cells if cell.image not in there or cell.id in known)
    names = {cell.id for cell in kept}
    return replace(seen, cells=kept, calls=tuple(call for call in seen.calls if call.cell in names))


def _engines(seen: Seen) -> dict[str, str]:
    """What ran each network: another engine may draw an outline a tenth of a pixel elsewhere, and so name it anew."""
    return {model.name: model.engine for model in seen.models if model.engine}


def read(connection: sa.Connection, case_id: str, run_id: str | None) -> Seen:
    """What the named or the latest finished run saw; nothing, when none has finished."""
    if run_id is None:
        run_id = latest_done(connection, case_id)
        if run_id is None:
            return Seen()
    else:
        _run(connection, case_id, run_id)
    seen_images = sa.select(run_images.c.image_id).where(run_images.c.run_id == run_id)
    image_rows = connection.execute(
        sa.select(images).where(images.c.case_id == case_id, images.c.id.in_(seen_images)).order_by(images.c.position)
    ).mappings()
    cell_rows = connection.execute(
        sa.select(cells)
        .join(images, sa.and_(images.c.case_id == case_id, images.c.id == cells.c.image_id))
        .where(cells.c.run_id == run_id)
        .order_by(images.c.position, cells.c.number, cells.c.id)
    )
    seen_cells = tuple(rows.cell(row) for row in cell_rows)
    place = {cell.id: position for position, cell in enumerate(seen_cells)}
    call_rows = connection.execute(sa.select(calls).where(calls.c.run_id == run_id).order_by(calls.c.model))
    marks = sa.select(stamps).where(stamps.c.run_id == run_id).order_by(stamps.c.number, stamps.c.task, stamps.c.digest)
    return Seen(
        images=tuple(rows.image(row) for row in image_rows),
        cells=seen_cells,
        calls=tuple(sorted((rows.call(row) for row in call_rows), key=lambda call: place[call.cell])),
        models=tuple(rows.stamp(row) for row in connection.execute(marks).mappings()),
    )


def latest_done(connection: sa.Connection, case_id: str) -> str | None:
    query = (
        sa.select(runs.c.id)
        .where(runs.c.case_id == case_id, runs.c.state == RunState.DONE.value)
        .order_by(runs.c.number.desc())
        .limit(1)
    )
    if connection.execute(sa.select(cases.c.id).where(cases.c.id == case_id)).first() is None:
        raise no_case(case_id)
    return connection.execute(query).scalar_one_or_none()


def crop_places(connection: sa.Connection, case_id: str, cell_ids: Sequence[str]) -> dict[str, CropPlace]:
    """Blob, start, length and digest of each cell's crop, from the latest run that has one."""
    query = (
        sa.select(cells.c.id, cells.c.blob, cells.c.crop_start, cells.c.crop_length, cells.c.crop_sha256)
        .join(runs, runs.c.id == cells.c.run_id)
        .where(runs.c.case_id == case_id, cells.c.id.in_(sa.bindparam("ids", expanding=True)))
        .where(cells.c.blob.is_not(None))
        .order_by(runs.c.number)
    )
    wanted = list(dict.fromkeys(cell_ids))
    places: dict[str, CropPlace] = {}
    for start in range(0, len(wanted), 500):  # databases bound the number of parameters
        for row in connection.execute(query, {"ids": wanted[start : start + 500]}):
            places[row.id] = (row.blob, row.crop_start, row.crop_length, row.crop_sha256)
    missing = next((cell for cell in wanted if cell not in places), None)
    if missing is not None:
        raise NotFound(f"a crop of cell {missing} in case {case_id}", "none", "Open the case again, or run it anew.")
    return {cell: places[cell] for cell in wanted}


def no_case(case_id: str) -> NotFound:
    return NotFound(f"case {case_id}", "no such case", "It may have been deleted: look it up in the worklist.")


def _run(connection: sa.Connection, case_id: str, run_id: str) -> Any:
    row = connection.execute(sa.select(runs).where(runs.c.id == run_id, runs.c.case_id == case_id)).one_or_none()
    if row is None:
        do = "The case may have been deleted: look it up in the worklist."
        raise NotFound(f"run {run_id} of case {case_id}", "no such run", do)
    return row


def _known(connection: sa.Connection, run_id: str, ids: list[str]) -> set[str]:
    """Those of the ids that the run has already."""
    query = sa.select(cells.c.id).where(cells.c.run_id == run_id, cells.c.id.in_(sa.bindparam("ids", expanding=True)))
    known: set[str] = set()
    for start in range(0, len(ids), 500):  # databases bound the number of parameters
        known.update(connection.execute(query, {"ids": ids[start : start + 500]}).scalars())
    return known


def _check(seen: Seen, ids: set[str]) -> None:
    strays = [call.cell for call in seen.calls if call.cell not in ids]
    if strays:
        raise BadInput("calls on cells of the same batch", f"a call on {strays[0]}", "Write cell and call together.")
    if len(ids) < len(seen.cells):
        raise BadInput(
            "cells with ids of their own", "an id twice in one batch", "The detector is at fault: report it."
        )


def _check_images(connection: sa.Connection, case_id: str, shown: Collection[str]) -> None:
    known = set(connection.execute(sa.select(images.c.id).where(images.c.case_id == case_id)).scalars())
    if not known.issuperset(shown):
        stray = min(set(shown) - known)
        raise NotFound(f"image {stray} in case {case_id}", "no such image", "Add the image to the case first.")


def _packed(seen: Seen, known: Collection[str]) -> tuple[bytes, dict[str, dict[str, Any]]]:
    """The crops of cells that are new, one behind the other, and where each lies: one blob instead of thousands."""
    parts: list[bytes] = []
    places: dict[str, dict[str, Any]] = {}
    start = 0
    for cell in seen.cells:
        if cell.id in known or cell.id not in seen.crops:
            continue
        part = pictures.png(seen.crops[cell.id])
        places[cell.id] = {"crop_start": start, "crop_length": len(part), "crop_sha256": sha256(part)}
        parts.append(part)
        start += len(part)
    pack = b"".join(parts)
    key = sha256(pack)
    return pack, {cell_id: {"blob": key, **place} for cell_id, place in places.items()}


def _cell_rows(run_id: str, seen: Seen, places: Mapping[str, dict[str, Any]]) -> list[dict[str, Any]]:
    nowhere = {"blob": None, "crop_start": None, "crop_length": None, "crop_sha256": None}
    numbers: Counter[str] = Counter()
    written = []
    for cell in seen.cells:
        place = places.get(cell.id, nowhere)
        written.append({"run_id": run_id, "number": numbers[cell.image], **rows.of_cell(cell), **place})
        numbers[cell.image] += 1
    return written


def _insert(connection: sa.Connection, table: sa.Table, values: list[dict[str, Any]]) -> None:
    if values:
        connection.execute(ignoring(connection, table), values)
