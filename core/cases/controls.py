"""Control slides in the store: which cases show one, of which lot, and what their runs measured."""

from __future__ import annotations

import datetime as dt
import hashlib
import math
import re
from collections.abc import Mapping

import sqlalchemy as sa

from core.cases import sightings, trail
from core.cases.database import Database, ignoring
from core.cases.tables import cases, runs
from core.cases.tables_people import control_figures, controls, lots
from core.doors.laboratory import Expected, Marked, Measured
from core.errors import BadInput
from core.protocols import RunState

LOT = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]{0,39}")


class Controls:
    """`core.doors.laboratory.ControlDoor`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def marked(self) -> list[Marked]:
        query = sa.select(controls, cases.c.pseudonym).join(cases, cases.c.id == controls.c.case_id)
        with self._database.reading() as connection:
            found = connection.execute(query.order_by(controls.c.at, controls.c.case_id))
            return [Marked(row.case_id, row.pseudonym, row.lot, row.actor, row.at) for row in found]

    def mark(self, case_id: str, lot: str, *, actor: str) -> None:
        lot = checked_lot(lot)
        with self._database.writing() as connection:
            salt = _salt(connection, case_id)
            here = controls.c.case_id == case_id
            if connection.execute(sa.select(controls.c.lot).where(here)).scalar_one_or_none() == lot:
                return
            connection.execute(sa.delete(controls).where(here))
            values = {"case_id": case_id, "lot": lot, "actor": actor, "at": dt.datetime.now(dt.UTC)}
            connection.execute(sa.insert(controls).values(values))
            trail.append(connection, actor, "control.marked", case_id, {"lot": trail.digest(salt, lot)})

    def unmark(self, case_id: str, *, actor: str) -> None:
        with self._database.writing() as connection:
            _salt(connection, case_id)
            if connection.execute(sa.delete(controls).where(controls.c.case_id == case_id)).rowcount:
                trail.append(connection, actor, "control.unmarked", case_id)

    def unmeasured(self, lot: str) -> list[tuple[str, str]]:
        there = sa.exists().where(control_figures.c.case_id == runs.c.case_id, control_figures.c.run == runs.c.id)
        query = (
            sa.select(runs.c.case_id, runs.c.id)
            .join(controls, controls.c.case_id == runs.c.case_id)
            .where(controls.c.lot == lot, runs.c.state == RunState.DONE.value, ~there)
            .order_by(runs.c.finished, runs.c.id)
        )
        with self._database.reading() as connection:
            return [(row.case_id, row.id) for row in connection.execute(query)]

    def add(self, case_id: str, run_id: str, figures: Mapping[str, float]) -> None:
        """Told by the run itself, so no event: anybody can measure it again and find the same."""
        plain = {str(name): float(value) for name, value in figures.items()}
        if not all(math.isfinite(value) for value in plain.values()):
            raise BadInput("figures that are numbers", "one that is none", "Measure the run again.")
        values = {"case_id": case_id, "run": run_id, "figures": plain}
        with self._database.writing() as connection:
            _salt(connection, case_id)
            connection.execute(ignoring(connection, control_figures).values(values))

    def measured(self, lot: str) -> list[Measured]:
        query = (
            sa.select(control_figures, runs.c.finished, cases.c.pseudonym)
            .join(runs, runs.c.id == control_figures.c.run)
            .join(controls, controls.c.case_id == control_figures.c.case_id)
            .join(cases, cases.c.id == control_figures.c.case_id)
            .where(controls.c.lot == lot, runs.c.case_id == control_figures.c.case_id)
            .order_by(runs.c.finished, runs.c.id)
        )
        with self._database.reading() as connection:
            found = connection.execute(query).all()
        return [Measured(r.case_id, r.pseudonym, r.run, r.finished, _numbers(r.figures)) for r in found]

    def expected(self, lot: str) -> dict[str, Expected]:
        query = sa.select(lots).where(lots.c.lot == lot).order_by(lots.c.figure)
        with self._database.reading() as connection:
            return {row.figure: Expected(row.mean, row.sd) for row in connection.execute(query)}

    def expect(self, lot: str, figure: str, value: Expected | None, *, actor: str) -> None:
        lot = checked_lot(lot)
        if value is not None and not (math.isfinite(value.mean) and math.isfinite(value.sd) and value.sd > 0):
            found = f"{value.mean} ± {value.sd}"
            raise BadInput("an expected mean and an SD above 0", found, "Enter what the control's maker states.")
        if value == self.expected(lot).get(figure):
            return
        with self._database.writing() as connection:
            connection.execute(sa.delete(lots).where(lots.c.lot == lot, lots.c.figure == figure))
            detail: dict[str, str | float] = {"lot": hashlib.sha256(lot.encode()).hexdigest()[:16], "figure": figure}
            if value is not None:
                row = {"lot": lot, "figure": figure, "mean": float(value.mean), "sd": float(value.sd)}
                connection.execute(sa.insert(lots).values(row))
                detail |= {"mean": float(value.mean), "sd": float(value.sd)}
            trail.append(connection, actor, "control.expected", "", detail)


def checked_lot(lot: str) -> str:
    text = lot.strip()
    if not LOT.fullmatch(text):
        do = "Enter the number on the control's label."
        raise BadInput("a lot of 1 to 40 letters, digits, '.', '_', '-' or '/'", repr(text), do)
    return text


def _numbers(stored: Mapping[str, object]) -> dict[str, float]:
    """An imported case brings what another store wrote."""
    return {
        name: float(value)
        for name, value in stored.items()
        if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    }


def _salt(connection: sa.Connection, case_id: str) -> str:
    salt = connection.execute(sa.select(cases.c.salt).where(cases.c.id == case_id)).scalar_one_or_none()
    if salt is None:
        raise sightings.no_case(case_id)
    return str(salt)
