"""The store's rows of cohorts: a cache, so no event of the trail speaks of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import sqlalchemy as sa

from core.cases import rows
from core.cases.database import Database
from core.cases.desk_query import latest
from core.cases.tables import carried, cases, images, reviews, runs, trail
from core.cases.tables_cohort import cohort_rows
from core.doors.cohort import Kept, Member, Places
from core.protocols import RunState

ADDED = "cells.added"  # the trail's word for what `sightings.write` wrote
AT_ONCE = 500  # databases bound the number of parameters


class Cohorts:
    """`core.doors.cohort.CohortDoor`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def members(self, case_ids: Sequence[str]) -> tuple[Member, ...]:
        found: dict[str, Member] = {}
        with self._database.reading() as connection:
            for some in _portions(case_ids):
                found |= {member.case: member for member in _members(connection, some)}
        return tuple(found[case] for case in dict.fromkeys(case_ids) if case in found)

    def kept(self, case_ids: Sequence[str]) -> dict[str, Kept]:
        found: dict[str, Kept] = {}
        with self._database.reading() as connection:
            for some in _portions(case_ids):
                its = sa.select(cohort_rows).where(cohort_rows.c.case_id.in_(some))
                for row in connection.execute(its).mappings():
                    found[row["case_id"]] = Kept(row["case_id"], row["state"], row["run"], row["stain"], row["row"])
        return found

    def engines(self, case_id: str, run_id: str) -> dict[str, tuple[str, ...]]:
        ours = sa.select(trail.c.detail).where(trail.c.case_id == case_id, trail.c.action == ADDED)
        brought = sa.select(carried.c.event).where(carried.c.case_id == case_id).order_by(carried.c.position)
        with self._database.reading() as connection:
            events = connection.execute(brought).scalars().all()
            told = [event["detail"] for event in events if event["action"] == ADDED]
            told += connection.execute(ours.order_by(trail.c.number)).scalars()
        found: dict[str, dict[str, None]] = {}
        for detail in told:
            if not isinstance(detail, dict) or detail.get("run") != run_id:  # what was brought may be anything
                continue
            engines = detail.get("engines")
            for name, engine in engines.items() if isinstance(engines, dict) else ():
                found.setdefault(name, {})[str(engine)] = None
        return {name: tuple(engines) for name, engines in found.items()}

    def keep(self, kept: Kept) -> None:
        here = cohort_rows.c.case_id == kept.case
        values = {"case_id": kept.case, "state": kept.state, "run": kept.run}
        told = {"stain": dict(kept.stain), "row": dict(kept.row)}
        with self._database.writing() as connection:
            if connection.execute(sa.select(cases.c.id).where(cases.c.id == kept.case)).first() is None:
                return
            connection.execute(sa.delete(cohort_rows).where(here))
            connection.execute(sa.insert(cohort_rows).values(values | told))

    def places(self) -> Places:
        with self._database.reading() as connection:
            found = [
                tuple(connection.execute(sa.select(column).distinct().order_by(column)).scalars())
                for column in (cases.c.centre, cases.c.scanner, cases.c.stain)
            ]
        return Places(*found)


def _portions(case_ids: Sequence[str]) -> Iterator[list[str]]:
    wanted = list(dict.fromkeys(case_ids))
    for start in range(0, len(wanted), AT_ONCE):
        yield wanted[start : start + AT_ONCE]


def _members(connection: sa.Connection, some: Sequence[str]) -> Iterator[Member]:
    its_images = _counted(connection, sa.func.count(), images.c.case_id, some)
    said = _counted(connection, sa.func.count(), reviews.c.case_id, some)
    newest = _counted(connection, sa.func.max(reviews.c.number), reviews.c.case_id, some)
    there = sa.select(cohort_rows.c.case_id, cohort_rows.c.state).where(cohort_rows.c.case_id.in_(some))
    kept = {row[0]: row[1] for row in connection.execute(there)}
    last, done = runs.alias("last"), runs.alias("finished_run")
    query = (
        sa.select(
            cases,
            *(last.c[name].label(f"last_{name}") for name in ("state", "done", "total", "message")),
            *(done.c[name].label(f"run_{name}") for name in ("id", "started", "finished")),
        )
        .select_from(
            cases.outerjoin(last, last.c.id == latest()).outerjoin(done, done.c.id == latest(done=True))
        )
        .where(cases.c.id.in_(some))
    )  # fmt: skip
    for row in connection.execute(query).mappings():
        case = row["id"]
        yield Member(
            case=case,
            info=rows.info(row),
            created=row["created"],
            images=its_images.get(case, 0),
            state=row["last_state"] or RunState.NONE.value,
            done=row["last_done"] or 0,
            total=row["last_total"] or 0,
            message=row["last_message"] or "",
            run=row["run_id"] or "",
            started=row["run_started"],
            finished=row["run_finished"],
            reviews=said.get(case, 0),
            last_review=newest.get(case, 0),
            kept=kept.get(case, ""),
        )


def _counted(
    connection: sa.Connection, what: sa.ColumnElement[int], of: sa.Column[Any], some: Sequence[str]
) -> dict[str, int]:
    return {row[0]: row[1] for row in connection.execute(sa.select(of, what).where(of.in_(some)).group_by(of))}
