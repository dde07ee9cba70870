"""The store's whole slides: their files, which fields runs look at, and how far they went.

A field becomes an image of the case when it is looked at. Its blob is a short note of where it lies (`POINTER`), and
its pixels are read from the slide whenever somebody asks; so a slide is kept once, however many fields it has.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray

from core.cases import pictures, rows, sightings, slide_rows, trail
from core.cases.blobs import Blobs, announce, hold, sha256
from core.cases.database import Database, ignoring
from core.cases.slide_drafts import SlideDrafts
from core.cases.slide_files import SlideFiles
from core.cases.tables import blobs as blob_table
from core.cases.tables import calls, cases, cells, images, run_images, runs
from core.cases.tables_slides import slide_fields, slide_looks, slide_parts, slide_plans, slides
from core.errors import BadInput, Conflict, NotFound
from core.records import Box, Modality
from core.slides.fields import Field, Region, best_first, chosen, grid, shuffled
from core.slides.files import Part, parts_of, sha256_of
from core.slides.plans import Looked, Order, Plan, SlideInfo, Stop, Tally
from core.slides.reading import Slide, opened
from core.slides.source import believed

ADDED, PLANNED, ASKED, STOPPED = "slide.added", "slide.planned", "slide.stop.asked", "slide.stopped"
POINTER = b'{"field of a slide":'
AGAIN = "Open the case again."


class Slides:
    """`core.doors.slides.SlidesDoor`."""

    def __init__(self, database: Database, blobs: Blobs, folder: Path) -> None:
        self._database, self._blobs = database, blobs
        self.files = SlideFiles(blobs, folder)
        self.drafts = SlideDrafts(database)

    # --- slides ------------------------------------------------------------------------------------------

    def add(self, case_id: str, path: Path, *, actor: str, um_per_px: float | None = None) -> SlideInfo:
        if um_per_px is not None and believed(um_per_px, um_per_px) is None:
            raise BadInput("0.02 to 5 µm per pixel", f"{um_per_px}", "Read it off the scanner's settings.")
        with opened(path) as slide:
            told = {"format": slide.format, "width": slide.width, "height": slide.height}
            scale = slide.um_per_px or um_per_px
        parts = parts_of(path)
        whole = sha256_of(keys := [part.sha256() for part in parts])
        there = [known for known in self._slides(case_id) if known.sha256 == whole]
        if there and there[0].here:
            return slide_rows.same(there[0], scale)
        size = sum(part.path.stat().st_size for part in parts)
        with self._put(parts, keys) as connection:
            case = _case(connection, case_id)
            if case.modality != Modality.SMEAR:
                raise Conflict("a case of stained smears", "a label-free one", "Make another case for the slide.")
            connection.execute(ignoring(connection, blob_table), [{"digest": k} for k in keys])
            count = sa.select(sa.func.count()).where(slides.c.case_id == case_id)
            values = {"case_id": case_id, "id": f"slide-{whole[:16]}", "sha256": whole, "um_per_px": scale, **told}
            more = {"size": str(size), "at": dt.datetime.now(dt.UTC), "actor": actor}
            if not there:
                row = values | more | {"position": connection.execute(count).scalar_one()}
                connection.execute(ignoring(connection, slides), [row])  # somebody may have been quicker
            named = [
                {"case_id": case_id, "slide_id": values["id"], "name": part.name, "blob": key}
                for part, key in zip(parts, keys, strict=True)
            ]
            connection.execute(ignoring(connection, slide_parts), named)
            trail.append(connection, actor, ADDED, case_id, {"slide": values["id"], "bytes": size, **told})
        info = next(known for known in self._slides(case_id) if known.sha256 == whole)
        self.opened(case_id, info.id)  # what is kept can be read, or we say so now
        return info

    @contextmanager
    def _put(self, parts: Sequence[Part], keys: Sequence[str]) -> Iterator[sa.Connection]:
        """Write with the files in place: a sweep may come before anything refers to them, but not while we write."""
        while True:
            announce(self._database, keys)
            for part, key in zip(parts, keys, strict=True):
                self._blobs.put_large(key, part.pieces())
            with self._database.writing() as connection:
                if all(map(self._blobs.has, keys)):
                    yield connection
                    return

    def slides(self, case_id: str) -> list[SlideInfo]:
        return self._slides(case_id)

    def opened(self, case_id: str, slide_id: str) -> Slide:
        query = sa.select(slide_parts.c.name, slide_parts.c.blob).where(
            slide_parts.c.case_id == case_id, slide_parts.c.slide_id == slide_id
        )
        info = self._slide(case_id, slide_id)
        with self._database.reading() as connection:
            found = sorted(connection.execute(query).all(), key=lambda row: (row.name.count("/"), row.name))
        if not found:
            do = "Add the same slide to this case again, or look at its fields, which came with the case."
            raise NotFound(f"the file of {info.label}", "only its digest: the case came from an export", do)
        return self.files.opened(info.sha256, {row.name: row.blob for row in found})

    def tidy(self) -> None:
        """What lies at hand of slides that no case has any more goes."""
        self.files.tidy(self._database)

    # --- plans -------------------------------------------------------------------------------------------

    def plan(
        self,
        case_id: str,
        slide_id: str,
        regions: Sequence[Region],
        *,
        actor: str,
        order: Order = Order.RANDOM,
        seed: int = 0,
        stop: Stop | None = None,
    ) -> Plan:
        info, slide = self._slide(case_id, slide_id), self.opened(case_id, slide_id)
        stop = _checked(stop or Stop(), order)
        if not 0 <= seed < 2**31:
            raise BadInput("a seed of 0 to 2147483647", str(seed), "Give a smaller one.")
        laid = grid(info.width, info.height, info.um_per_px, slide.levels)
        if not regions:
            raise BadInput("at least one region", "none", "Choose a proposed region, or draw one.")
        fields = chosen(laid, regions)
        fields = shuffled(fields, seed) if order is Order.RANDOM else best_first(fields, regions)
        with self._database.writing() as connection:
            salt = _case(connection, case_id).salt
            last = sa.select(sa.func.coalesce(sa.func.max(slide_plans.c.number), 0)).where(
                slide_plans.c.case_id == case_id
            )
            plan = Plan(
                number=connection.execute(last).scalar_one() + 1,
                slide=slide_id,
                regions=tuple(regions),
                fields=fields,
                um_per_px=laid.um_per_px,
                order=order,
                seed=seed,
                stop=stop,
                actor=actor,
                at=dt.datetime.now(dt.UTC),
            )
            row = slide_rows.of_plan(plan)
            digest = trail.digest(salt, trail.record_content(slide_plans, row))
            connection.execute(sa.insert(slide_plans).values(row | {"case_id": case_id, "digest": digest}))
            told = {"slide": slide_id, "plan": plan.number, "fields": len(fields), "order": str(order), "seed": seed}
            limits = {"stop_cells": stop.cells, "stop_width": stop.width, "stop_share": stop.share}
            trail.append(connection, actor, PLANNED, case_id, told | limits | {trail.HOLDS: [digest]})
        return plan

    def planned(self, case_id: str, number: int | None = None) -> Plan | None:
        query = sa.select(slide_plans).where(slide_plans.c.case_id == case_id).order_by(slide_plans.c.number.desc())
        if number is not None:
            query = query.where(slide_plans.c.number == number)
        with self._database.reading() as connection:
            row = connection.execute(query.limit(1)).mappings().one_or_none()
        return None if row is None else slide_rows.plan(row)

    # --- fields ------------------------------------------------------------------------------------------

    def take(self, case_id: str, plan: Plan, fields: Sequence[Field], *, actor: str) -> list[str]:
        slide = self._slide(case_id, plan.slide)
        found = {field.id(slide.sha256): field for field in fields}
        contents = {image_id: _pointer(slide.id, field) for image_id, field in found.items()}
        announce(self._database, [sha256(content) for content in contents.values()])
        for content in contents.values():
            self._blobs.put(content)
        with self._database.writing() as connection:
            _case(connection, case_id)
            its = sa.select(images.c.id, images.c.position).where(images.c.case_id == case_id)
            held = {row.id: row.position for row in connection.execute(its)}
            new = [image_id for image_id in found if image_id not in held]
            hold(connection, self._blobs, [contents[image_id] for image_id in new])
            for position, image_id in enumerate(new, start=max(held.values(), default=-1) + 1):
                info = slide_rows.image(found[image_id], slide, plan.um_per_px)
                place = {"case_id": case_id, "position": position, "blob": sha256(contents[image_id])}
                connection.execute(sa.insert(images).values(rows.of_image(info) | place))
                lies = {"slide_id": slide.id, "place": slide_rows.of_field(found[image_id])}
                connection.execute(sa.insert(slide_fields).values(case_id=case_id, image_id=image_id, **lies))
            if new:
                trail.append(connection, actor, "images.added", case_id, {"images": new, "slide": slide.id})
        return list(found)

    def fields(self, case_id: str) -> dict[str, Field]:
        """Every image of the case that is a field of a slide, and where it lies."""
        query = sa.select(slide_fields.c.image_id, slide_fields.c.place).where(slide_fields.c.case_id == case_id)
        with self._database.reading() as connection:
            return {row.image_id: slide_rows.field(row.place) for row in connection.execute(query)}

    def drawn(self, case_id: str, slide_id: str, field: Field) -> NDArray[np.uint8]:
        """The field's pixels, read from the slide now."""
        slide = self.opened(case_id, slide_id)
        return slide.scaled(field.x, field.y, field.width, field.height, field.out_width, field.out_height)

    def unfolded(self, case_id: str, content: bytes) -> bytes:
        """The picture that a blob stands for: itself, or the field of a slide that it points to, as PNG."""
        if not content.startswith(POINTER):
            return content
        slide_id, place = json.loads(content)["field of a slide"]
        return pictures.png(self.drawn(case_id, slide_id, slide_rows.field(place)))

    # --- runs --------------------------------------------------------------------------------------------

    def found(self, case_id: str, run_id: str, image_ids: Sequence[str]) -> dict[str, list[Box]]:
        query = (
            sa.select(cells.c.image_id, cells.c.x0, cells.c.y0, cells.c.x1, cells.c.y1)
            .join(run_images, sa.and_(run_images.c.run_id == cells.c.run_id, run_images.c.image_id == cells.c.image_id))
            .where(run_images.c.case_id == case_id, cells.c.run_id == run_id, cells.c.image_id.in_(image_ids))
        )
        boxes: dict[str, list[Box]] = {}
        with self._database.reading() as connection:
            for image, *box in connection.execute(query):
                boxes.setdefault(image, []).append(tuple(box))
        return boxes

    def begin(self, case_id: str, run_id: str, plan: Plan) -> None:
        values = {"case_id": case_id, "run": run_id, "plan": plan.number, "asked": "", "stopped": ""}
        with self._database.writing() as connection:
            connection.execute(ignoring(connection, slide_looks), [values])

    def ask_to_stop(self, case_id: str, run_id: str, *, actor: str) -> None:
        self._note(case_id, run_id, {"asked": actor}, ASKED, actor)

    def stopped(self, case_id: str, run_id: str, why: str) -> None:
        self._note(case_id, run_id, {"stopped": rows.storable(why)}, STOPPED, "engine")

    def _note(self, case_id: str, run_id: str, values: dict[str, str], action: str, actor: str) -> None:
        its = (slide_looks.c.case_id == case_id, slide_looks.c.run == run_id)
        with self._database.writing() as connection:
            its_run = sa.select(slide_looks, runs.c.finished).join(runs, runs.c.id == slide_looks.c.run).where(*its)
            row = connection.execute(its_run).mappings().one_or_none()
            if row is None:
                raise NotFound(f"run {run_id} over fields of a slide", "no such run", AGAIN)
            if all(row[key] for key in values) or row["finished"]:
                return  # a repeated step, a second person, or one who comes late: what a run says of itself stays
            connection.execute(sa.update(slide_looks).where(*its).values(values))
            seen = connection.execute(sa.select(sa.func.count()).where(run_images.c.run_id == run_id)).scalar_one()
            trail.append(connection, actor, action, case_id, {"run": run_id, "fields": seen})

    def looked(self, case_id: str, run_id: str) -> Looked | None:
        its = sa.select(slide_looks).where(slide_looks.c.case_id == case_id, slide_looks.c.run == run_id)
        with self._database.reading() as connection:
            row = connection.execute(its).mappings().one_or_none()
            if row is None:
                return None
            of_plan = sa.select(slide_plans).where(
                slide_plans.c.case_id == case_id, slide_plans.c.number == row["plan"]
            )
            plan = slide_rows.plan(connection.execute(of_plan).mappings().one())
            whole = sa.select(slides.c.sha256).where(slides.c.case_id == case_id, slides.c.id == plan.slide)
            sha256_ = connection.execute(whole).scalar_one()
            named = {field.id(sha256_): field for field in plan.fields}
            labels = _labels(connection, run_id)
        tallies = tuple(Tally(f.number, image, labels[image]) for image, f in named.items() if image in labels)
        stopped, asked = row["stopped"], row["asked"]
        return Looked(run_id, plan.number, plan.slide, len(plan.fields), len(tallies), stopped, asked, tallies)

    def _slides(self, case_id: str) -> list[SlideInfo]:
        here = sa.exists().where(slide_parts.c.case_id == slides.c.case_id, slide_parts.c.slide_id == slides.c.id)
        query = sa.select(slides, here.label("here")).where(slides.c.case_id == case_id).order_by(slides.c.position)
        with self._database.reading() as connection:
            _case(connection, case_id)
            return [slide_rows.slide(row, bool(row["here"])) for row in connection.execute(query).mappings()]

    def _slide(self, case_id: str, slide_id: str) -> SlideInfo:
        found = [slide for slide in self._slides(case_id) if slide.id == slide_id]
        if not found:
            raise NotFound(f"slide {slide_id} of case {case_id}", "no such slide", AGAIN)
        return found[0]


def _labels(connection: sa.Connection, run_id: str) -> dict[str, dict[str, int]]:
    """Calls by label in every image that the run looked at."""
    seen = connection.execute(sa.select(run_images.c.image_id).where(run_images.c.run_id == run_id)).scalars()
    found: dict[str, dict[str, int]] = {image: {} for image in seen}
    counted = (
        sa.select(cells.c.image_id, calls.c.label, sa.func.count().label("cells"))
        .join(cells, sa.and_(cells.c.run_id == calls.c.run_id, cells.c.id == calls.c.cell_id))
        .where(calls.c.run_id == run_id)
        .group_by(cells.c.image_id, calls.c.label)
    )
    for row in connection.execute(counted):
        found[row.image_id][row.label] = row.cells
    return found


def _pointer(slide_id: str, field: Field) -> bytes:
    place = json.dumps([slide_id, slide_rows.of_field(field)], separators=(",", ":"))
    return POINTER + place.encode() + b"}"


def _checked(stop: Stop, order: Order) -> Stop:
    if stop.cells is not None and stop.cells < 1:
        raise BadInput("a number of cells to stop at, at least 1", str(stop.cells), "Give a larger one, or none.")
    if stop.share not in ("cblc", "blasts"):
        raise BadInput("the share 'cblc' or 'blasts'", f"'{stop.share}'", "Choose one of the two.")
    if stop.width is not None and not 0 < stop.width < 1:
        raise BadInput("a width of the interval between 0 and 1", str(stop.width), "Give e.g. 0.1 for 10 points.")
    if stop.width is not None and order is not Order.RANDOM:
        do = "Look at the fields in random order, or stop at a number of cells."
        raise BadInput("fields in random order for an interval to stop at", "the best first", do)
    return stop


def _case(connection: sa.Connection, case_id: str) -> Any:
    row = connection.execute(sa.select(cases).where(cases.c.id == case_id)).one_or_none()
    if row is None:
        raise sightings.no_case(case_id)
    return row
