"""What the worklist asks: which cases, in which order, and how many. Everything is filtered in the database.

First the ids of one page, then what is shown of those few: nothing is counted of cases that are not on the page.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from core.cases.tables import cases, runs, stamps, trail
from core.cases.tables_desk import notes, tags
from core.cases.tables_review import signatures
from core.doors.desk import Filters, Installed, Line, Mark, Order
from core.doors.review import Deed
from core.protocols import RunState
from core.records import Domain, Modality

SEARCHED = (cases.c.id, cases.c.pseudonym, cases.c.stain, cases.c.centre, cases.c.scanner, cases.c.note)
MADE = ("case.created", "case.imported")


def ids(filters: Filters, installed: Installed) -> sa.Select[Any]:
    """Ids of the cases that the filters let through, in their order."""
    query = sa.select(cases.c.id).where(*_conditions(filters, installed))
    if filters.state not in (None, RunState.NONE.value) or filters.order is Order.ANALYSED:
        query = query.select_from(cases.outerjoin(runs, runs.c.id == latest()))
    if filters.state is not None:
        none = filters.state == RunState.NONE.value
        query = query.where(~_has_run() if none else runs.c.state == str(filters.state))
    match filters.order:
        case Order.OLDEST:
            return query.order_by(cases.c.created, cases.c.id)
        case Order.PSEUDONYM:
            return query.order_by(sa.func.lower(cases.c.pseudonym), cases.c.created.desc(), cases.c.id)
        case Order.ANALYSED:
            return query.order_by(runs.c.started.desc().nulls_last(), cases.c.id)
        case _:
            return query.order_by(cases.c.created.desc(), cases.c.id)


def latest(*, done: bool = False) -> sa.ScalarSelect[Any]:
    """Id of the case's latest run, or of its latest finished one."""
    other = runs.alias()
    query = sa.select(other.c.id).where(other.c.case_id == cases.c.id)
    if done:
        query = query.where(other.c.state == RunState.DONE.value)
    return query.order_by(other.c.number.desc()).limit(1).correlate(cases).scalar_subquery()


def lines(connection: sa.Connection, case_ids: Sequence[str]) -> tuple[Line, ...]:
    """What is shown of the cases, in the order of the ids."""
    if not case_ids:
        return ()
    makers = sa.select(trail.c.case_id, trail.c.actor).where(trail.c.case_id.in_(case_ids), trail.c.action.in_(MADE))
    by = {row.case_id: row.actor for row in connection.execute(makers.order_by(trail.c.number))}
    found = sa.select(tags.c.case_id, tags.c.tag).where(tags.c.case_id.in_(case_ids))
    tagged = _grouped(connection.execute(found.order_by(tags.c.case_id, tags.c.tag)))
    counted = sa.select(notes.c.case_id, sa.func.count()).where(notes.c.case_id.in_(case_ids)).group_by(notes.c.case_id)
    said = {row[0]: row[1] for row in connection.execute(counted)}
    signed = set(connection.execute(sa.select(cases.c.id).where(cases.c.id.in_(case_ids), _signed())).scalars())
    marks = (
        sa.select(cases.c.id, stamps.c.task, stamps.c.name, stamps.c.digest)
        .select_from(cases.join(stamps, stamps.c.run_id == latest(done=True)))
        .where(cases.c.id.in_(case_ids))
        .order_by(cases.c.id, stamps.c.number)
    )
    spoke = _grouped((row.id, Mark(row.task, row.name, row.digest)) for row in connection.execute(marks))
    return tuple(
        Line(
            case_id,
            by.get(case_id, ""),
            tuple(tagged.get(case_id, ())),
            said.get(case_id, 0),
            case_id in signed,
            tuple(spoke.get(case_id, ())),
        )
        for case_id in case_ids
    )


def _grouped(pairs: Any) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for key, value in pairs:
        found.setdefault(key, []).append(value)
    return found


def _conditions(filters: Filters, installed: Installed) -> list[sa.ColumnElement[bool]]:
    found = [_says(word) for word in filters.text.lower().split()]
    if filters.modality is not None:
        found.append(cases.c.modality == filters.modality.value)
    if filters.specimen is not None:
        found.append(cases.c.specimen == filters.specimen.value)
    if filters.tag:
        found.append(sa.exists().where(tags.c.case_id == cases.c.id, tags.c.tag == filters.tag))
    for name in ("centre", "scanner", "stain"):
        if wanted := getattr(filters, name):
            found.append(cases.c[name] == wanted)
    if filters.synthetic is not None:
        drawn = cases.c.domain == Domain.PROCEDURAL.value
        found.append(drawn if filters.synthetic else ~drawn)
    if filters.signed is not None:
        found.append(_signed() if filters.signed else ~_signed())
    if filters.stale is not None:
        found.append(_stale(installed) if filters.stale else ~_stale(installed))
    if filters.since is not None:
        found.append(cases.c.created >= _start(filters.since))
    if filters.until is not None and filters.until < dt.date.max:
        found.append(cases.c.created < _start(filters.until + dt.timedelta(days=1)))
    return found


def _says(word: str) -> sa.ColumnElement[bool]:
    def has(column: sa.ColumnElement[str]) -> sa.ColumnElement[bool]:
        return sa.func.lower(column).contains(word, autoescape=True)

    tagged = sa.exists().where(tags.c.case_id == cases.c.id, has(tags.c.tag))
    noted = sa.exists().where(notes.c.case_id == cases.c.id, has(notes.c.text))
    return sa.or_(*(has(column) for column in SEARCHED), tagged, noted)


def _start(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(), dt.UTC)


def _has_run() -> sa.ColumnElement[bool]:
    return sa.exists().where(runs.c.case_id == cases.c.id).correlate(cases)


def _signed() -> sa.ColumnElement[bool]:
    """The last deed is a signature: what was reopened is not signed."""
    last = (
        sa.select(signatures.c.deed)
        .where(signatures.c.case_id == cases.c.id)
        .order_by(signatures.c.number.desc())
        .limit(1)
        .correlate(cases)
        .scalar_subquery()
    )
    return sa.func.coalesce(last, "") == Deed.SIGNED.value


def _stale(installed: Installed) -> sa.ColumnElement[bool]:
    """A model of the latest finished run is not one of those installed now for such pictures."""
    strange = [
        sa.and_(
            cases.c.modality == modality.value,
            stamps.c.digest.not_in([mark.digest for mark in installed.get(modality, ())]),
        )
        for modality in Modality
        if installed.get(modality)  # where nothing is installed, nothing can be analysed again
    ]
    if not strange:
        return sa.false()
    return sa.exists().where(stamps.c.run_id == latest(done=True), sa.or_(*strange)).correlate(cases)
