"""Regions of a slide as somebody left them. They declare nothing: a plan does, so that none of this is in the trail."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import asdict

import sqlalchemy as sa

from core.cases import sightings
from core.cases.database import Database
from core.cases.tables import cases
from core.cases.tables_slides import slide_drafts
from core.slides.fields import Region

_KEY = (slide_drafts.c.case_id, slide_drafts.c.slide_id, slide_drafts.c.actor)


class SlideDrafts:
    """`core.doors.slides.DraftsDoor`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def kept(self, case_id: str, slide_id: str, *, actor: str) -> tuple[Region, ...] | None:
        query = sa.select(slide_drafts.c.regions).where(*_its(case_id, slide_id, actor))
        with self._database.reading() as connection:
            found = connection.execute(query).scalar_one_or_none()
        return None if found is None else tuple(Region(**region) for region in found)

    def keep(self, case_id: str, slide_id: str, regions: Sequence[Region], *, actor: str) -> None:
        key = dict(zip((column.name for column in _KEY), (case_id, slide_id, actor), strict=True))
        values = {"regions": [asdict(region) for region in regions], "at": dt.datetime.now(dt.UTC)}
        with self._database.writing() as connection:
            if connection.execute(sa.select(cases.c.id).where(cases.c.id == case_id)).one_or_none() is None:
                raise sightings.no_case(case_id)
            connection.execute(sa.delete(slide_drafts).where(*_its(case_id, slide_id, actor)))
            connection.execute(sa.insert(slide_drafts).values(key | values))

    def forget(self, case_id: str, slide_id: str, *, actor: str) -> None:
        with self._database.writing() as connection:
            connection.execute(sa.delete(slide_drafts).where(*_its(case_id, slide_id, actor)))


def _its(case_id: str, slide_id: str, actor: str) -> list[sa.ColumnElement[bool]]:
    return [column == value for column, value in zip(_KEY, (case_id, slide_id, actor), strict=True)]
