"""The worklist: any number of cases in one query."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from core.cases import rows
from core.cases.tables import cases, cells, images, runs
from core.protocols import CaseRow, RunState

SEARCHED = (cases.c.id, cases.c.pseudonym, cases.c.stain, cases.c.centre, cases.c.scanner, cases.c.note)


def found(
    connection: sa.Connection,
    *,
    case_id: str | None = None,
    ids: Sequence[str] | None = None,
    text: str = "",
    state: RunState | None = None,
    modality: str | None = None,
    specimen: str | None = None,
    limit: int = 200,
    offset: int = 0,
) -> list[CaseRow]:
    """Cases, the newest first, each with its latest run; of those named by `ids`, in that order."""
    last = sa.select(runs.c.case_id, sa.func.max(runs.c.number).label("number")).group_by(runs.c.case_id).subquery()
    joined = cases.outerjoin(last, last.c.case_id == cases.c.id).outerjoin(
        runs, sa.and_(runs.c.case_id == last.c.case_id, runs.c.number == last.c.number)
    )
    run_columns = [column.label(f"run_{column.name}") for column in runs.c]
    query = sa.select(cases, *run_columns, _image_count(), _cell_count()).select_from(joined)
    if case_id is not None:
        query = query.where(cases.c.id == case_id)
    if ids is not None:
        query = query.where(cases.c.id.in_(list(ids)))
    for word in text.lower().split():
        query = query.where(sa.or_(*(sa.func.lower(c).contains(word, autoescape=True) for c in SEARCHED)))
    if state is not None:
        query = query.where(runs.c.id.is_(None) if state is RunState.NONE else runs.c.state == state.value)
    if modality is not None:
        query = query.where(cases.c.modality == modality)
    if specimen is not None:
        query = query.where(cases.c.specimen == specimen)
    query = query.order_by(cases.c.created.desc(), cases.c.id).limit(limit).offset(offset)
    listed = [_row(row) for row in connection.execute(query).mappings()]
    place = {case: number for number, case in enumerate(ids or ())}
    return sorted(listed, key=lambda row: place.get(row.id, 0))


def _image_count() -> sa.Label[Any]:
    return (
        sa.select(sa.func.count())
        .where(images.c.case_id == cases.c.id)
        .correlate(cases)
        .scalar_subquery()
        .label("image_count")
    )


def _cell_count() -> sa.Label[Any]:
    """Cells of the run that is shown: the latest finished one, else the latest."""
    other = runs.alias()
    shown = (
        sa.select(other.c.id)
        .where(other.c.case_id == cases.c.id)
        .order_by(sa.case((other.c.state == RunState.DONE.value, 0), else_=1), other.c.number.desc())
        .limit(1)
        .correlate(cases)
        .scalar_subquery()
    )
    count = sa.select(sa.func.count()).select_from(cells).where(cells.c.run_id == shown)
    return count.correlate(cases).scalar_subquery().label("cell_count")


def _row(row: Any) -> CaseRow:
    run = None
    if row["run_id"] is not None:
        run = rows.run({column.name: row[f"run_{column.name}"] for column in runs.c})
    return CaseRow(row["id"], rows.info(row), row["created"], row["image_count"], row["cell_count"], run)
